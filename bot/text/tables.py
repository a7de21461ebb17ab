"""Tables that come with the program: rows of a file, their columns separated by tabs. Lines with # are comments."""

from importlib.resources import files


def rows_of(package: str, name: str) -> list[list[str]]:
    """Return the rows of a package's table, each as its columns."""
    lines = (files(package) / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]
