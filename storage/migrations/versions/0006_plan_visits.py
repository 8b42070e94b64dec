"""Visits and their pages."""

import sqlalchemy as sa
from alembic import op

from storage.columns import JsonText, Key, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "visit",
        sa.Column("id", Key, nullable=False),
        sa.Column("login_id", Key, nullable=False),
        sa.Column("planned_at", UtcDateTime, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("not_before", UtcDateTime, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("worker", sa.String(length=200), nullable=True),
        sa.Column("verdict", sa.String(length=20), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("bytes_received", sa.BigInteger(), nullable=False),
        sa.Column("pages_read", sa.Integer(), nullable=False),
        sa.Column("pages_failed", sa.Integer(), nullable=False),
        sa.Column("readings", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=True),
        sa.Column("finished_at", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["login_id"], ["login.id"], name=op.f("fk_visit_login_id_login")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint(
            "login_id", "planned_at", "kind", name=op.f("uq_visit_login_id_planned_at_kind")
        ),
        **TABLE_OPTIONS,
    )
    op.create_index(op.f("ix_visit_planned_at"), "visit", ["planned_at"], unique=False)
    op.create_index(
        op.f("ix_visit_state_not_before"), "visit", ["state", "not_before"], unique=False
    )
    op.create_table(
        "visit_page",
        sa.Column("visit_id", Key, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("site", sa.String(length=60), nullable=False),
        sa.Column("page_kind", sa.String(length=60), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("account", sa.String(length=190), nullable=True),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("bytes_received", sa.BigInteger(), nullable=False),
        sa.Column("readings", sa.Integer(), nullable=False),
        sa.Column("steps", JsonText, nullable=False),
        sa.Column("evidence_id", sa.String(length=60), nullable=True),
        sa.Column("progress", JsonText, nullable=True),
        sa.Column("visited_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["visit.id"], name=op.f("fk_visit_page_visit_id_visit")
        ),
        sa.PrimaryKeyConstraint("visit_id", "seq", name=op.f("pk_visit_page")),
        **TABLE_OPTIONS,
    )


def downgrade() -> None:
    op.drop_table("visit_page")
    op.drop_table("visit")
