"""Closed months."""

import sqlalchemy as sa
from alembic import op

from storage.columns import FourPlaces, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.create_table(
        "closed_month",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("closed_at", UtcDateTime, nullable=False),
        sa.Column("closed_by", sa.String(length=200), nullable=False),
        sa.Column("is_provisional", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_closed_month")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "closed_day",
        sa.Column("watch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("spend", sa.BigInteger(), nullable=True),
        sa.Column("spend_net", FourPlaces, nullable=True),
        sa.Column("results", sa.BigInteger(), nullable=True),
        sa.Column("unit_cost", FourPlaces, nullable=True),
        sa.Column("unpaired_spend", sa.BigInteger(), nullable=True),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("watch_id", "business_date", name=op.f("pk_closed_day")),
        **TABLE_OPTIONS,
    )


def downgrade() -> None:
    op.drop_table("closed_day")
    op.drop_table("closed_month")
