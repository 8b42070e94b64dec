"""Mute the cost alerts of a watch, and when a person wants the morning digest."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Key, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS

revision = "0025"
down_revision = "0021"


def upgrade() -> None:
    op.create_table(
        "alert_mute",
        sa.Column("watch_id", Key, autoincrement=False, nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("watch_id", name=op.f("pk_alert_mute")),
        sa.ForeignKeyConstraint(
            ["watch_id"], ["watch.id"], name=op.f("fk_alert_mute_watch_id_watch")
        ),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("person") as batch:
        batch.add_column(
            sa.Column("digest", sa.String(length=10), nullable=False, server_default="weekdays")
        )
    with op.batch_alter_table("person") as batch:
        batch.alter_column(
            "digest",
            existing_type=sa.String(length=10),
            existing_nullable=False,
            server_default=None,
        )


def downgrade() -> None:
    with op.batch_alter_table("person") as batch:
        batch.drop_column("digest")
    op.drop_table("alert_mute")
