"""What the views say differently on SQLite and on MySQL: moments, decimals, lists of names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, case, func, literal_column, type_coerce
from sqlalchemy.engine import Dialect

from storage.local_time import local_time

_LITE_NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now', '-{seconds} seconds')"
_MY_NOW = "(UTC_TIMESTAMP(6) - INTERVAL {seconds} SECOND)"
_LITE_MINUTES = "CAST((julianday('now') - julianday({column})) * 1440 AS INTEGER)"
_MY_MINUTES = "TIMESTAMPDIFF(MINUTE, {column}, UTC_TIMESTAMP())"


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one database; local times are those of `zone`."""

    dialect: Dialect
    zone: ZoneInfo

    @property
    def _is_lite(self) -> bool:
        return self.dialect.name == "sqlite"

    def ago(self, span: timedelta) -> ColumnElement[Any]:
        """Return the moment that long before now, by the database's clock, in UTC."""
        now = _LITE_NOW if self._is_lite else _MY_NOW
        return literal_column(now.format(seconds=round(span.total_seconds())))

    def minutes_since(self, moment: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return the whole minutes that have passed since a moment; NULL since NULL."""
        minutes = _LITE_MINUTES if self._is_lite else _MY_MINUTES
        return literal_column(minutes.format(column=self._text(moment)))

    def local(self, moment: Any) -> ColumnElement[Any]:
        """Return a moment on the wall of the zone."""
        return literal_column(local_time(self._text(moment), self.zone, self.dialect.name))

    def today(self) -> ColumnElement[Any]:
        """Return the date of now on the wall of the zone."""
        return func.date(self.local(self.ago(timedelta())))

    def decimal(self, column: Any) -> ColumnElement[Any]:
        """Return a decimal as a number that people read."""
        return type_coerce(column, Integer) / 10_000.0 if self._is_lite else column

    def unit_cost(self, spend: Any, results: Any) -> ColumnElement[Any]:
        """Return sum over sum, to four places; NULL without results."""
        quotient = spend * 1.0 / results if self._is_lite else spend / results
        return case((results > 0, func.round(quotient, 4)))

    def names(self, column: Any) -> ColumnElement[Any]:
        """Return the different names in a column, with commas between them."""
        joined: Callable[..., ColumnElement[Any]] = func.group_concat
        return joined(column.distinct())

    def _text(self, column: Any) -> str:
        return str(column.compile(dialect=self.dialect))
