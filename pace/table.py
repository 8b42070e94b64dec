"""The one table of the request budgets, in the database that everything else shares."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, MetaData, String, Table, Text

pace_metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s"})

pace_state = Table(
    "pace_state",
    pace_metadata,
    Column("site", String(64), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("updated_at", DateTime, nullable=False),  # UTC, the database's clock; for people
    mysql_charset="utf8mb4",
    mariadb_charset="utf8mb4",
)
"""A row per site; `state` is the text of `pace/state.py`, `version` counts its changes."""
