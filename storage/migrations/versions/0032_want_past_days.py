"""Past days that an operator asked for."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Key, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.create_table(
        "wanted_day",
        sa.Column("login_id", Key, nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("asked_by", sa.String(length=200), nullable=False),
        sa.Column("visit_id", Key, nullable=True),
        sa.Column("planned_at", UtcDateTime, nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["login_id"], ["login.id"], name=op.f("fk_wanted_day_login_id_login")
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["visit.id"], name=op.f("fk_wanted_day_visit_id_visit")
        ),
        sa.PrimaryKeyConstraint("login_id", "business_date", name=op.f("pk_wanted_day")),
        **TABLE_OPTIONS,
    )
    op.create_index(
        op.f("ix_wanted_day_state_business_date"), "wanted_day", ["state", "business_date"]
    )


def downgrade() -> None:
    op.drop_table("wanted_day")
