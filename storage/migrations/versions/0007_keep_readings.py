"""Readings."""

import sqlalchemy as sa
from alembic import op

from storage.columns import UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "reading",
        sa.Column("entity_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("metric", sa.String(length=40), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("slot_at", UtcDateTime, nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("observed_at", UtcDateTime, nullable=False),
        sa.Column("shown", sa.String(length=100), nullable=False),
        sa.Column("visit_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint(
            "entity_id", "metric", "business_date", "slot_at", "revision", name=op.f("pk_reading")
        ),
        **TABLE_OPTIONS,
    )
    op.create_index(
        op.f("ix_reading_entity_id_metric_slot_at"),
        "reading",
        ["entity_id", "metric", "slot_at"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_table("reading")
