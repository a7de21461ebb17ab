"""The rules of the watch language, one method a rule: from tokens to a tree, or a WatchSyntaxError with edits.

The grammar itself stands at the top of the package.
"""

from collections.abc import Callable, Mapping
from typing import ClassVar

from bot.watches.match.tokenized import FIELDS
from bot.watches.operators import NUMBERED
from bot.watches.operators.alias import Alias
from bot.watches.operators.all_of import And
from bot.watches.operators.any_of import any_of
from bot.watches.operators.kin import Kin
from bot.watches.operators.near import Near
from bot.watches.operators.phrase import Phrase
from bot.watches.operators.within import Within
from bot.watches.parser import diagnostics
from bot.watches.parser.aliases import MAX_DEPTH, AliasTable, spoken
from bot.watches.parser.kinship import kin_of
from bot.watches.parser.lexer import QueryEdit, QueryToken, WatchSyntaxError, tokens
from bot.watches.parser.terms import check_bare, phrase_of
from bot.watches.tree import Node

MAX_LENGTH = 500  # characters
MAX_TERMS = 60  # as written; an alias is one
MAX_TERMS_WITH_ALIASES = 600  # what the aliases stand for counted, too
MAX_DISTANCE = 20


class QueryParser:
    """Reads one query. `expanded` counts its terms with those of its aliases; `height` is how deep the aliases go."""

    def __init__(self, query: str, aliases: AliasTable) -> None:
        self.expanded = 0
        self.height = 0
        self._query = query
        self._aliases = aliases
        self._terms = 0
        self._depth = 0
        self._at = 0
        if len(query) > MAX_LENGTH:
            raise diagnostics.too_long(query, MAX_LENGTH)
        self._tokens = tokens(query)

    def watch(self) -> Node:
        """Read the whole query. Raises WatchSyntaxError."""
        node = self._watch("end")
        token = self._tokens[self._at]
        if token.kind != "end":
            raise WatchSyntaxError("This bracket closes nothing.", *token.place, QueryEdit(*token.place))
        return node

    # --- the rules, loosest first ---------------------------------------------------------------------------

    def _watch(self, until: str) -> Node:
        """Read the alternatives up to the end or a closing bracket."""
        found: list[Node] = []
        self._skip_separators()
        while self._token.kind not in {"end", "close"}:
            found.append(self._segment())
            self._skip_separators()
        if found:
            return any_of(found)
        token = self._token
        if until == "end" and token.kind == "end":
            raise WatchSyntaxError("There is nothing to look for.", 0, len(self._query))
        start = max(0, token.start - 1)
        raise WatchSyntaxError("These brackets are empty.", start, token.end, QueryEdit(start, token.end))

    def _segment(self) -> Node:
        """Read near { operator near } up to a separator; OR and AND do not mix in it."""
        if self._token.kind == "not":
            raise self._nothing_but_not()
        start = self._token.start
        parts = [self._near()]
        sources = [self._query[start : self._last_end]]
        operators: list[str] = []
        while operator := self._operator():
            operators.append(operator)
            begin = self._token.start
            parts.append(self._near())
            sources.append(self._query[begin : self._last_end])
        if "or" in operators and set(operators) != {"or"}:
            raise diagnostics.two_readings(operators, sources, (start, self._last_end))
        if "or" in operators or not operators:
            return any_of(parts)
        signed = list(zip(["and", *operators], parts, strict=True))
        wanted = tuple(part for operator, part in signed if operator == "and")
        return And(wanted, tuple(part for operator, part in signed if operator == "not"))

    def _operator(self) -> str:
        """Take what stands between two nears: "or", "and", "not", or nothing at the end of a segment."""
        token = self._token
        if token.kind in {"separator", "end", "close"}:
            return ""
        if token.kind in self._UNITS:
            raise diagnostics.no_operator(self._last_end, token)
        if token.kind not in {"or", "and", "not"}:
            raise diagnostics.misplaced(token, self._source(token), self._tokens[self._at + 1 :])
        self._at += 1
        kind = token.kind
        if kind == "and" and self._token.kind == "not":
            self._at += 1
            kind = "not"
        if self._token.kind not in self._UNITS:
            edits = [QueryEdit(token.start, self._token.start), QueryEdit(*self._token.place)]
            raise WatchSyntaxError(f"Nothing to look for follows {self._source(token)}.", *token.place, *edits)
        return kind

    def _near(self) -> Node:
        """Read units with NEAR/n between them."""
        start = self._token.start
        node = self._unit()
        while rule := self._MEASURES.get(self._token.kind):
            token = self._take()
            name, distance = NUMBERED[token.kind], int(token.text)
            if not 1 <= distance <= MAX_DISTANCE:
                raise diagnostics.too_far(token, name, MAX_DISTANCE)
            if self._token.kind not in self._UNITS:
                edits = [QueryEdit(token.start, self._token.start), QueryEdit(*self._token.place)]
                raise WatchSyntaxError(f"Nothing to look for follows {name}.", *token.place, *edits)
            right = self._unit()
            whole, as_and = (start, self._last_end), QueryEdit(*token.place, "AND")
            if not (node.has_place and right.has_place):
                message = f"{name} stands between words, phrases and lists of alternatives; AND and NOT go outside."
                raise WatchSyntaxError(message, *whole, as_and)
            node = rule(node, right, distance)
            if not node.fields(frozenset(FIELDS)):
                raise WatchSyntaxError(f"{name} never crosses a field, so this is never found.", *whole, as_and)
        return node

    def _unit(self) -> Node:
        """Read a field, brackets, an alias or a phrase."""
        rule = self._UNITS.get(self._token.kind)
        if rule is None:
            raise diagnostics.misplaced(self._token, self._source(self._token), self._tokens[self._at + 1 :])
        return rule(self)

    def _within(self) -> Node:
        token = self._take()
        name = next((field for field in FIELDS if field == token.text.casefold()), None)
        if name is None:
            raise diagnostics.unknown_field(token, self._token, self._source(self._token))
        if self._token.kind not in self._UNITS:
            raise WatchSyntaxError(f"Nothing to look for follows {token.text}:", *token.place, QueryEdit(*token.place))
        self._deeper(token)
        node = self._unit()
        self._depth -= 1
        if not node.fields(frozenset({name})):
            message = f"What {token.text}: holds looks at another field; that is never found."
            raise WatchSyntaxError(message, *token.place, QueryEdit(*token.place))
        return Within(name, node)

    def _brackets(self) -> Node:
        opened = self._take()
        self._deeper(opened)
        node = self._watch("close")
        self._depth -= 1
        if self._token.kind != "close":
            end = len(self._query)
            raise WatchSyntaxError("This bracket is not closed.", *opened.place, QueryEdit(end, end, ")"))
        self._at += 1
        return node

    def _alias(self) -> Node:
        token = self._take()
        name = token.text.casefold()
        as_words = QueryEdit(*token.place, spoken(token.text))
        if name not in self._aliases.names():
            raise diagnostics.unknown_alias(token, self._aliases.names(), as_words)
        try:
            meaning = self._aliases.meaning(name)
        except WatchSyntaxError as error:
            edits = (as_words,) if len(token.text) > 1 else ()
            about = "" if f"@{name} stands" in error.message else f"@{name} cannot be used: "
            raise WatchSyntaxError(about + error.message, *token.place, *edits) from None
        self.height = max(self.height, meaning.height)
        self._count(token, meaning.terms)
        return Alias(name, meaning.node)

    def _phrase(self) -> Phrase:
        """Read a quoted phrase or bare words, with what may stand before and behind them."""
        exact = self._token.kind == "equals"
        first = self._take() if exact else self._token
        if exact and (self._token.kind not in {"word", "quoted"} or self._token.start != first.end):
            edits = [QueryEdit(first.end, self._token.start), QueryEdit(*first.place)]
            raise WatchSyntaxError("= takes the word or the quoted phrase right behind it.", *first.place, *edits)
        token = self._take()
        gap = 0
        if token.kind == "word":
            run = [token]
            while self._token.kind == "word":
                run.append(self._take())
            check_bare(run, first.start)
            text, start, end = " ".join(word.text for word in run), token.start, run[-1].end
        else:
            text, start, end = " ".join(token.text.split()), *token.place
            gap = self._gap()
        self._count(token, 1)
        return phrase_of(text, exact=exact, gap=gap, place=(start, end), query=self._query)

    def _kin(self) -> Kin:
        """Read ~ and the word or quoted phrase behind it, whose relatives the data has."""
        sign = self._take()
        run = [self._take()]
        while run[0].kind == "word" and self._token.kind == "word":
            run.append(self._take())
        node = kin_of(sign, run, self._query)
        self._count(sign, 1 + len(node.relatives))
        return node

    def _gap(self) -> int:
        """Take the ~n behind a quoted phrase."""
        token = self._token
        if token.kind not in {"gap", "kin"} or token.start != self._tokens[self._at - 1].end:
            return 0
        self._at += 1
        number = token.text if token.kind == "gap" else ""
        if number and 1 <= int(number) <= MAX_DISTANCE:
            return int(number)
        raise diagnostics.wrong_gap(token, number, MAX_DISTANCE)

    _UNITS: ClassVar[Mapping[str, Callable[["QueryParser"], Node]]] = {
        "word": _phrase,
        "quoted": _phrase,
        "equals": _phrase,
        "alias": _alias,
        "kin": _kin,
        "field": _within,
        "open": _brackets,
    }
    """The rule of each unit, by the kind of its first token."""
    _MEASURES: ClassVar[Mapping[str, Callable[[Node, Node, int], Node]]] = {"near": Near}
    """The node of each operator that stands between two units and takes a number of words."""

    # --- bounds and errors --------------------------------------------------------------------------------

    @property
    def _token(self) -> QueryToken:
        return self._tokens[self._at]

    @property
    def _last_end(self) -> int:
        return self._tokens[self._at - 1].end

    def _take(self) -> QueryToken:
        self._at += 1
        return self._tokens[self._at - 1]

    def _skip_separators(self) -> None:
        while self._token.kind == "separator":
            self._at += 1

    def _source(self, token: QueryToken) -> str:
        return self._query[token.start : token.end]

    def _deeper(self, token: QueryToken) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise diagnostics.too_deep(self._query, token, MAX_DEPTH)

    def _count(self, token: QueryToken, terms: int) -> None:
        self._terms += 1
        self.expanded += terms
        if self._terms <= MAX_TERMS and self.expanded <= MAX_TERMS_WITH_ALIASES:
            return
        bound = f"{MAX_TERMS} terms"
        if self._terms <= MAX_TERMS:
            bound = f"{MAX_TERMS_WITH_ALIASES} terms, those of its aliases and families counted"
        raise diagnostics.too_many(bound, token, self._tokens[: self._at], len(self._query))

    def _nothing_but_not(self) -> WatchSyntaxError:
        """Say that a NOT needs something before it; turn the two round where something follows."""
        sign = self._take()
        if self._token.kind not in self._UNITS:
            return WatchSyntaxError("Nothing to look for follows NOT.", *sign.place, QueryEdit(*sign.place))
        first = self._token
        edits = []
        self._near()
        end = self._last_end
        if self._token.kind in {"and", *self._UNITS} - {"equals"}:
            if self._token.kind == "and":
                self._at += 1
            start = self._token.start
            if self._token.kind in self._UNITS:
                self._near()
                turned = f"{self._query[start : self._last_end]} -{self._query[first.start : end]}"
                edits.append(QueryEdit(sign.start, self._last_end, turned))
        elif first.kind == "word" and first.end < end:
            turned = f"{self._query[first.end : end].strip()} -{first.text}"
            edits.append(QueryEdit(sign.start, end, turned))
        message = "Nothing but NOT would meet nearly every item; say first what to look for."
        return WatchSyntaxError(message, sign.start, end, *edits)
