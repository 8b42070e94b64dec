"""Whether a file is a spreadsheet, by its name alone: nothing is imported for that."""

from __future__ import annotations

from pathlib import Path

_ENDINGS = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls"})


def is_sheet(path: Path) -> bool:
    """Whether a person means a spreadsheet; other files are YAML."""
    return path.suffix.lower() in _ENDINGS
