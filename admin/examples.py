"""Examples below a command's help."""

from __future__ import annotations


def examples(*lines: str) -> str:
    """Return an epilog with one example per line."""
    return "Examples:\n\n" + "\n\n".join(f"  {line}" for line in lines)
