"""The house is as its plans say: paths that documents name exist, libraries stay in their rooms, files stay small."""

import ast
import re
import subprocess
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bot.model import bounds

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
LONGEST_FILE = 300
ROOMS = {
    "aiohttp": ("bot/feeds/fetch/", "bot/web/", "bot/demo/"),
    "apscheduler": ("bot/runtime/ticking.py",),
    "brotli": ("bot/feeds/fetch/decode.py",),
    "click": ("bot/cli/", "bot/demo/"),
    "feedparser": ("bot/feeds/parse/rssatom.py",),
    "lxml": ("bot/feeds/article/",),
    "idna": ("bot/text/links.py",),
    "httpx": ("bot/chat/telegram.py", "bot/chat/outcomes.py"),
    "protego": ("bot/feeds/article/robots.py",),
    "pydantic": ("bot/settings/", "bot/store/shapes.py"),
    "pymorphy3": ("bot/text/",),
    "regex": ("bot/poll/identity.py", "bot/settings/patterns.py"),
    "rich": ("bot/demo/",),
    "simplemma": ("bot/text/",),
    "telegram": ("bot/chat/",),
    "tinydb": ("bot/store/",),
    "trafilatura": ("bot/feeds/article/extract.py",),
    "tree_sitter": ("bot/settings/",),
    "tree_sitter_toml": ("bot/settings/",),
    "w3lib": ("bot/feeds/charset.py", "bot/poll/identity.py"),
}


def sources() -> list[Path]:
    return sorted((ROOT / "bot").rglob("*.py"))


@cache
def imported(path: Path) -> set[str]:
    """The top-level names that a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_that_a_document_names_exists(document):
    text = document.read_text()
    linked = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    named = re.findall(r"(?<![\w./])((?:bot|config|docs|state|systemd|tests)/[\w./-]*\w)", text)
    for path in linked:
        assert (document.parent / path).exists(), path
    for path in named:
        assert any((ROOT / (path + ending)).exists() for ending in ("", ".py")), path


def test_every_bound_on_strangers_is_told_with_its_value():
    told = {
        name: float(value.replace(",", ""))
        for value, name in re.findall(
            r"^\|[^|]*\| ([\d.,]+) \| `(\w+)` \|", (ROOT / "docs/reliability.md").read_text(), re.MULTILINE
        )
    }
    assert told == {name: value for name, value in vars(bounds).items() if name.isupper()}


def drawn(document: str) -> set[str]:
    """The rooms and files of bot/ in the drawing of the house, by their indentation."""
    drawing = re.search(r"## The house\n\n```\n(.*?)```", document, re.DOTALL)
    assert drawing
    found, above = set(), []
    for line in drawing[1].splitlines():
        indent, name = len(line) - len(line.lstrip()), line.split()[0]
        above = [(depth, room) for depth, room in above if depth < indent] + [(indent, name)]
        found.add("".join(room for _, room in above))
    return {path for path in found if path.startswith("bot/") and path != "bot/"}


def test_the_drawing_of_the_house_shows_every_room_and_no_other():
    rooms = {f"{path.parent.relative_to(ROOT)}/" for path in (ROOT / "bot").rglob("__init__.py")} - {"bot/"}
    files = {str(path.relative_to(ROOT)) for path in (ROOT / "bot").glob("*.py") if path.name != "__init__.py"}
    assert drawn((ROOT / "docs/design.md").read_text()) == rooms | files


@pytest.mark.parametrize("library", ROOMS)
def test_a_library_is_imported_in_its_room_only(library):
    outside = [
        str(path.relative_to(ROOT))
        for path in sources()
        if library in imported(path) and not str(path.relative_to(ROOT)).startswith(ROOMS[library])
    ]
    assert outside == []


def test_the_package_imports_nothing_that_only_tests_have():
    only_tests = {path.stem for path in (ROOT / "tests").iterdir()}
    assert [str(path) for path in sources() if only_tests & imported(path)] == []


def test_every_library_of_the_default_install_has_a_reason_in_the_design():
    project = (ROOT / "pyproject.toml").read_text()
    dependencies = re.search(r"^dependencies = \[(.*?)^\]", project, re.DOTALL | re.MULTILINE)
    assert dependencies
    design = (ROOT / "docs/design.md").read_text().casefold()
    missing = [name for name in re.findall(r'"([A-Za-z0-9-]+)', dependencies[1]) if name.casefold() not in design]
    assert missing == []


def test_files_stay_small_or_say_why_not():
    long = [path for path in sources() if len(path.read_text().splitlines()) > LONGEST_FILE]
    unexplained = [str(path) for path in long if "long because" not in path.read_text().casefold()]
    assert unexplained == []


def test_no_test_tells_seconds_or_gives_an_example_a_deadline():
    """What a clock says in a test says most of the machine: growth is told by `growth`, order by events."""
    telling = re.compile(r"\b(?:monotonic|perf_counter|process_time|thread_time)(?:_ns)?\(|\btime\.time\(")
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text()
        if path.name != "test_leaping.py":  # there time is the subject
            assert not telling.search(text), path
        given = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
        settings = [node for node in given if isinstance(node.func, ast.Name) and node.func.id == "settings"]
        assert not any(word.arg == "deadline" for node in settings for word in node.keywords), path


def test_no_file_and_no_class_has_the_name_of_another():
    """Else a name has to be read with its room to be understood."""
    files = [path.name for path in sources() if path.name != "__init__.py"]
    classes = [
        node.name
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    ]
    assert [name for name, count in Counter(files + classes).items() if count > 1] == []


def test_every_file_says_first_what_it_is_for():
    assert [str(path) for path in sources() if not ast.get_docstring(ast.parse(path.read_text()))] == []


def test_only_settings_and_the_edges_read_the_environment():
    reading = {str(path.relative_to(ROOT)) for path in sources() if re.search(r"os\.environ|getenv", path.read_text())}
    # cli and child hand it on, watchdog and logs meet systemd, telegram sets what its library wants
    edges = {"cli/main", "cli/context", "runtime/watchdog", "runtime/logs", "chat/outcomes", "feeds/parse/child"}
    assert reading <= {f"bot/{edge}.py" for edge in edges}


def test_what_others_wrote_is_escaped_in_one_place():
    """Where what is shown is only escaped as HTML, a headline may unsubscribe who taps it."""
    plain = {str(path.relative_to(ROOT)) for path in sources() if "html import escape" in path.read_text()}
    assert plain == {"bot/text/harmless.py"}


def test_the_unit_file_gives_a_reason_over_each_directive():
    lines = (ROOT / "systemd/newsvane.service").read_text().splitlines()
    over = ""
    for line in lines:
        if "=" in line and not line.startswith("#"):
            assert over.startswith("#"), line
        else:
            over = line


def test_no_path_of_a_machine_stands_in_the_project():
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, check=False, capture_output=True, text=True).stdout.split()
    places = re.compile(r"/(?:work|root)/\w")
    allowed = {"systemd/install", "tests/test_house.py"}
    found = [
        name
        for name in files
        if name not in allowed and (ROOT / name).is_file() and places.search((ROOT / name).read_text(errors="replace"))
    ]
    assert found == []


def test_locked_versions_are_those_that_the_package_allows():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lock = (ROOT / "systemd/requirements.lock").read_text()
    locked = {
        canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==(\S+)", lock, re.MULTILINE)
    }
    for wanted in map(Requirement, [*project["dependencies"], *project["optional-dependencies"]["article"]]):
        assert wanted.specifier.contains(locked[canonicalize_name(wanted.name)]), f"{wanted}: run ./run lock"


def test_each_dependency_has_a_lower_and_an_upper_bound():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    for wanted in map(Requirement, [*project["dependencies"], *extras["ru"], *extras["article"]]):
        assert {each.operator for each in wanted.specifier} == {">=", "<"}, wanted
