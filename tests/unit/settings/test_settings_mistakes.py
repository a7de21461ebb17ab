"""Each mistake is told at its place. In the files below ⟦ ⟧ stand about what the carets shall stand under."""

import re
from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.settings import load, render

FEEDS = '[[feed]]\nname = "a"\nurl = "https://example.org/rss"\n'
WATCHLISTS = '[[watch]]\nname = "w"\nquery = "Idlib"\n'
MAIN_KEYS = "there are api_url, token_file, access, owner"


def problems(tmp_path: Path, **texts: str | bytes) -> tuple[str, ...]:
    """Write a config in which only the named files differ from a right one, and give what is told about it."""
    files = {"newsvane": "", "feeds": FEEDS, "watchlists": WATCHLISTS} | texts
    for name, text in files.items():
        content = text if isinstance(text, bytes) else text.encode()
        (tmp_path / f"{name}.toml").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, tmp_path, environ={})
    assert "\n\n".join(caught.value.problems) in render(caught.value)
    return tuple(problem.replace(f"{tmp_path}/", "") for problem in caught.value.problems)


def main(text: str) -> dict[str, str]:
    """A newsvane.toml."""
    return {"newsvane": text}


def feed(text: str) -> dict[str, str]:
    """A feed with these keys besides its name and url."""
    return {"feeds": FEEDS + text}


def watch(text: str) -> dict[str, str]:
    """A watch with these keys besides its name and query."""
    return {"watchlists": WATCHLISTS + text}


def query(text: str) -> dict[str, str]:
    """A watchlist with this query, quotes and all."""
    return {"watchlists": f'[[watch]]\nname = "w"\nquery = {text}\n'}


def alias(text: str) -> dict[str, str]:
    """A watchlist with this line of aliases."""
    return {"watchlists": f"[alias]\n{text}\n{WATCHLISTS}"}


def url(text: str) -> dict[str, str]:
    """A feed with this address."""
    return {"feeds": f'[[feed]]\nname = "a"\nurl = {text}\n'}


def push(text: str) -> dict[str, str]:
    """A newsvane.toml with this public address for hubs."""
    return {"newsvane": f'[web]\nlisten = "127.0.0.1:8090"\n[websub]\npublic_url = {text}\n'}


NO_TOML = "texts stand in quotes"
"""What is said of anything that tomllib refuses, after its own words, which differ from one Python to the next."""

SYNTAX = [
    (main("[poll]\ninterval = 5⟦m⟧\n"), NO_TOML, ""),
    (main("[poll]\ninterval = ⟦f⟧ive\n"), NO_TOML, ""),
    (main('[poll]\ninterval = "5m⟦\n⟧[web]\n'), NO_TOML, ""),
    (main('[poll]\ninterval = "5m"\ninterval = "6m"⟦\n⟧'), NO_TOML, ""),
    (main('[poll]\ninterval = "5m"\n[poll⟦]⟧\n'), NO_TOML, ""),
    (main("[poll⟦\n⟧"), NO_TOML, ""),
    (main("[poll]\ninterval⟦\n⟧"), NO_TOML, ""),
    (main("[fetch]\nallow_addresses = [\n  '10.0.0.0/8'\n⟦[⟧web]\n"), NO_TOML, ""),
    (main("⟦?⟧\n"), NO_TOML, ""),
    (main("[⟦]⟧\n"), NO_TOML, ""),
    (main('telegram = {access = "open",⟦\n⟧}\n'), NO_TOML, ""),
    (main("[telegram]\nowner = 12 ⟦3⟧45\n"), NO_TOML, ""),
    (feed('identity = "-a(\\d⟦+⟧)$"\n'), "single ones if there is a \\", ""),
    (watch("title = 'open⟦\n⟧"), NO_TOML, ""),
    (watch("title = '''open⟦\n⟧"), NO_TOML, ""),
]
SHAPE = [
    (main('[fetch]\nca_file = ⟦"nowhere.pem"⟧\n'), "cannot be read", ""),
    (main('[fetch]\nca_file = ⟦"newsvane.toml"⟧\n'), "holds no certificates in PEM", ""),
    (main('[fetch]\nca_file = ⟦"~/ca.pem"⟧\n'), "write the whole path", ""),
    (main('[telegram]\ntoken_file = ⟦"123456:ABCdef"⟧\n'), "a token does not stand in the config", ""),
    (main("⟦colour⟧ = 1\n"), '"colour" is no key in newsvane.toml', ""),
    (main("[⟦pol⟧]\n"), '"pol" is no key in newsvane.toml', "[poll]"),
    (main('⟦interval⟧ = "5m"\n'), '"interval" is no key in newsvane.toml', "[poll] interval"),
    (main('[telegram]\n⟦acess⟧ = "open"\n'), f'"acess" is no key in [telegram]; {MAIN_KEYS}', "access"),
    (main('[telegram]\n⟦token⟧ = "1:x"\n'), "a token does not stand in the config", ""),
    (main('[⟦watch⟧]\nname = "x"\n'), '"watch" is no key', "[[watch]] in watchlists.toml"),
    (main("[fetch]\n⟦a.b⟧ = 1\n"), '"a" is no key in [fetch]', ""),
    (main("⟦[[poll]]⟧\n"), "single brackets", "[poll]"),
    (main("poll = ⟦3⟧\n"), "[poll] is a table, not a number", "[poll]"),
    (main("[telegram]\ntoken_file = ⟦3⟧\n"), "token_file is a text and stands in quotes, not a number", '"3"'),
    (main("[telegram]\napi_url = ⟦true⟧\n"), "not true or false", '"true"'),
    (main("[telegram]\napi_url = ⟦2020-01-01⟧\n"), "not a date", ""),
    (main('[telegram]\nowner = ⟦"12"⟧\n'), "owner is a whole number without quotes", "12"),
    (main("[telegram]\nowner = ⟦1.0⟧\n"), "owner is a whole number", ""),
    (main("[telegram]\nowner = ⟦true⟧\n"), "owner is a whole number", ""),
    (main('[telegram]\naccess = ⟦"ownr"⟧\n'), 'one of "open", "owner"', '"owner"'),
    (main("[telegram]\naccess = ⟦3⟧\n"), 'one of "open", "owner"', ""),
    (main('[fetch]\nallow_addresses = ⟦"10.0.0.0/8"⟧\n'), "a list in square brackets", '["10.0.0.0/8"]'),
    ({"feeds": '[⟦feed⟧]\nname = "a"\nurl = "https://a.org/"\n'}, "double brackets", "[[feed]]"),
    ({"feeds": "feed = [⟦3⟧]\n"}, "[[feed]] is a table, not a number", "[[feed]]"),
    ({"feeds": '⟦[[feed]]⟧\nname = "a"\n'}, "this feed has no url", ""),
    ({"feeds": FEEDS + '⟦[[feed]]⟧\nurl = "https://b.org/"\n'}, "this feed has no name", ""),
    ({"feeds": 'feed = [⟦{name = "a"}⟧]\n'}, "this feed has no url", ""),
    (feed('⟦titel⟧ = "A"\n'), '"titel" is no key in [[feed]]', "title"),
    (feed('⟦"tit\\u0065l"⟧ = "A"\n'), '"titel" is no key in [[feed]]', "title"),
    (feed('⟦silent⟧ = "A"\n'), '"silent" is no key in [[feed]]', "[[watch]] silent in watchlists.toml"),
    (feed('article = ⟦"alwys"⟧\n'), '"never", "if needed", "always"', '"always"'),
    (watch('silent = ⟦"yes"⟧\n'), "silent is true or false", "true"),
    (watch('scope = ⟦"abut"⟧\n'), 'one of "about", "mention", "all"', '"about"'),
    (watch('feeds = ⟦"a"⟧\n'), "feeds is a list", '["a"]'),
    (watch("feeds = [⟦3⟧]\n"), "each of feeds is a text", '"3"'),
    (alias("a = ⟦3⟧"), "a is a text", '"3"'),
    ({"watchlists": f"alias = ⟦3⟧\n{WATCHLISTS}"}, "[alias] is a table", "[alias]"),
    ({"watchlists": "⟦[[watch]]⟧\nname = 'x'\n"}, "this watch has no query", ""),
]
VALUES = [
    (main('[poll]\ninterval = ⟦"5min"⟧\n'), "the unit of a duration is s, m or h", '"5m"'),
    (main('[poll]\ninterval = ⟦"5 M"⟧\n'), "the unit of a duration", '"5m"'),
    (main('[poll]\nmax_interval = ⟦"1d"⟧\n'), "the unit of a duration", '"24h"'),
    (main('[poll]\ninterval = ⟦"300"⟧\n'), "needs a unit", '"300s"'),
    (main("[poll]\ninterval = ⟦300⟧\n"), "has a unit and stands in quotes", '"300s"'),
    (main('[poll]\ninterval = ⟦"-5m"⟧\n'), "cannot be negative", '"5m"'),
    (main('[poll]\ninterval = ⟦"0s"⟧\n'), "longer than zero", ""),
    (main('[poll]\nmax_interval = ⟦"40d"⟧\n'), "at most 31 days", ""),
    (main('[poll]\ninterval = ⟦"soon"⟧\n'), "this is no duration", ""),
    (main('[poll]\ninterval = ⟦"٣m"⟧\n'), "this is no duration", ""),
    (main('[fetch]\ntimeout = ⟦"999999999h"⟧\n'), "at most 31 days", ""),
    (main("[fetch]\ntimeout = ⟦inf⟧\n"), "has a unit", ""),
    (main("[fetch]\ntimeout = ⟦[]⟧\n"), "a duration is a text", ""),
    (main('[fetch]\nallow_addresses = ["::1", ⟦"127.0.0.1/8"⟧]\n'), "bits set behind", '"127.0.0.0/8"'),
    (main('[fetch]\nallow_addresses = [\n  "::1", # one\n  ⟦"localhost"⟧,\n]\n'), "this is no network", ""),
    (main("[fetch]\nallow_addresses = [⟦3⟧]\n"), "a network is a text", ""),
    (main('[fetch]\nchats_may_reach = ⟦"10.0.0.0/8"⟧\n'), "a list in square brackets", '["10.0.0.0/8"]'),
    (main('[fetch]\nchats_may_reach = ["::1", ⟦"127.0.0.1/8"⟧]\n'), "bits set behind", '"127.0.0.0/8"'),
    (main('[telegram]\napi_url = ⟦"https://x.org/?a=b"⟧\n'), "no ? and no #", '"https://x.org"'),
    (main('[telegram]\napi_url = ⟦""⟧\n'), "cannot be empty", ""),
    (main("[telegram]\nowner = ⟦-100123⟧\n"), "owner is a person", ""),
    (main("[telegram]\nowner = ⟦99999999999999999999⟧\n"), "52 bits", ""),
    (main('[telegram]\ntoken_file = "a⟦\\n⟧b"\n'), "control characters", ""),
    (main('[telegram]\ntoken_file = ⟦"~/token"⟧\n'), "write the whole path", ""),
    (main('[web]\nlisten = ⟦"8090"⟧\n'), "no host and port", '"127.0.0.1:8090"'),
    (main("[web]\nlisten = ⟦8090⟧\n"), "listen is a text", '"127.0.0.1:8090"'),
    (main("[web]\nlisten = ⟦true⟧\n"), "listen is a text", ""),
    (main('[web]\nlisten = ⟦":8090"⟧\n'), "no host to listen on", '"127.0.0.1:8090"'),
    (main('[web]\nlisten = "⟦*⟧:8090"\n'), "no host to listen on", '"0.0.0.0:8090"'),
    (main('[web]\nlisten = "⟦::1⟧:8090"\n'), "no host to listen on", '"[::1]:8090"'),
    (main('[web]\nlisten = "⟦http://localhost⟧:8090"\n'), "no host to listen on", '"localhost:8090"'),
    (main('[web]\nlisten = ⟦"127.0.0.1"⟧\n'), "no host and port", '"127.0.0.1:8090"'),
    (main('[web]\nlisten = "⟦127.0.0.999⟧:8090"\n'), "no host to listen on", ""),
    (main('[web]\nlisten = "⟦[::g]⟧:8090"\n'), "no host to listen on", ""),
    (main('[web]\nlisten = "127.0.0.1:⟦0⟧"\n'), "from 1 to 65535", ""),
    (main('[web]\nlisten = "127.0.0.1:⟦65536⟧"\n'), "from 1 to 65535", ""),
    (main('[web]\nlisten = "127.0.0.1:⟦999999999999⟧"\n'), "from 1 to 65535", ""),
    (main('[web]\nlisten = ⟦" "⟧\n'), "no host and port", ""),
    (push('⟦"news.example.org"⟧'), "begins with https://", '"https://news.example.org"'),
    (push('⟦"https://news.example.org/?a=1"⟧'), "no ? and no #", '"https://news.example.org"'),
    (push('"https://⟦me@⟧news.example.org"'), "no user name", ""),
    (push("⟦3⟧"), "public_url is a text", '"3"'),
    (main('[store]\nurl = "⟦sqlite⟧:x.db"\n'), "the only store is tinydb", '"tinydb:x.db"'),
    (main('[store]\nurl = ⟦"x.db"⟧\n'), "the name of a file", '"tinydb:x.db"'),
    (main('[store]\nurl = "tinydb:⟦../x.db⟧"\n'), "without folders", '"tinydb:newsvane.db"'),
    ({"feeds": FEEDS.replace('"a"', '"⟦T⟧he Paper"')}, "1 to 31 of a-z", '"the-paper"'),
    ({"feeds": FEEDS.replace('"a"', '"a⟦é⟧"')}, "1 to 31 of a-z", '"ae"'),
    ({"feeds": FEEDS.replace('"a"', '"⟦-⟧a"')}, "does not begin with -", '"a"'),
    ({"feeds": FEEDS.replace('"a"', f'⟦"{32 * "a"}"⟧')}, "1 to 31 of a-z", f'"{31 * "a"}"'),
    ({"feeds": FEEDS.replace('"a"', '⟦""⟧')}, "a name cannot be empty", ""),
    (url('⟦""⟧'), "cannot be empty", ""),
    (url('⟦"ftp://a.org/rss"⟧'), "begins with https://", '"https://a.org/rss"'),
    (url('⟦"www.a.org/rss"⟧'), "begins with https://", '"https://www.a.org/rss"'),
    (url('⟦"javascript:alert(1)"⟧'), "begins with https://", ""),
    (url('⟦"file:///etc/passwd"⟧'), "begins with https://", ""),
    (url('"https://a.org/⟦ ⟧rss"'), "cannot contain spaces", ""),
    (url('"https://a.org/⟦\\t⟧rss"'), "cannot contain spaces", ""),
    (url("'https://a.org⟦\\⟧@b.org/'"), "cannot contain the character", ""),
    (url('"https://⟦me:secret@⟧a.org/"'), "no user name and no password", ""),
    (url('⟦"https:///rss"⟧'), "has no host", ""),
    (url('⟦"https://:80/"⟧'), "has no host", ""),
    (url('"https://⟦a..org⟧/"'), "no host name", ""),
    (url('⟦"https://a.org:99999/"⟧'), "host or the port", ""),
    (url('⟦"https://[::1/"⟧'), "host or the port", ""),
    (feed("identity = '-a(\\d+⟦$⟧'\n"), "cannot be read: missing )", ""),
    (feed('identity = "é\\\\d⟦(⟧"\n'), "cannot be read: missing )", ""),
    (feed("identity = ⟦'-a\\d+$'⟧\n"), "round brackets", "'-a(\\d+)$'"),
    (feed("identity = ⟦'(a)(\\d+)'⟧\n"), "here are 2", ""),
    (feed("identity = ⟦'(\\d*)$'⟧\n"), "may be empty", ""),
    (feed("identity = '(a{⟦9⟧9999999999999999999})'\n"), "too big", ""),
    (feed(f"identity = '{200 * 'a'}⟦(a)⟧'\n"), "at most 200", ""),
    (feed('title = ⟦" "⟧\n'), "a title cannot be empty", ""),
    (feed('title = "a⟦\\u001b⟧[2J"\n'), "without control characters", ""),
    (feed('title = """\na⟦\n⟧b"""\n'), "without control characters", ""),
    (feed(f'title = "{100 * "x"}⟦yz⟧"\n'), "at most 100", ""),
]
RELATIONS = [
    (main('[poll]\ninterval = ⟦"1m"⟧\n'), "interval is shorter than min_interval (2m, its default)", ""),
    (main('[poll]\ninterval = ⟦"2h"⟧\n'), "interval is longer than max_interval (1h, its default)", ""),
    (main('[poll]\nmin_interval = ⟦"10m"⟧\n'), "min_interval is longer than interval (5m, its default)", ""),
    (main('[poll]\nmax_interval = ⟦"150s"⟧\n'), "max_interval is shorter than interval (5m, its default)", ""),
    (main('[poll]\nmin_interval = ⟦"20m"⟧\ninterval = "15m"\n'), "longer than interval (15m)", ""),
    (main('[telegram]\naccess = ⟦"owner"⟧\n'), "needs owner", ""),
    (main('[websub]\npublic_url = ⟦"https://news.example"⟧\n'), 'listen = "127.0.0.1:8090"', ""),
    (main('[websub]\npublic_url = ⟦"https://news.example"⟧\n[web]\nlisten = ""\n'), "needs [web] listen", ""),
    (main('[telegram]\naccess = "owner"\nowner = ⟦0⟧\n'), "needs owner", ""),
    (feed('interval = ⟦"1m"⟧\n'), "interval is shorter than [poll] min_interval (2m)", ""),
    (feed('interval = ⟦"90m"⟧\n'), "interval is longer than [poll] max_interval (1h)", ""),
    ({"feeds": FEEDS + FEEDS.replace('"a"', '⟦"a"⟧').replace("org", "com")}, "it stands first in line 2, column 8", ""),
    ({"feeds": FEEDS + '[[feed]]\nname = "b"\nurl = ⟦"https://example.org/rss"⟧\n'}, "line 3, column 7", ""),
    ({"watchlists": WATCHLISTS + WATCHLISTS.replace('"w"', '⟦"w"⟧')}, "it stands first in line 2, column 8", ""),
    (watch('feeds = ["a", ⟦"moscow"⟧]\n'), 'no feed of the name "moscow"', ""),
    ({"feeds": "⟦#⟧ none\n"}, "no feed is named here", ""),
    ({"feeds": "feed = ⟦[]⟧\n"}, "no feed is named here", ""),
    ({"watchlists": "⟦[⟧alias]\n"}, "no watch is named here", ""),
]
QUERIES = [
    (query('⟦""⟧'), "nothing to look for", ""),
    (query('"Idlib AND ⟦(⟧Hama"'), "bracket", ""),
    (query("'Idlib AND ⟦(⟧Hama'"), "bracket", ""),
    (query('"Turkish NEAR/3 ⟦@aircraf⟧"'), "aircraf", ""),
    (query('"\\u0049dlib, \\"x y\\" , ⟦(⟧Hama"'), "bracket", ""),
    (query('"""Idlib,\n  Hama,\n  ⟦(⟧Homs"""'), "bracket", ""),
    (query('"""\nIdlib, \\\n   ⟦(⟧Homs"""'), "bracket", ""),
    (query("'''\nIdlib,\n\t日本, ⟦(⟧Homs\n'''"), "bracket", ""),
    (query('"""\r\nIdlib,\r\n  ⟦(⟧Homs"""'), "bracket", ""),
    (alias("aircraft = 'plane, ⟦(⟧jet'"), "bracket", ""),
    (alias("aircraft = ⟦''⟧"), "stands for nothing", '"aircraft"'),
    (alias("⟦'air craft'⟧ = 'plane'"), "letters, digits", ""),
]


@pytest.mark.parametrize(("marked", "fragment", "suggestion"), SYNTAX + SHAPE + VALUES + RELATIONS + QUERIES)
def test_mistake_is_told_at_its_place(tmp_path, marked, fragment, suggestion):
    """One mistake makes one block: its place, what is wrong, its line with carets under it, what may be meant."""
    (name, text), plain = next(iter(marked.items())), {key: re.sub("[⟦⟧]", "", text) for key, text in marked.items()}
    before, place, _ = re.split("[⟦⟧]", text)
    line, column = before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1

    told = problems(tmp_path, **plain)

    assert len(told) == 1
    head, shown, carets, *rest = told[0].split("\n")
    assert head.startswith(f"{name}.toml:{line}:{column}: ")
    assert fragment in told[0]
    assert shown.lstrip().startswith(f"{line} |")
    assert carets.count("^") == max(1, len(place.strip("\n")))
    assert (f"    did you mean {suggestion}?" in rest) == bool(suggestion)
    assert suggestion or not any("did you mean" in row for row in rest) or marked in [case[0] for case in QUERIES]
