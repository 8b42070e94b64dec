"""Bring the tables to this program's revision (`storage/revision.py` says if they are).

Revisions live in `storage/migrations/versions`, are small (MySQL commits each DDL statement by
itself) and only ever expand what older programs use.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

from storage.audit_guard import guard
from storage.database_clock import database_now
from storage.engine import open_engine
from storage.named_lock import named_lock
from storage.partitions import make_ahead
from storage.transaction import reading, run_in_transaction
from storage.views import drop_views, make_views

_MIGRATIONS = Path(__file__).parent / "migrations"
_SEOUL = ZoneInfo("Asia/Seoul")


def upgrade(engine: Engine, zone: ZoneInfo = _SEOUL) -> None:
    """Apply what is missing; two upgrades at once are one after the other.

    The next months of readings are made too, and the views, whose local times are those of `zone`.

    Raises:
        DatabaseBusy: a long transaction holds a table, or another upgrade has not ended.
    """
    # Altering a large table takes longer than any statement of the daily work may.
    patient = open_engine(
        engine.url.render_as_string(hide_password=False), answer_within_seconds=3600
    )
    try:
        with named_lock(patient, "schema"):
            run_in_transaction(patient, partial(_upgrade, zone=zone))
            with reading(patient) as connection:
                now = database_now(connection)
            make_ahead(patient, now)
    finally:
        patient.dispose()


def _upgrade(connection: Connection, zone: ZoneInfo) -> None:
    if connection.dialect.name == "mysql":
        # An open report holds the metadata lock, and all readers would queue behind the
        # waiting migration: give up early instead.
        connection.execute(text("SET SESSION lock_wait_timeout=10"))
    if connection.dialect.name == "sqlite":
        drop_views(connection)
    command.upgrade(_config(connection=connection), "heads")
    guard(connection)
    make_views(connection, zone)


def _config(**attributes: Any) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes.update(attributes)
    return config
