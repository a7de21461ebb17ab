"""`./run drill lowest`: the tests with the lowest version of each dependency that pyproject.toml allows.

Whoever installs Newsvane beside other programs may get those versions. What is asked for by name is taken at its lower
bound, what that needs at its newest. More words go to pytest.
"""

import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]


def main() -> int:
    """Set up an environment with the lowest versions, and run the tests in it. Returns pytest's exit code."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder, "venv")
        venv.create(environment, with_pip=True)
        python = environment / "bin/python"
        _run(python, "-m", "pip", "install", "--quiet", "uv>=0.4")
        wanted = Path(folder, "wanted.in")
        wanted.write_text("\n".join([*project["dependencies"], *extras["ru"], *extras["article"]]))
        lowest = Path(folder, "lowest.txt")
        _run(python, "-m", "uv", "pip", "compile", "--quiet", "--resolution", "lowest-direct", wanted, "-o", lowest)
        others = [each for each in extras["dev"] if not each.startswith("newsvane")]
        _run(python, "-m", "pip", "install", "--quiet", "-r", lowest, *others)
        _run(python, "-m", "pip", "install", "--quiet", "--no-deps", "--editable", ROOT)
        for line in lowest.read_text().splitlines():
            if line[:1].isalnum():
                print(line)
        return subprocess.run([python, "-m", "pytest", *sys.argv[1:]], cwd=ROOT, check=False).returncode


def _run(*words: object) -> None:
    subprocess.run([str(word) for word in words], check=True)


if __name__ == "__main__":
    sys.exit(main())
