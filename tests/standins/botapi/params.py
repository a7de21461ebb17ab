"""The parameters of a call, from any body that the Bot API takes, and read with the Bot API's own leniency. Pure.

Bodies: query string, urlencoded, multipart and JSON (Bot API, "Making requests"). All values become texts.
"""

import json
from collections.abc import Callable, Mapping
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl

from standins.botapi.refusals import CHAT_NOT_FOUND, Refused, bad_request


class Params(dict[str, str]):
    """What a call was told. Each reader says what Telegram says when the value will not do."""

    def integer(self, name: str, default: int = 0) -> int:
        """Return a whole number; what is none counts as not given."""
        try:
            return int(self.get(name, ""))
        except ValueError:
            return default

    def flag(self, name: str) -> bool:
        """Return a truth value."""
        return self.get(name, "").lower() in {"true", "yes", "1"}

    def chat(self, name: str = "chat_id") -> int:
        """Return a chat's id. Names of public chats are not known here. Raises Refused."""
        if not self.get(name):
            raise bad_request(f"{name} is empty")
        try:
            return int(self[name])
        except ValueError:
            raise Refused(CHAT_NOT_FOUND) from None

    def value(self, name: str, what: str) -> object:
        """Return what a JSON value holds, None if it was not given. Raises Refused, naming `what`."""
        if not self.get(name):
            return None
        try:
            return json.loads(self[name])
        except (ValueError, RecursionError):
            raise bad_request(f"can't parse {what} JSON object") from None


def read(query: str, content_type: str, body: bytes) -> Params:
    """Read query string and body; where both name a parameter, the body's counts. Raises Refused."""
    kind = content_type.partition(";")[0].strip().lower()
    reader = _READERS.get(kind)
    try:
        found = Params(_urlencoded(query.encode(), ""))
        found |= reader(body, content_type) if reader and body else {}
        "".join(found.values()).encode()  # JSON can write half a surrogate pair, which no UTF-8 holds
    except UnicodeError:
        raise bad_request("strings must be encoded in UTF-8") from None
    return found


def _urlencoded(body: bytes, _: str) -> dict[str, str]:
    return dict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict"))


def _json(body: bytes, _: str) -> dict[str, str]:
    try:
        found = json.loads(body)
    except UnicodeError:
        raise
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise bad_request("can't parse request body JSON object")
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in found.items()}


def _multipart(body: bytes, content_type: str) -> dict[str, str]:
    head = b"Content-Type: " + content_type.encode() + b"\r\n\r\n"
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    found = {}
    for part in message.iter_parts():
        name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes) and part.get_filename() is None:
            found[name] = content.decode()
    return found


_READERS: Mapping[str, Callable[[bytes, str], dict[str, str]]] = {
    "application/x-www-form-urlencoded": _urlencoded,
    "application/json": _json,
    "multipart/form-data": _multipart,
}
