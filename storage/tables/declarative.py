"""The base of every table: one metadata, one naming convention, one set of MySQL options."""

from __future__ import annotations

from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# Ids of sites are case-sensitive and names may be Korean: the binary collation holds
# `Ad1` and `ad1` apart, and bare MariaDB would start as latin1.
TABLE_OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}


class Base(DeclarativeBase):
    """Rows are named `...Row`, tables by the singular noun."""

    metadata = MetaData(naming_convention=NAMING)
    __table_args__: Any = TABLE_OPTIONS
