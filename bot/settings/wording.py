"""Says in words what is wrong with the shape of a file: an unknown or missing key, text where a number is wanted."""

from collections.abc import Callable
from typing import Any, get_args

from pydantic_core import ErrorDetails

from bot.model import ArticlePolicy, Scope
from bot.settings.checks import nearest
from bot.settings.diagnostic import NOT_IN_THE_CONFIG, Diagnostic, InvalidValue, Path, quoted
from bot.settings.schema import TABLES, Access, keys

_SEVERAL = {"feed", "watch"}
"""The tables of which there may be several; [alias] and those of newsvane.toml stand once."""

_CHOICES: dict[tuple[str, str], tuple[str, ...]] = {
    ("telegram", "access"): get_args(Access),
    ("feed", "article"): get_args(ArticlePolicy),
    ("watch", "scope"): get_args(Scope),
}
_YES_AND_NO = {
    **dict.fromkeys(("true", "yes", "on", "1"), "true"),
    **dict.fromkeys(("false", "no", "off", "0"), "false"),
}
_ADVICE = {
    ("feed", "url"): "the address of its RSS or Atom",
    ("feed", "name"): "what people type in a chat",
    ("watch", "name"): "what people type after /subscribe",
    ("watch", "query"): "what it looks for",
}


def worded(file: str, error: ErrorDetails) -> Diagnostic:
    """Say one mistake about the shape of a file."""
    path = error["loc"]
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, InvalidValue):
        return Diagnostic(file=file, place=path, message=cause.message, span=cause.span, suggestion=cause.suggestion)
    word = _WORDINGS.get(error["type"], _other)
    return word(file, path, error)


def _unknown(file: str, path: Path, _: ErrorDetails) -> Diagnostic:
    key, table = str(path[-1]), _table(path[:-1])
    if key.casefold() in {"token", "bot_token"}:
        return Diagnostic(file=file, place=path, at="key", message=NOT_IN_THE_CONFIG)
    choices = keys(file, table)
    near = nearest(key, choices)
    suggestion = near or _elsewhere(file, key) if table else _elsewhere(file, key) or (near and _header(near))
    where = f"in {_header(table)}" if table else f"in {file}"
    listed = ", ".join(choices if table else map(_header, choices))
    message = f"{quoted(key)} is no key {where}; there are {listed}"
    return Diagnostic(file=file, place=path, at="key", message=message, suggestion=suggestion)


def _elsewhere(file: str, key: str) -> str:
    """Say in which other table or file a key would be right."""
    for other, table in sorted(TABLES, key=lambda where: where[0] != file):
        if key in keys(other, table):
            place = f"{_header(table)} {key}" if table else _header(key)
            return place if other == file else f"{place} in {other}"
    return ""


def _missing(file: str, path: Path, _: ErrorDetails) -> Diagnostic:
    key, table = str(path[-1]), _table(path[:-1])
    advice = _ADVICE.get((table, key), "")
    message = f"this {table} has no {key}" + (f": {advice}" if advice else "")
    return Diagnostic(file=file, place=path[:-1], message=message)


def _no_text(file: str, path: Path, error: ErrorDetails) -> Diagnostic:
    given = error["input"]
    simple = isinstance(given, bool | int | float)
    suggestion = quoted(str(given).lower() if isinstance(given, bool) else str(given)) if simple else ""
    message = f"{_subject(path)} is a text and stands in quotes, not {_kind(given)}"
    return Diagnostic(file=file, place=path, message=message, suggestion=suggestion)


def _no_number(file: str, path: Path, error: ErrorDetails) -> Diagnostic:
    given = error["input"]
    digits = isinstance(given, str) and given.strip().isascii() and given.strip().isdigit()
    suggestion = given.strip().lstrip("0")[:20] if digits else ""
    message = f"{_subject(path)} is a whole number without quotes, not {_kind(given)}"
    return Diagnostic(file=file, place=path, message=message, suggestion=suggestion)


def _no_bool(file: str, path: Path, error: ErrorDetails) -> Diagnostic:
    suggestion = _YES_AND_NO.get(str(error["input"]).strip().lower(), "")
    message = f"{_subject(path)} is true or false, without quotes"
    return Diagnostic(file=file, place=path, message=message, suggestion=suggestion)


def _no_list(file: str, path: Path, error: ErrorDetails) -> Diagnostic:
    given = error["input"]
    key = str(path[-1])
    if len(path) == 1:
        message = f"there may be several, so each begins with [[{key}]] in double brackets"
        return Diagnostic(file=file, place=path, at="key", message=message, suggestion=f"[[{key}]]")
    suggestion = f"[{quoted(given)}]" if isinstance(given, str) and given else ""
    message = f"{_subject(path)} is a list in square brackets, not {_kind(given)}"
    return Diagnostic(file=file, place=path, message=message, suggestion=suggestion)


def _no_table(file: str, path: Path, error: ErrorDetails) -> Diagnostic:
    given = error["input"]
    key = _table(path)
    if isinstance(given, list) and key not in _SEVERAL:
        message = f"there is only one [{key}], so it stands in single brackets"
    else:
        message = f"{_header(key)} is a table, not {_kind(given)}"
    return Diagnostic(file=file, place=path, message=message, suggestion=_header(key))


def _no_choice(file: str, path: Path, error: ErrorDetails) -> Diagnostic:
    given = error["input"]
    choices = _CHOICES[_table(path[:-1]), str(path[-1])]
    suggestion = nearest(given, choices) if isinstance(given, str) else ""
    message = f"{_subject(path)} is one of " + ", ".join(map(quoted, choices))
    return Diagnostic(file=file, place=path, message=message, suggestion=quoted(suggestion) if suggestion else "")


def _other(file: str, path: Path, error: ErrorDetails) -> Diagnostic:
    return Diagnostic(file=file, place=path, message=f"{_subject(path)}: {error['msg']}")


_WORDINGS: dict[str, Callable[[str, Path, ErrorDetails], Diagnostic]] = {
    "unexpected_keyword_argument": _unknown,
    "missing": _missing,
    "string_type": _no_text,
    "int_type": _no_number,
    "bool_type": _no_bool,
    "list_type": _no_list,
    "tuple_type": _no_list,
    "dict_type": _no_table,
    "dataclass_type": _no_table,
    "literal_error": _no_choice,
}
"""Kinds of errors of pydantic, and who puts each into words."""


def _table(path: Path) -> str:
    """Name the table that a path leads to, empty for the file itself."""
    return str(path[0]) if path else ""


def _header(table: str) -> str:
    return f"[[{table}]]" if table in _SEVERAL else f"[{table}]"


def _subject(path: Path) -> str:
    names = [str(part) for part in path if isinstance(part, str)]
    return "each of " + names[-1] if isinstance(path[-1], int) else names[-1]


def _kind(given: Any) -> str:  # noqa: ANN401  # whatever a TOML file can hold
    kinds = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list", dict: "a table"}
    return kinds.get(type(given), "a date or a time")
