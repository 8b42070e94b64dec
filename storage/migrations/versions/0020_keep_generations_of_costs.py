"""When a reading became known, and unit costs by generation, with sums by day.

The sums of the days there are already are taken from their hours. A day counts as final where
nothing of it is pending and the watch was read two days later: by then its site had settled.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.columns import FourPlaces, JsonText, Key, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS

revision = "0020"
down_revision = "0019"

_KEYS = {"unit_cost_slot": "slot_at", "unit_cost_hour": "hour_at"}
_HOURS = sa.table(
    "unit_cost_hour",
    sa.column("watch_id", sa.BigInteger()),
    sa.column("business_date", sa.Date()),
    sa.column("spend", sa.BigInteger()),
    sa.column("results", sa.BigInteger()),
    sa.column("unpaired_spend", sa.BigInteger()),
    sa.column("flags", JsonText),
    sa.column("computed_at", UtcDateTime),
)


def upgrade() -> None:
    op.add_column("reading", sa.Column("known_at", UtcDateTime, nullable=True))
    op.execute("UPDATE reading SET known_at = observed_at")
    for table, moment in _KEYS.items():
        _add_generation(table, moment)
    op.create_index(op.f("ix_unit_cost_slot_slot_at"), "unit_cost_slot", ["slot_at"])
    days = op.create_table(
        "unit_cost_day",
        sa.Column("watch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("spend", sa.BigInteger(), nullable=True),
        sa.Column("results", sa.BigInteger(), nullable=True),
        sa.Column("unit_cost", FourPlaces, nullable=True),
        sa.Column("unpaired_spend", sa.BigInteger(), nullable=True),
        sa.Column("flags", JsonText, nullable=False),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.Column("computed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint(
            "watch_id", "business_date", "generation", name=op.f("pk_unit_cost_day")
        ),
        **TABLE_OPTIONS,
    )
    op.create_index(
        op.f("ix_unit_cost_day_business_date_watch_id"),
        "unit_cost_day",
        ["business_date", "watch_id"],
    )
    op.create_table(
        "cost_month",
        sa.Column("watch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.Column("begins_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("building", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("watch_id", "month", name=op.f("pk_cost_month")),
        **TABLE_OPTIONS,
    )
    op.create_index(op.f("ix_cost_month_building"), "cost_month", ["building"])
    op.create_table(
        "cost_generation",
        sa.Column("id", Key, nullable=False),
        sa.Column("first_month", sa.Date(), nullable=False),
        sa.Column("last_month", sa.Date(), nullable=False),
        sa.Column("watch", sa.String(length=100), nullable=True),
        sa.Column("begun_by", sa.String(length=200), nullable=False),
        sa.Column("begun_at", UtcDateTime, nullable=False),
        sa.Column("live_at", UtcDateTime, nullable=True),
        sa.Column("rows_differ", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_generation")),
        **TABLE_OPTIONS,
    )
    _sum_days(op.get_bind(), days)


def downgrade() -> None:
    op.drop_table("cost_generation")
    op.drop_table("cost_month")
    op.drop_table("unit_cost_day")
    op.drop_index(op.f("ix_unit_cost_slot_slot_at"), "unit_cost_slot")
    for table, moment in _KEYS.items():
        older = sa.table(table, sa.column("generation"))
        op.execute(sa.delete(older).where(older.c.generation != 0))
        _drop_generation(table, moment)
    with op.batch_alter_table("reading") as reading:
        reading.drop_column("known_at")


def _add_generation(table: str, moment: str) -> None:
    key = ["watch_id", moment, "generation"]
    if op.get_bind().dialect.name == "mysql":
        # In one statement the table is copied once.
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN generation INTEGER NOT NULL DEFAULT 0,"
            f" DROP PRIMARY KEY, ADD PRIMARY KEY ({', '.join(key)})"
        )
        return
    # SQLite makes the table anew; of a reflected one it would keep the old key beside the new.
    with op.batch_alter_table(table, copy_from=_without_key(table), recreate="always") as batch:
        batch.add_column(
            sa.Column("generation", sa.Integer(), nullable=False, server_default=sa.text("0"))
        )
        batch.create_primary_key(op.f(f"pk_{table}"), key)


def _without_key(table: str) -> sa.Table:
    """Return the table as it was before, but for its primary key."""
    own: list[Any] = [sa.Column("interval_start", UtcDateTime, nullable=False)]
    if table == "unit_cost_hour":
        own = [
            sa.Column("business_date", sa.Date(), nullable=False),
            sa.Column("hour", sa.Integer(), nullable=False),
            sa.Index(op.f("ix_unit_cost_hour_business_date_watch_id"), "business_date", "watch_id"),
        ]
    return sa.Table(
        table,
        sa.MetaData(),
        sa.Column("watch_id", sa.BigInteger(), nullable=False),
        sa.Column(_KEYS[table], UtcDateTime, nullable=False),
        *own,
        sa.Column("spend", sa.BigInteger(), nullable=True),
        sa.Column("results", sa.BigInteger(), nullable=True),
        sa.Column("unit_cost", FourPlaces, nullable=True),
        sa.Column("unpaired_spend", sa.BigInteger(), nullable=True),
        sa.Column("flags", JsonText, nullable=False),
        sa.Column("computed_at", UtcDateTime, nullable=False),
    )


def _drop_generation(table: str, moment: str) -> None:
    key = ["watch_id", moment]
    if op.get_bind().dialect.name == "mysql":
        op.execute(
            f"ALTER TABLE {table} DROP PRIMARY KEY, ADD PRIMARY KEY ({', '.join(key)}),"
            " DROP COLUMN generation"
        )
        return
    after = _without_key(table)
    after.append_column(sa.Column("generation", sa.Integer(), nullable=False))
    with op.batch_alter_table(table, copy_from=after, recreate="always") as batch:
        batch.drop_column("generation")
        batch.create_primary_key(op.f(f"pk_{table}"), key)


def _sum_days(bind: sa.Connection, days: sa.Table) -> None:
    for watch in bind.scalars(sa.select(_HOURS.c.watch_id).distinct()).all():
        mine = sa.select(_HOURS).where(_HOURS.c.watch_id == watch)
        hours = bind.execute(mine.order_by(_HOURS.c.business_date)).all()
        rows = list(_days(hours))
        if rows:
            bind.execute(sa.insert(days), rows)


def _days(hours: Sequence[Any]) -> Iterator[dict[str, Any]]:
    newest = hours[-1].business_date if hours else None
    for day, found in groupby(hours, key=lambda row: row.business_date):
        rows = list(found)
        known = [row for row in rows if row.spend is not None and row.results is not None]
        spend = sum(row.spend for row in known) if known else None
        results = sum(row.results for row in known) if known else None
        unpaired = [row.unpaired_spend for row in rows if row.unpaired_spend is not None]
        flags = sorted({flag for row in rows for flag in row.flags})
        yield {
            "watch_id": rows[0].watch_id,
            "business_date": day,
            "generation": 0,
            "spend": spend,
            "results": results,
            "unit_cost": _ratio(spend, results),
            "unpaired_spend": sum(unpaired) if unpaired else None,
            "flags": flags,
            "is_final": "pending" not in flags and newest - day >= timedelta(days=2),
            "computed_at": max(row.computed_at for row in rows),
        }


def _ratio(spend: int | None, results: int | None) -> Decimal | None:
    if spend is None or results is None or results <= 0:
        return None
    return (Decimal(spend) / results).quantize(Decimal("0.0001"), ROUND_HALF_UP)
