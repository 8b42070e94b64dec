"""Unit costs per slot and per hour."""

import sqlalchemy as sa
from alembic import op

from storage.columns import FourPlaces, JsonText, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "unit_cost_slot",
        sa.Column("watch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("slot_at", UtcDateTime, nullable=False),
        sa.Column("interval_start", UtcDateTime, nullable=False),
        sa.Column("spend", sa.BigInteger(), nullable=True),
        sa.Column("results", sa.BigInteger(), nullable=True),
        sa.Column("unit_cost", FourPlaces, nullable=True),
        sa.Column("unpaired_spend", sa.BigInteger(), nullable=True),
        sa.Column("flags", JsonText, nullable=False),
        sa.Column("computed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("watch_id", "slot_at", name=op.f("pk_unit_cost_slot")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "unit_cost_hour",
        sa.Column("watch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hour_at", UtcDateTime, nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("spend", sa.BigInteger(), nullable=True),
        sa.Column("results", sa.BigInteger(), nullable=True),
        sa.Column("unit_cost", FourPlaces, nullable=True),
        sa.Column("unpaired_spend", sa.BigInteger(), nullable=True),
        sa.Column("flags", JsonText, nullable=False),
        sa.Column("computed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("watch_id", "hour_at", name=op.f("pk_unit_cost_hour")),
        **TABLE_OPTIONS,
    )
    op.create_index(
        op.f("ix_unit_cost_hour_business_date_watch_id"),
        "unit_cost_hour",
        ["business_date", "watch_id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_table("unit_cost_hour")
    op.drop_table("unit_cost_slot")
