"""`./run drill wheel`: the package as somebody installs it, with the locked versions and no checkout beside it.

Builds the wheel, installs it into an empty environment by systemd/requirements.lock, and plays the demo in an empty
folder: what is missing in the package shows there. Exit code 1 if anything fails.
"""

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]


def main() -> int:
    """Build, install, and try each of the commands that need no bot. Returns the exit code."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        venv.create(folder / "venv", with_pip=True)
        pip = [folder / "venv/bin/python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
        _run([*pip, "install", "--require-hashes", "-r", ROOT / "systemd/requirements.lock"])
        _run([*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder / "wheels", ROOT])
        _run([*pip, "install", "--no-deps", *(folder / "wheels").iterdir()])
        _run([*pip, "check"])
        empty = folder / "empty"
        empty.mkdir()
        failed = [words for words in (["--help"], ["aliases"], ["demo", "--once"]) if not _works(folder, empty, words)]
        left = [path.name for path in empty.iterdir()]
        print(f"failed: {failed}; left behind: {left}" if failed or left else "the wheel works by itself")
        return 1 if failed or left else 0


def _works(folder: Path, empty: Path, words: list[str]) -> bool:
    command = [str(folder / "venv/bin/newsvane"), *words]
    environ = {"PATH": os.environ["PATH"], "HOME": str(empty)}
    ended = subprocess.run(command, cwd=empty, env=environ, stdin=subprocess.DEVNULL, check=False)
    return ended.returncode == 0


def _run(words: list[object]) -> None:
    subprocess.run([str(word) for word in words], check=True)


if __name__ == "__main__":
    sys.exit(main())
