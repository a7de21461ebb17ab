"""./run as somebody meets it first: what it shows while it sets up, and what it starts.

It sets up a package of three lines that says which command it was given, with a real pip and no index.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from running import ROOT

PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
BACKEND = """
import zipfile

NEEDS = {needs!r}
FILES = {{
    "said.py": "import sys\\n\\ndef main():\\n    print('newsvane', *sys.argv[1:])\\n",
    "newsvane-1.dist-info/METADATA": "Metadata-Version: 2.1\\nName: newsvane\\nVersion: 1\\n" + NEEDS,
    "newsvane-1.dist-info/WHEEL": "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    "newsvane-1.dist-info/entry_points.txt": "[console_scripts]\\nnewsvane = said:main\\n",
    "newsvane-1.dist-info/RECORD": "",
}}


def build_editable(folder, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(folder + "/newsvane-1-py3-none-any.whl", "w") as wheel:
        for name, text in FILES.items():
            wheel.writestr(name, text)
    return "newsvane-1-py3-none-any.whl"
"""


class Checkout:
    """A folder with ./run and a package to set up."""

    def __init__(self, folder: Path, needs: str = "") -> None:
        self.folder = folder
        shutil.copy(ROOT / "run", folder)
        (folder / "pyproject.toml").write_text(PYPROJECT)
        (folder / "backend.py").write_text(BACKEND.format(needs=needs))

    def run(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run ./run to its end."""
        return subprocess.run(
            [self.folder / "run", *words],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), "PIP_NO_INDEX": "1", **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    return Checkout(tmp_path_factory.mktemp("checkout"))


def test_set_up_shows_what_it_installs_once_and_then_no_more(checkout):
    first, second = checkout.run("state"), checkout.run("state")
    assert "Setting up" in first.stderr
    assert "installing 1 package\n" in first.stderr
    assert "installed 1 package\n" in first.stderr
    assert (second.stdout, second.stderr) == ("newsvane state\n", "")


def test_once_is_one_alert_of_the_demo_without_a_token_and_one_round_with_one(checkout):
    assert checkout.run("--once").stdout == "newsvane demo --once\n"
    assert checkout.run("--once", NEWSVANE_TOKEN="1:x").stdout == "newsvane poll --once\n"
    assert checkout.run("--once", "--dry-run", NEWSVANE_TOKEN="1:x").stdout == "newsvane poll --once --dry-run\n"


def test_help_says_what_run_takes_and_what_newsvane_takes(checkout):
    shown = checkout.run("--help").stdout
    assert "./run --once" in shown
    assert "./run test" in shown
    assert "newsvane --help" in shown


def test_what_pip_says_is_shown_whole_when_it_fails(tmp_path):
    ended = Checkout(tmp_path, needs="Requires-Dist: nowhere-to-be-found\n").run()
    assert ended.returncode == 69
    assert "No matching distribution found for nowhere-to-be-found" in ended.stderr
    assert "run this again" in ended.stderr
    assert ended.stdout == ""
