"""Inventory files for the tests: one that uses every key, and ways to change it."""

from __future__ import annotations

from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "admin" / "templates" / "danga.yaml"


def whole() -> str:
    """Return the example that `danga init` writes, without its comment signs."""
    _, _, example = EXAMPLE.read_text(encoding="utf-8").partition("\n\n# sites:\n")
    lines = ["sites:", *(line.removeprefix("# ") for line in example.splitlines())]
    return "\n".join(lines) + "\n"


def changed(*replacements: tuple[str, str]) -> str:
    """Return the example with each text replaced, which has to be there."""
    text = whole()
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    return text
