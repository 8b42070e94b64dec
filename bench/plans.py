"""Which index and which months served a question: the plans of its statements (MariaDB)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

Ask = Callable[[Engine], object]
_KEPT = ("table", "partitions", "type", "key", "rows", "Extra")


def plans_of(engine: Engine, questions: Mapping[str, Ask]) -> dict[str, list[Any]]:
    """Ask each question and return, for each of its statements, how the tables were read."""
    return {name: list(_plans(engine, ask)) for name, ask in questions.items()}


def _plans(engine: Engine, ask: Ask) -> Iterator[list[dict[str, Any]]]:
    with _statements(engine) as statements:
        ask(engine)
    with engine.connect() as connection:
        for statement, parameters in statements:
            # Not as JSON: MariaDB 10.11 leaves quotes inside of conditions as they are.
            told = connection.exec_driver_sql(f"EXPLAIN PARTITIONS {statement}", parameters)
            yield [{name: row[name] for name in _KEPT if row[name]} for row in told.mappings()]


@contextmanager
def _statements(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    seen: list[tuple[str, Any]] = []

    def note(*call: Any) -> None:
        statement, parameters = call[2], call[3]
        if statement.startswith("SELECT") and "FROM" in statement:
            seen.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
