r"""The host that is shown is the host that a browser goes to."""

from urllib.parse import unquote, urlsplit

import idna
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.text.links import ascii_host, shown_host, spelled_out, web_link


def host_in_browsers(link: str) -> str | None:
    """The host that the WHATWG URL standard finds in an http address, as far as this needs it; None if it fails."""
    link = link.strip("".join(map(chr, range(33)))).replace("\t", "").replace("\n", "").replace("\r", "")
    scheme, _, rest = link.partition(":")
    if scheme.lower() not in {"http", "https"}:
        return None
    rest = rest.replace("\\", "/").lstrip("/")
    for end in "/?#":
        rest = rest.partition(end)[0]
    host = rest.rpartition("@")[2]
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    host = unquote(host.partition(":")[0])
    try:
        return idna.uts46_remap(host, std3_rules=False).encode("idna" if host.isascii() else "ascii").decode().lower()
    except (UnicodeError, idna.IDNAError):
        try:
            return idna.encode(host, uts46=True).decode()
        except (idna.IDNAError, UnicodeError):
            return None


@pytest.mark.parametrize(
    ("link", "host"),
    [
        ("https://www.bbc.co.uk/news?a=1#b", "www.bbc.co.uk"),
        ("HTTPS://WWW.BBC.CO.UK:443/", "www.bbc.co.uk"),
        ("https://müller.de/straße", "müller.de"),
        ("https://xn--mller-kva.de/", "müller.de"),
        ("https://пример.рф/", "пример.рф"),
        ("https://食狮.中国/", "食狮.中国"),
        ("http://[2001:db8::1]/", "[2001:db8::1]"),
        ("http://192.0.2.1/", "192.0.2.1"),
        # Mixed scripts, and letters that look like others.
        ("https://аррӏе.com/", "xn--80ak6aa92e.com"),
        ("https://xn--80ak6aa92e.com/", "xn--80ak6aa92e.com"),
        ("https://bbс.co.uk/", "xn--bb-pmc.co.uk"),
        ("https://ɡoogle.com/", "xn--oogle-qmc.com"),
        ("https://ıdlib.com/", "xn--dlib-kza.com"),
        ("https://bbc৪.com/", "xn--bbc-s4h.com"),
        # What a browser maps: it is shown as what it becomes.
        ("https://ｂｂｃ.co.uk/", "bbc.co.uk"),
        ("https://ex。ample.com/", "ex.ample.com"),
    ],
)
def test_a_host_is_shown_in_its_own_letters_if_they_deceive_nobody(link, host):
    assert web_link(link).host == host
    assert ascii_host(host.strip("[]")) in web_link(link).address or host.startswith("[")


@pytest.mark.parametrize(
    "link",
    [
        r"https://evil.example\@www.bbc.co.uk/",
        r"https://www.bbc.co.uk\.evil.example/",
        r"https://evil.example/\..\x",
        "https://www.bbc.co.uk@evil.example/",
        "https://user:word@evil.example/",
        "https://evil\n.example/",
        "https://evil.example/\x00",
        "https://evil.example/\x85x",
        "https://evil.example/a b",
        "https://bbc.co.uk%2eevil.example/",
        "https://bbc.co.uk\uff0fx.evil.example/",
        "https://bbc.co.uk\u2044x.evil.example/",
        "https://bbc.co.uk\u200b.evil.example\ud800/",
        "http://0x7f.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://127.0.0.01/",
        "http://a.b.0x7f000001/",
        "https://xn--a.example/",
        "https://a..b/",
        "https:///evil.example/",
        "https:evil.example/",
        "ftp://evil.example/",
        "javascript:alert(1)",
        "https://evil.example:0/",
        "https://evil.example:99999/",
        f"https://{'a.' * 127}example/",
        "",
    ],
)
def test_what_is_not_read_alike_by_all_is_no_link(link):
    assert web_link(link) is None


HOSTS = st.one_of(
    st.sampled_from(["bbc.co.uk", "evil.example", "аррӏе.com", "xn--80ak6aa92e.com", "пример.рф", "ex。ample", "1.2"]),
    st.text(
        st.sampled_from([*"ab1.-_~%\\@:[]/?#\t\n ", *"аеорсⅰı。．／⁄ßſ\u00ad\u200d\u2060\u0301৪𝐚Ⓐ中é"]), max_size=12
    ),
    st.text(max_size=8),
)


@given(scheme=st.sampled_from(["https://", "http://", "HTTPS://", "https:/", "https:\\\\"]), parts=st.lists(HOSTS))
@example(scheme="https://", parts=["evil.example", "\\@", "bbc.co.uk"])
@example(scheme="https://", parts=["ß.de", "/"])
def test_the_host_that_is_shown_is_the_host_that_a_browser_goes_to(scheme, parts):
    link = scheme + "".join(parts)
    found = web_link(link)
    if found is None:
        return
    goes_to = urlsplit(found.address).hostname
    assert goes_to in {host_in_browsers(link), host_in_browsers(found.address)}
    assert host_in_browsers(found.address) == goes_to
    assert host_in_browsers(link) in {goes_to, None}
    assert ascii_host(found.host) == goes_to
    assert web_link(found.address) == found


@given(host=st.text(max_size=20))
def test_no_text_breaks_what_reads_hosts(host):
    assert ascii_host(host).isascii()
    assert shown_host(host) is not None
    assert spelled_out(f"https://{host}/x") is not None


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://аррӏе.com/feed", "https://xn--80ak6aa92e.com/feed"),
        ("https://пример.рф/лента", "https://пример.рф/лента"),
        ("http://127.0.0.1:8000/rss", "http://127.0.0.1:8000/rss"),
        ("https://bbc.co.uk⁄x.example/", "https://bbc.co.uk%E2%81%84x.example/"),
        ("no address", "no address"),
    ],
)
def test_an_address_that_is_shown_and_not_linked_deceives_nobody_either(address, shown):
    assert spelled_out(address) == shown
