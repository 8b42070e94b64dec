"""The data dictionary names every table and column of the program, with its type, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Column, Table

from costs.flag import Flag
from domain.inventory import EntityState
from domain.session import SessionState
from domain.visit import VisitKind, VisitState
from pace.table import pace_metadata
from storage.tables import Base

PAGE = Path(__file__).parents[2] / "docs" / "data-dictionary.md"
ROW = re.compile(
    r"^\| (?P<key>\*\*)?`(?P<name>\w+)`(?:\*\*)? \| (?P<type>[^|]+?) \| (?P<meaning>.*)\|$"
)
WORDS = {
    "UtcDateTime": "moment",
    "DateTime": "moment",
    "FourPlaces": "decimal(18,4)",
    "Double": "float",
    "JsonText": "json",
    "LargeBinary": "sealed",
    "Text": "text",
    "Boolean": "yes/no",
    "Date": "date",
    "Integer": "integer",
    "BigInteger": "integer",
}
Described = dict[str, tuple[str, bool]]
"""Column -> (type, is it part of the primary key)."""


def tables() -> list[Table]:
    return [*Base.metadata.tables.values(), *pace_metadata.tables.values()]


def documented() -> dict[str, Described]:
    parts = re.split(r"^### `(\w+)`$", PAGE.read_text(encoding="utf-8"), flags=re.M)
    return {name: dict(columns(text)) for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def columns(text: str) -> Iterator[tuple[str, tuple[str, bool]]]:
    for line in re.split(r"^## ", text, flags=re.M)[0].splitlines():
        found = ROW.match(line)
        if found:
            assert found["meaning"].strip() or found["name"] == "id", line
            yield found["name"], (found["type"], bool(found["key"]))


def type_of(column: Column[object]) -> str:
    kind = type(column.type).__name__
    length = getattr(column.type, "length", None)
    word = f"text({length})" if kind == "String" else WORDS[kind]
    return word + ("?" if column.nullable else "")


def without_clock(type_: str) -> str:
    return re.sub(", (business|operational)", "", type_)


def test_every_column_of_every_table_is_described_and_nothing_else() -> None:
    written = {
        table: {name: (without_clock(type_), key) for name, (type_, key) in described.items()}
        for table, described in documented().items()
    }
    real = {
        table.name: {column.name: (type_of(column), column.primary_key) for column in table.columns}
        for table in tables()
    }
    assert written == real


def test_every_moment_says_whose_clock_it_is_on() -> None:
    clocks = {
        type_.rstrip("?")
        for described in documented().values()
        for type_, _ in described.values()
        if type_.startswith("moment")
    }
    assert clocks == {"moment, business", "moment, operational"}


def test_columns_stand_in_the_order_of_the_table() -> None:
    for table in tables():
        assert list(documented()[table.name]) == [column.name for column in table.columns]


def test_every_flag_and_state_is_explained() -> None:
    text = PAGE.read_text(encoding="utf-8")
    words = [*Flag, *VisitState, *VisitKind, *SessionState, *EntityState]
    assert [word for word in words if f"`{word}`" not in text] == []
