"""A day full of trouble gives two messages per cause."""

from __future__ import annotations

from pathlib import Path

from bench.notify import measure


def test_each_cause_is_told_once_and_once_when_it_is_over(tmp_path: Path) -> None:
    found = measure(tmp_path)
    assert found["causes"] == 17
    assert (found["begins"], found["overs"]) == (17, 17)
    assert found["messages"] == 34
    assert found["told_twice"] == []
