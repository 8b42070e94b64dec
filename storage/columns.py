"""Column types that refuse what a database would silently change.

Moments are aware UTC with microseconds, money is a whole number of won, derived values have
exactly four places. Nothing here passes through float.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, LargeBinary, Numeric, Text
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeDecorator, TypeEngine

Key = BigInteger().with_variant(Integer, "sqlite")
"""An auto-incrementing key: SQLite counts up only what is called INTEGER."""

Sealed = LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")
"""Ciphertext; MySQL's BLOB would end at 64 KB."""

Won = BigInteger
"""Whole won; also whole counts that may grow as large."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC moment in DATETIME(6); `DateTime(timezone=True)` would drop the offset."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Ask MySQL for microseconds; SQLite's text has them."""
        if dialect.name == "mysql":
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC without its offset.

        Raises:
            ValueError: the moment is naive: nobody knows which one is meant.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive datetime cannot be stored: {value!r}")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment aware, in UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


class FourPlaces(TypeDecorator[Decimal]):
    """DECIMAL(18,4); on SQLite, whose decimals are floats, ten-thousandths in an integer."""

    impl = Numeric
    cache_ok = True
    _SCALE = 10_000

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the exact type that the database has."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(Numeric(18, 4))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | int | None:
        """Return what the database keeps.

        Raises:
            TypeError: a float, which was inexact before it came here.
            ValueError: more than four places; whoever computed it decides how to round.
        """
        if value is None:
            return None
        if not isinstance(value, Decimal):
            raise TypeError(f"a Decimal is stored, not {value!r}")
        scaled = value * self._SCALE
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{value} has more than four places")
        return int(scaled) if dialect.name == "sqlite" else value

    def result_processor(
        self, dialect: Dialect, coltype: Any
    ) -> Callable[[Any], Decimal | None] | None:
        """Leave alone what the driver of MySQL gives as a Decimal: reports read thousands."""
        return super().result_processor(dialect, coltype) if dialect.name == "sqlite" else None

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Return an exact Decimal with four places."""
        return None if value is None else Decimal(value).scaleb(-4)


class JsonText(TypeDecorator[Any]):
    """JSON in text, with sorted keys, so that equal values are equal strings.

    Not the databases' own JSON: MariaDB has none (LONGTEXT with a check), MySQL reorders keys.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Leave room for more than the 64 KB of MySQL's TEXT."""
        if dialect.name == "mysql":
            return dialect.type_descriptor(mysql.MEDIUMTEXT())
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Return the canonical text; None stays NULL."""
        if value is None:
            return None
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Return the parsed value."""
        return None if value is None else json.loads(value)
