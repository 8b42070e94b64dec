"""Watches that cannot be computed."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Key, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.create_table(
        "watch_trouble",
        sa.Column("watch_id", Key, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("cure", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["watch_id"], ["watch.id"], name=op.f("fk_watch_trouble_watch_id_watch")
        ),
        sa.PrimaryKeyConstraint("watch_id", name=op.f("pk_watch_trouble")),
        **TABLE_OPTIONS,
    )


def downgrade() -> None:
    op.drop_table("watch_trouble")
