"""The rules of the watch language, one method a rule: from pieces to a tree, or a Mistake with edits that may mend it.

Only `language` uses it; the grammar stands there.
"""

from bot.watches.bare import check_bare
from bot.watches.lexer import Edit, Mistake, Piece, pieces
from bot.watches.mistakes import misplaced, no_operator, too_long, two_readings, unknown_alias, unknown_field
from bot.watches.names import MAX_DEPTH, Aliases, Meaning, spoken
from bot.watches.phrases import phrase_of
from bot.watches.reach import FIELDS, fields, has_and
from bot.watches.tree import Alias, And, Near, Node, Phrase, Within, any_of

MAX_LENGTH = 500  # characters
MAX_TERMS = 60  # as written; an alias is one
MAX_TERMS_WITH_ALIASES = 600  # what the aliases stand for counted, too
MAX_DISTANCE = 20

_UNIT_STARTS = frozenset({"word", "quoted", "field", "alias", "equals", "open"})


def read_alias(query: str, aliases: Aliases) -> Meaning:
    """Read the query of an alias. Raises Mistake."""
    reader = Reader(query, aliases)
    return Meaning(node=reader.watch(), terms=reader.expanded, height=reader.height + 1)


class Reader:
    """Reads one query. `expanded` counts its terms with those of its aliases; `height` is how deep the aliases go."""

    def __init__(self, query: str, aliases: Aliases) -> None:
        self.expanded = 0
        self.height = 0
        self._query = query
        self._aliases = aliases
        self._terms = 0
        self._depth = 0
        self._at = 0
        if len(query) > MAX_LENGTH:
            raise too_long(query, MAX_LENGTH)
        self._pieces = pieces(query)

    def watch(self) -> Node:
        """Read the whole query. Raises Mistake."""
        node = self._watch("end")
        piece = self._pieces[self._at]
        if piece.kind != "end":
            raise Mistake("This bracket closes nothing.", piece.start, piece.end, Edit(piece.start, piece.end))
        return node

    # --- the rules, loosest first ---------------------------------------------------------------------------

    def _watch(self, until: str) -> Node:
        """Read the alternatives up to the end or a closing bracket."""
        found: list[Node] = []
        self._skip_separators()
        while self._piece.kind not in {"end", "close"}:
            found.append(self._segment())
            self._skip_separators()
        if found:
            return any_of(found)
        piece = self._piece
        if until == "end" and piece.kind == "end":
            raise Mistake("There is nothing to look for.", 0, len(self._query))
        start = max(0, piece.start - 1)
        raise Mistake("These brackets are empty.", start, piece.end, Edit(start, piece.end))

    def _segment(self) -> Node:
        """Read near { operator near } up to a separator; OR and AND do not mix in it."""
        if self._piece.kind == "not":
            raise self._nothing_but_not()
        start = self._piece.start
        parts = [self._near()]
        sources = [self._query[start : self._last_end]]
        operators: list[str] = []
        while operator := self._operator():
            operators.append(operator)
            begin = self._piece.start
            parts.append(self._near())
            sources.append(self._query[begin : self._last_end])
        if "or" in operators and set(operators) != {"or"}:
            raise two_readings(operators, sources, (start, self._last_end))
        if "or" in operators or not operators:
            return any_of(parts)
        signed = list(zip(["and", *operators], parts, strict=True))
        wanted = tuple(part for operator, part in signed if operator == "and")
        return And(wanted, tuple(part for operator, part in signed if operator == "not"))

    def _operator(self) -> str:
        """Take what stands between two nears: "or", "and", "not", or nothing at the end of a segment."""
        piece = self._piece
        if piece.kind in {"separator", "end", "close"}:
            return ""
        if piece.kind in _UNIT_STARTS:
            raise no_operator(self._last_end, piece)
        if piece.kind not in {"or", "and", "not"}:
            raise misplaced(piece, self._source(piece), self._pieces[self._at + 1 :])
        self._at += 1
        kind = piece.kind
        if kind == "and" and self._piece.kind == "not":
            self._at += 1
            kind = "not"
        if self._piece.kind not in _UNIT_STARTS:
            edits = [Edit(piece.start, self._piece.start), Edit(self._piece.start, self._piece.end)]
            raise Mistake(f"Nothing to look for follows {self._source(piece)}.", piece.start, piece.end, *edits)
        return kind

    def _near(self) -> Node:
        """Read units with NEAR/n between them."""
        start = self._piece.start
        node = self._unit()
        while self._piece.kind == "near":
            piece = self._take()
            distance = int(piece.text)
            if not 1 <= distance <= MAX_DISTANCE:
                nearest = Edit(piece.start, piece.end, f"NEAR/{min(max(distance, 1), MAX_DISTANCE)}")
                message = f"NEAR goes from 1, side by side, to {MAX_DISTANCE} words."
                raise Mistake(message, piece.start, piece.end, nearest)
            if self._piece.kind not in _UNIT_STARTS:
                edits = [Edit(piece.start, self._piece.start), Edit(self._piece.start, self._piece.end)]
                raise Mistake("Nothing to look for follows NEAR.", piece.start, piece.end, *edits)
            right = self._unit()
            node = self._checked_near(Near(node, right, distance), piece, start)
        return node

    def _unit(self) -> Node:
        """Read a field, brackets, an alias or a phrase."""
        piece = self._piece
        match piece.kind:
            case "field":
                return self._within()
            case "open":
                return self._brackets()
            case "alias":
                return self._alias()
            case "equals" | "quoted" | "word":
                return self._phrase()
            case _:
                raise misplaced(piece, self._source(piece), self._pieces[self._at + 1 :])

    def _within(self) -> Node:
        piece = self._take()
        name = next((field for field in FIELDS if field == piece.text.casefold()), None)
        if name is None:
            raise unknown_field(piece, self._piece, self._source(self._piece))
        if self._piece.kind not in _UNIT_STARTS:
            raise Mistake(
                f"Nothing to look for follows {piece.text}:", piece.start, piece.end, Edit(piece.start, piece.end)
            )
        self._deeper(piece)
        node = self._unit()
        self._depth -= 1
        if not fields(node, frozenset({name})):
            message = f"What {piece.text}: holds looks at another field; that is never found."
            raise Mistake(message, piece.start, piece.end, Edit(piece.start, piece.end))
        return Within(name, node)

    def _brackets(self) -> Node:
        opened = self._take()
        self._deeper(opened)
        node = self._watch("close")
        self._depth -= 1
        if self._piece.kind != "close":
            end = len(self._query)
            raise Mistake("This bracket is not closed.", opened.start, opened.end, Edit(end, end, ")"))
        self._at += 1
        return node

    def _alias(self) -> Node:
        piece = self._take()
        name = piece.text.casefold()
        as_words = Edit(piece.start, piece.end, spoken(piece.text))
        if name not in self._aliases.names():
            raise unknown_alias(piece, self._aliases.names(), as_words)
        try:
            meaning = self._aliases.meaning(name)
        except Mistake as mistake:
            edits = (as_words,) if len(piece.text) > 1 else ()
            about = "" if f"@{name} stands" in mistake.message else f"@{name} cannot be used: "
            raise Mistake(about + mistake.message, piece.start, piece.end, *edits) from None
        self.height = max(self.height, meaning.height)
        self._count(piece, meaning.terms)
        return Alias(name, meaning.node)

    def _phrase(self) -> Phrase:
        """Read a quoted phrase or bare words, with what may stand before and behind them."""
        exact = self._piece.kind == "equals"
        first = self._take() if exact else self._piece
        if exact and (self._piece.kind not in {"word", "quoted"} or self._piece.start != first.end):
            edits = [Edit(first.end, self._piece.start), Edit(first.start, first.end)]
            raise Mistake("= takes the word or the quoted phrase right behind it.", first.start, first.end, *edits)
        piece = self._take()
        gap = 0
        if piece.kind == "word":
            run = [piece]
            while self._piece.kind == "word":
                run.append(self._take())
            check_bare(run, first.start)
            text, start, end = " ".join(word.text for word in run), piece.start, run[-1].end
        else:
            text, start, end = " ".join(piece.text.split()), piece.start, piece.end
            gap = self._gap()
        self._count(piece, 1)
        return phrase_of(text, exact=exact, gap=gap, place=(start, end), query=self._query)

    def _gap(self) -> int:
        """Take the ~n behind a quoted phrase."""
        piece = self._piece
        if piece.kind != "gap" or piece.start != self._pieces[self._at - 1].end:
            return 0
        self._at += 1
        if piece.text and 1 <= int(piece.text) <= MAX_DISTANCE:
            return int(piece.text)
        nearest = f"~{min(max(int(piece.text or 1), 1), MAX_DISTANCE)}"
        edits = [Edit(piece.start, piece.end, nearest), Edit(piece.start, piece.end)]
        raise Mistake(f"~ takes a number from 1 to {MAX_DISTANCE}.", piece.start, piece.end, *edits)

    # --- bounds and mistakes --------------------------------------------------------------------------------

    @property
    def _piece(self) -> Piece:
        return self._pieces[self._at]

    @property
    def _last_end(self) -> int:
        return self._pieces[self._at - 1].end

    def _take(self) -> Piece:
        self._at += 1
        return self._pieces[self._at - 1]

    def _skip_separators(self) -> None:
        while self._piece.kind == "separator":
            self._at += 1

    def _source(self, piece: Piece) -> str:
        return self._query[piece.start : piece.end]

    def _deeper(self, piece: Piece) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            edits = [
                Edit(0, len(self._query), self._query.replace("(", " ").replace(")", " ").strip()),
                Edit(piece.start, piece.end),
            ]
            raise Mistake(f"Brackets and fields go {MAX_DEPTH} deep at most.", piece.start, piece.end, *edits)

    def _count(self, piece: Piece, terms: int) -> None:
        self._terms += 1
        self.expanded += terms
        if self._terms <= MAX_TERMS and self.expanded <= MAX_TERMS_WITH_ALIASES:
            return
        bound = MAX_TERMS if self._terms > MAX_TERMS else MAX_TERMS_WITH_ALIASES
        behind = [found.start for found in self._pieces[: self._at] if found.kind == "separator"]
        edits = [Edit(behind[-1], len(self._query))] if behind else []
        with_aliases = "" if self._terms > MAX_TERMS else ", those of its aliases counted"
        raise Mistake(f"A watch has at most {bound} terms{with_aliases}.", piece.start, piece.end, *edits)

    def _checked_near(self, node: Near, piece: Piece, start: int) -> Near:
        """Refuse a NEAR that cannot be: around AND or NOT, or between different fields."""
        as_and = Edit(piece.start, piece.end, "AND")
        whole = (start, self._last_end)
        if has_and(node.left) or has_and(node.right):
            message = "NEAR stands between words, phrases and lists of alternatives; AND and NOT go outside."
            raise Mistake(message, *whole, as_and)
        if not fields(node, frozenset(FIELDS)):
            raise Mistake("NEAR never crosses a field, so this is never found.", *whole, as_and)
        return node

    def _nothing_but_not(self) -> Mistake:
        """Say that a NOT needs something before it; turn the two round where something follows."""
        sign = self._take()
        if self._piece.kind not in _UNIT_STARTS:
            return Mistake("Nothing to look for follows NOT.", sign.start, sign.end, Edit(sign.start, sign.end))
        first = self._piece
        edits = []
        self._near()
        end = self._last_end
        if self._piece.kind in {"and", "word", "quoted", "alias", "field", "open"}:
            if self._piece.kind == "and":
                self._at += 1
            start = self._piece.start
            if self._piece.kind in _UNIT_STARTS:
                self._near()
                turned = f"{self._query[start : self._last_end]} -{self._query[first.start : end]}"
                edits.append(Edit(sign.start, self._last_end, turned))
        elif first.kind == "word" and first.end < end:
            turned = f"{self._query[first.end : end].strip()} -{first.text}"
            edits.append(Edit(sign.start, end, turned))
        message = "Nothing but NOT would meet nearly every item; say first what to look for."
        return Mistake(message, sign.start, end, *edits)
