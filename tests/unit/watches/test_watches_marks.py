"""What a watch marks in a generated item is a form that it may find. The bench of judged watches looks at real ones."""

from functools import cache

from hypothesis import example, given, settings
from hypothesis import strategies as st
from marks import false_mark

from bot.model import Item, Watch
from bot.watches.match.index import Index
from bot.watches.parser import parse
from bot.watches.parser.aliases import builtin_aliases
from bot.watches.tree import Node

QUERIES = (
    *("Idlib", "ceasefire", "cease-fire", "air strike", "whistleblower", "email", "organise", "Defence Ministry"),
    *("UN", "U.S.", "LGBT", "=WHO", "NATO", "US Navy", "Zelensky", "Kyiv", "Deir ez-Zor", "al-Qaeda", "Turkey"),
    *("Shell", "May", "Gates", "Kurd", "S-400", "Leopard 2", "Boeing 737", "С-400", "Су-35", "Covid-19", "MH17"),
    *("Навальн*", "Polsk*", "Россия", "санкции", "~Russia", "~Poland", "Łódź", "İstanbul", "Зеленський"),
    *('"fighter jet"~2', '="Fighter Jet"', "=S-400", "Turkish NEAR/3 @aircraft", "@drone, @tank", "@explosion"),
    *("oil price", "Idlib AND (truce, UN) -football", "title:Idlib", "policy maker", "anti-war", "women's rights"),
)
PIECES = (
    *("Idlib", "IDLIB", "Idlib’s", "ceasefire", "Cease-Fire", "cease fire", "cease.", "Fire", "air strikes", "air"),
    *("whistle-blowers", "e-mails", "organized", "Defense", "Ministry", "U.N.", "UN", "U.S.", "us", "US", "WHO", "Who"),
    *("L.G.B.T.", "LGBTQ", "Nato", "NATO’s", "Navy", "Zelenskiy's", "Kiev", "Deir al-Zor", "Deir", "Zor", "al-Qaida"),
    *("Türkiye", "Türkiye'nin", "turkey", "Shell", "shelling", "shells", "May", "may", "Gates", "gate", "Kurds"),
    *("S-400", "S400s", "S–300/400", "-400s", "C-400", "С-400", "S 400", "400", "Leopard 2A4s", "Leopard", "2", "737s"),
    *("Boeing's", "Су-35С", "Covid19", "MH-17", "Win95", "Навального", "Polska", "России", "россияне", "санкциям"),
    *("Poles", "Łodzi", "Łódź", "İstanbul'da", "Зеленського", "fighter", "jet", "Jets", "Fighter Jet", "Turkish"),
    *("plane", "drones", "DRONES", "tank", "army", "explosion", "kills", "oil", "price", "prices", "truce", "policy"),
    *("makers", "policymakers", "antiwar", "anti", "war", "women’s", "rights", "football", "and", "the", "of", "in"),
    *(".", ",", "…", "!", "?", "—", "-", "/", "(", ")", "“", "”", "'", "’", "\n", "\u200b", "­", "ﬁ", "²", "́", "🚀"),
)
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=14).flatmap(
    lambda words: st.lists(
        st.sampled_from((" ", " ", " ", "", "-", ". ")), min_size=len(words), max_size=len(words)
    ).map(lambda gaps: "".join(map("".join, zip(words, gaps, strict=True))))
)


@cache
def index() -> tuple[Index, dict[str, Node]]:
    """Make the index of the queries, and return the tree of each."""
    made = Index()
    made.add_all([Watch(name=query, title="", query=query) for query in QUERIES], builtin_aliases())
    return made, {query: parse(query, builtin_aliases()).node for query in QUERIES}


@settings(max_examples=400)
@given(title=TEXTS, summary=TEXTS)
@example(title="S-300s and -400s beside C-400", summary="Комплексы C-400 и С-300/400")
@example(title="Idlib²", summary="")
@example(title="‘An army of NATO’s’ and NATO’s'", summary="")
@example(title="The ceasefire. The cease-fire, the cease fire", summary="They cease. Fire is next")
def test_every_mark_is_a_form_of_what_was_asked_for(title: str, summary: str) -> None:
    """It begins and ends with a word, and a term of the watch finds it by itself."""
    item = Item(keys=("k",), feed="f", source="s", title=title, summary=summary)
    index_of_all, nodes = index()
    for match in index_of_all.match(item):
        for hit in match.hits:
            assert false_mark(nodes[match.watch], item, hit) == "", match.watch


def test_each_query_marks_something() -> None:
    """So the test above looks at all kinds of terms."""
    item = Item(keys=("k",), feed="f", source="s", title=" ".join(PIECES[:60]), summary=" ".join(PIECES[60:]))
    met = {match.watch for match in index()[0].match(item)}
    assert len(met) > len(QUERIES) // 2
