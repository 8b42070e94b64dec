"""Budgets changed for a while; what a process runs."""

import sqlalchemy as sa
from alembic import op

from storage.columns import JsonText, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.create_table(
        "pace_override",
        sa.Column("site", sa.String(length=60), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
        sa.Column("requests_per_second", sa.Double(), nullable=True),
        sa.Column("burst", sa.Integer(), nullable=True),
        sa.Column("concurrent_visits", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_pace_override")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("worker_heartbeat") as table:
        table.add_column(sa.Column("runs", JsonText, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("worker_heartbeat") as table:
        table.drop_column("runs")
    op.drop_table("pace_override")
