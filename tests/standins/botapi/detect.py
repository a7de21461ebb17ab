"""What Telegram finds by itself in a text: names, commands, tags, addresses, card numbers, wallets. Pure.

Telegram states its rules nowhere; `./run drill telegram` holds these against its own library. Phone numbers and times
are left out: its library does not find the former, and the latter mean something beside a video only.
"""

import re
from base64 import urlsafe_b64decode
from binascii import crc_hqx
from collections.abc import Iterator

from standins.botapi.addresses import addresses

Found = tuple[int, int, str]
"""Where an entity begins and ends, in characters, and its type."""

_MENTION = re.compile(r"(?<!\w)@([A-Za-z0-9_]{2,32})(?!\w)")
_SHORT_NAMES = frozenset({"gif", "pic", "vid"})
_COMMAND = re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?![A-Za-z0-9_])(?:@[A-Za-z0-9_]{3,32}|(?!@))(?![\w/<>])")
_TAG_LIMIT = 256
_OF_WHOM = re.compile(r"@[A-Za-z0-9_]{3,32}")
_CASHTAG = re.compile(r"\$(?:1INCH|[A-Z]{1,8}(?![A-Z]))")
_DIGITS = re.compile(r"[0-9][0-9 -]*")
_LONE_CARD = re.compile(r"[0-9]{16,19}(?= )")
_WALLET = re.compile(r"(?<![A-Za-z0-9_+/-])[A-Za-z0-9_+/-]{48}(?![A-Za-z0-9_+/-])")
_WALLET_KINDS = frozenset({0x11, 0x51, 0x91, 0xD1})


def found_in(text: str) -> list[Found]:
    """Return what Telegram finds, by place; of two that overlap the one that begins first, then the longer."""
    kept: list[Found] = []
    for found in sorted(_all(text), key=lambda it: (it[0], -it[1])):
        if not kept or found[0] >= kept[-1][1]:
            kept.append(found)
    return kept


def _all(text: str) -> Iterator[Found]:
    for name in _MENTION.finditer(text):
        if len(name[1]) >= 4 or name[1].lower() in _SHORT_NAMES:
            yield *name.span(), "mention"
    for command in _COMMAND.finditer(text):
        yield *command.span(), "bot_command"
    yield from _hashtags(text)
    yield from _cashtags(text)
    yield from _cards(text)
    for wallet in _WALLET.finditer(text):
        if _is_wallet(wallet[0]):
            yield *wallet.span(), "ton_address"
    yield from addresses(text)


def _hashtags(text: str) -> Iterator[Found]:
    at = -1
    while (at := text.find("#", at + 1)) >= 0:
        if at and _in_tag(text[at - 1]):
            continue
        end = at + 1
        while end < len(text) and _in_tag(text[end]):
            end += 1
        tag = text[at + 1 : min(end, at + 1 + _TAG_LIMIT)]
        whose = _OF_WHOM.match(text, end)
        end = whose.end() if whose else end
        if any(map(str.isalpha, tag)) and text[end : end + 1] != "#":
            yield at, end if whose else at + 1 + len(tag), "hashtag"
        at = end - 1


def _cashtags(text: str) -> Iterator[Found]:
    for tag in _CASHTAG.finditer(text):
        if tag.start() and (_in_tag(text[tag.start() - 1]) or text[tag.start() - 1] == "$"):
            continue
        whose = _OF_WHOM.match(text, tag.end())
        if whose and re.match("[A-Za-z0-9_]", text[whose.end() :]):
            whose = None  # no name is so long
        end = whose.end() if whose else tag.end()
        after = text[end : end + 1]
        if not after or not (_in_tag(after) or after == "$"):
            yield tag.start(), end, "cashtag"


def _cards(text: str) -> Iterator[Found]:
    at = 0
    while digits := _DIGITS.search(text, at):
        at, end = digits.span()
        if lone := _LONE_CARD.match(text, at):
            end = lone.end()
        card = text[at:end].rstrip(" -")
        before, after = text[at - 1 : at], text[at + len(card) : at + len(card) + 1]
        count = sum(map(str.isdigit, card))
        at, begin = end, at
        if before in {".", ",", "+", "-", "_"} or before.isalpha():
            at = digits.end()
        elif (
            len(card) < 2 * count
            and _is_card(re.sub("[ -]", "", card))
            and not (after in {"-", "_"} or after.isalpha())
        ):
            yield begin, begin + len(card), "bank_card_number"


def _is_card(digits: str) -> bool:
    """Return whether a number is a card's: by its check digit (Luhn), and by the length that its issuer uses."""
    length = len(digits)
    if not 13 <= length <= 19:
        return False
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    if (sum(map(int, digits[::-2])) + sum(twice - 9 if twice > 9 else twice for twice in doubled)) % 10:
        return False
    two, four = int(digits[:2]), int(digits[:4])
    if digits[0] == "4":
        return length in {13, 16, 18, 19}
    if 51 <= two <= 55 or 2200 <= four <= 2204 or 2221 <= four <= 2720:
        return length == 16
    if two in {34, 37}:
        return length == 15
    return length >= 16 if two in {62, 81} else True


def _is_wallet(letters: str) -> bool:
    raw = urlsafe_b64decode(letters.replace("+", "-").replace("/", "_"))
    return raw[0] in _WALLET_KINDS and crc_hqx(raw, 0) == 0


def _in_tag(char: str) -> bool:
    return char.isalpha() or char.isdecimal() or char in "_\u200c\xb7" or "\u0d80" <= char <= "\u0dff"
