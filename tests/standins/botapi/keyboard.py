"""Reads and checks the buttons under a message (Bot API, InlineKeyboardMarkup). Pure."""

from standins.botapi import links
from standins.botapi.refusals import bad_request
from standins.botapi.rooms import Button

CALLBACK_DATA_LIMIT = 64
"""Bytes of UTF-8, at least 1."""


def read_buttons(markup: object) -> tuple[tuple[Button, ...], ...]:
    """Read the rows of an inline keyboard. Other keyboards are taken and not kept. Raises Refused."""
    if markup is None:
        return ()
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    rows = markup.get("inline_keyboard", [])
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request(
            'can\'t parse inline keyboard markup JSON object: Field "inline_keyboard" must be of type Array'
        )
    return tuple(tuple(_button(button) for button in row) for row in rows if row)


def _button(given: object) -> Button:
    if not isinstance(given, dict) or not isinstance(given.get("text"), str):
        raise bad_request("can't parse inline keyboard button: Can't find field \"text\"")
    text, data, url = str(given["text"]), str(given.get("callback_data") or ""), str(given.get("url") or "")
    if not text.strip():
        raise bad_request("can't parse inline keyboard button: text must be non-empty")
    if url:
        if not links.checked(url):
            raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
        return Button(text=text, url=url)
    if not data:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(data.encode()) > CALLBACK_DATA_LIMIT:
        raise bad_request("BUTTON_DATA_INVALID")
    return Button(text=text, data=data)
