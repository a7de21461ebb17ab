"""Numbers with their nouns: "1 feed", "2 feeds". Pure."""


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural by an s unless it is one."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
