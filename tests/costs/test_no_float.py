"""No float in money, counts or unit costs: walked through every value and every column."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import is_dataclass
from types import ModuleType
from typing import Any, get_type_hints

import sqlalchemy as sa

import costs
import domain
import reports
import storage
from costs.rows import DayCost, HourCost, SlotCost
from storage.columns import FourPlaces
from storage.tables.declarative import Base

TIMES_AND_CHANCES = ("second", "chance")
"""What may be a float: durations of the running program, rates, and what statistics say."""


def test_no_value_that_flows_from_a_page_to_a_report_holds_a_float() -> None:
    fields = list(_fields(costs, domain, storage, reports))
    assert {f"{row.__name__}.spend" for row in (SlotCost, HourCost, DayCost)} <= {
        name for name, _ in fields
    }
    floats = [name for name, kind in fields if "float" in repr(kind)]
    assert [name for name in floats if not any(word in name for word in TIMES_AND_CHANCES)] == []


def test_no_column_lets_a_number_pass_through_float() -> None:
    columns = [column for table in Base.metadata.tables.values() for column in table.columns]
    derived = [column.name for column in columns if isinstance(column.type, FourPlaces)]
    assert derived.count("unit_cost") == 4
    inexact = [f"{c.table.name}.{c.name}" for c in columns if isinstance(c.type, sa.Numeric)]
    assert inexact == [], "sa.Float is a Numeric, too; derived values are FourPlaces"


def _fields(*packages: ModuleType) -> Iterator[tuple[str, Any]]:
    for package in packages:
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "migrations" not in found.name:
                yield from _fields_of(importlib.import_module(found.name))


def _fields_of(module: ModuleType) -> Iterator[tuple[str, Any]]:
    for name, one in vars(module).items():
        if isinstance(one, type) and is_dataclass(one) and one.__module__ == module.__name__:
            for field, kind in get_type_hints(one).items():
                yield f"{name}.{field}", kind
