"""Readings by month: partitions on MySQL and MariaDB, one index instead of two everywhere.

The key now leads with the slot, which serves every question of the calculator; the second index,
a third of the table, goes. On SQLite the rows lie in the key itself (WITHOUT ROWID).
"""

import sqlalchemy as sa
from alembic import op

from storage.columns import UtcDateTime
from storage.database_clock import database_now
from storage.partitions import AHEAD, month_of, months_later, partition_clause
from storage.tables.declarative import TABLE_OPTIONS

revision = "0021"
down_revision = "0020"

_KEY = ("entity_id", "metric", "slot_at", "business_date", "revision")
_KEY_BEFORE = ("entity_id", "metric", "business_date", "slot_at", "revision")
_MONTHS_BACK = 60
"""The first partition takes whatever is older."""
_INDEX_BEFORE = "ix_reading_entity_id_metric_slot_at"


def upgrade() -> None:
    op.create_table(
        "chore",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("begun_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_chore")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "readings_kept",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readings_kept")),
        **TABLE_OPTIONS,
    )
    connection = op.get_bind()
    if connection.dialect.name != "mysql":
        _rebuild(_KEY, sqlite_with_rowid=False)
        return
    month = month_of(database_now(connection))
    oldest = connection.scalar(sa.text("SELECT MIN(slot_at) FROM reading"))
    first = max(month_of(oldest.date()) if oldest else month, months_later(month, -_MONTHS_BACK))
    clause = partition_clause(min(first, month), months_later(month, AHEAD))
    op.execute(
        f"ALTER TABLE reading DROP PRIMARY KEY, DROP INDEX {_INDEX_BEFORE}, "
        f"ADD PRIMARY KEY ({', '.join(_KEY)}) {clause}"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "mysql":
        op.execute("ALTER TABLE reading REMOVE PARTITIONING")
        op.execute(
            f"ALTER TABLE reading DROP PRIMARY KEY, ADD PRIMARY KEY ({', '.join(_KEY_BEFORE)})"
        )
    else:
        _rebuild(_KEY_BEFORE)
    op.create_index(op.f(_INDEX_BEFORE), "reading", ["entity_id", "metric", "slot_at"])
    op.drop_table("readings_kept")
    op.drop_table("chore")


def _rebuild(key: tuple[str, ...], **options: bool) -> None:
    """Copy the rows into a table with another key; indexes go with the old one."""
    there = sa.Table("reading", sa.MetaData(), autoload_with=op.get_bind())
    columns = [sa.Column(one.name, one.type, nullable=one.nullable) for one in there.columns]
    op.create_table(
        "reading_new",
        *columns,
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_reading")),
        **options,
    )
    names = ", ".join(column.name for column in columns)
    op.execute(f"INSERT INTO reading_new ({names}) SELECT {names} FROM reading")  # noqa: S608 - ours
    op.drop_table("reading")
    op.rename_table("reading_new", "reading")
