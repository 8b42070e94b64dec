"""Proxies of logins, and signs of life of processes."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Key, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "proxy_assignment",
        sa.Column("login_id", Key, nullable=False),
        sa.Column("proxy_id", sa.String(length=100), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("moves_today", sa.Integer(), nullable=False),
        sa.Column("moves_date", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["login_id"], ["login.id"], name=op.f("fk_proxy_assignment_login_id_login")
        ),
        sa.PrimaryKeyConstraint("login_id", name=op.f("pk_proxy_assignment")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "proxy_rest",
        sa.Column("proxy_id", sa.String(length=100), nullable=False),
        sa.Column("rested_at", UtcDateTime, nullable=False),
        sa.Column("resting_until", UtcDateTime, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("proxy_id", name=op.f("pk_proxy_rest")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "worker_heartbeat",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_worker_heartbeat")),
        **TABLE_OPTIONS,
    )


def downgrade() -> None:
    op.drop_table("worker_heartbeat")
    op.drop_table("proxy_rest")
    op.drop_table("proxy_assignment")
