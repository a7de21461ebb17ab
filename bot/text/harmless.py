"""Makes what others wrote read as words and nothing else: no markup, no command, no link, nobody's name. Pure.

Telegram finds commands, names, tags, addresses and numbers in a text by itself: who taps a `/stop` that stands in a
headline has unsubscribed. An invisible word joiner behind the sign stops that. It stands only there, so that a search
in the chat still finds words and numbers.

    escape(words)  -> HTML, for what is read             literal(words) -> HTML, for what is copied, and for attributes
"""

import re
from html import escape as literal
from unicodedata import normalize

__all__ = ["JOINER", "breaks", "code", "escape", "harmless", "literal", "settled"]

JOINER = "\u2060"

# What Telegram takes out of every text, and marks of direction, of which it replaces those in a row.
_TAKEN_OUT = re.compile("[\r\u200e\u200f\u2028-\u202e\u030a\u0333\u033f]")
# A letter, or what may be one in a Unicode to come. Telegram's letters are newer than those of some Pythons.
_LETTER = "(?:[^\\W\\d_]|[^\x00-\xbf\u2000-\u206f\u3000-\u303f])"
_SIGNS = re.compile(
    rf"""
      @ (?=[A-Za-z0-9_])                               # @name, a@b.com
    | (?<![\w/<>]) / (?=[A-Za-z0-9_])                  # /command, but not 24/7
    | \# (?=[0-9_\xb7\u200c]*{_LETTER})                      # #tag, but not #1
    | \$ (?=[A-Z]|1INCH)                               # $USD, but not $5
    | : (?=//)                                         # https://, tg://
    | (?<=\S) \. (?={_LETTER}{{2}})                    # example.com, but not U.S.
    | (?<=[0-9]) \. (?=[0-9]+\.[0-9]+\.[0-9])          # 10.0.0.1, but not 5.2.2024
    | (?<![0-9.,]) \+ (?=[0-9](?:[ ().-]{{0,2}}[0-9]){{6}})  # +1 202 555 0123
    """,
    re.VERBOSE,
)
# Card numbers have 13 digits and more, phone numbers (said by their plus) 7; addresses of wallets are 48 letters.
_CARD = re.compile(r"(?<![0-9])[0-9](?:[ -]*[0-9]){12,}")
_PHONE = re.compile(r"(?<=\+)[0-9](?:[ ().-]{0,2}[0-9]){6,}")
_WALLET = re.compile(r"[A-Za-z0-9_+/-]{48,}")
_DIGITS_LEFT, _LETTERS_LEFT = 6, 24
_WORD_LIMIT = 200  # characters; to order a row of accents takes time that grows with its square


def escape(words: str) -> str:
    """Write words as HTML in which Telegram finds nothing but these words."""
    return literal(harmless(settled(words)), quote=False)


def code(words: str) -> str:
    """Write words as HTML to be copied just as they are, in which Telegram finds nothing."""
    return f"<code>{literal(words, quote=False)}</code>"


def harmless(text: str) -> str:
    """Put a joiner wherever Telegram would find a command, a name, an address or a number of note. Idempotent."""
    places = breaks(text)
    if not places:
        return text
    return JOINER.join(text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True))


def breaks(text: str) -> list[int]:
    """Return the offsets in a text at which a joiner is due, in their order."""
    places = {sign.end() for sign in _SIGNS.finditer(text)}
    for number in (*_CARD.finditer(text), *_PHONE.finditer(text)):
        digits = [at for at in range(*number.span()) if text[at].isdigit()]
        places.update(digits[_DIGITS_LEFT::_DIGITS_LEFT])
    for wallet in _WALLET.finditer(text):
        parts = range(wallet.start() + _LETTERS_LEFT, wallet.end() - 1, _LETTERS_LEFT)
        places.update(at + 1 if text[at] == "/" else at for at in parts)  # a slash behind a joiner begins a command
    return sorted(places)


def settled(text: str) -> str:
    """Write letters and their accents as one character each, and leave out what Telegram takes out of a text."""
    if text.isascii() and "\r" not in text:
        return text
    words = (normalize("NFC", word) if len(word) <= _WORD_LIMIT else word for word in text.split(" "))
    return _TAKEN_OUT.sub("", " ".join(words))
