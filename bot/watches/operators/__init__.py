"""The operators of the watch language, one file each: the class in it is all that an operator can do (see `tree.Node`).

The table lists those that are words. The lexer, the messages and the quoting of phrases are made from it.
"""

from collections.abc import Mapping

SIGNS: Mapping[str, str] = {
    "and": "AND",
    "or": "OR",
    "not": "NOT",
    "near": "NEAR/n",
}
"""How each operator that is a word is written, by the kind of its token. "/n" stands for a number of words."""

NUMBERED: Mapping[str, str] = {kind: sign.removesuffix("/n") for kind, sign in SIGNS.items() if sign.endswith("/n")}
"""The word of each operator that takes a number: NEAR."""
