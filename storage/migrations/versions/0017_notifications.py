"""Who is told what."""

import sqlalchemy as sa
from alembic import op

from storage.columns import JsonText, Key, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("id", Key, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("roles", JsonText, nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("targets", JsonText, nullable=False),
        sa.Column("quiet", sa.String(length=11), nullable=True),
        sa.Column("wake", sa.Boolean(), nullable=False),
        sa.Column("starts", sa.String(length=5), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("name", name=op.f("uq_person_name")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "cause",
        sa.Column("id", Key, nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("open_key", sa.String(length=240), nullable=True),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.Column("told_at", UtcDateTime, nullable=True),
        sa.Column("gone_at", UtcDateTime, nullable=True),
        sa.Column("over_at", UtcDateTime, nullable=True),
        sa.Column("facts", JsonText, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cause")),
        sa.UniqueConstraint("open_key", name=op.f("uq_cause_open_key")),
        **TABLE_OPTIONS,
    )
    op.create_index(op.f("ix_cause_over_at"), "cause", ["over_at"])
    op.create_table(
        "notification",
        sa.Column("id", Key, nullable=False),
        sa.Column("cause_id", Key, nullable=True),
        sa.Column("about", sa.String(length=60), nullable=False),
        sa.Column("person", sa.String(length=100), nullable=False),
        sa.Column("target", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=250), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("held_until", UtcDateTime, nullable=True),
        sa.Column("not_before", UtcDateTime, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("ended_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        sa.ForeignKeyConstraint(
            ["cause_id"], ["cause.id"], name=op.f("fk_notification_cause_id_cause")
        ),
        sa.UniqueConstraint(
            "about", "person", "target", name=op.f("uq_notification_about_person_target")
        ),
        **TABLE_OPTIONS,
    )
    op.create_index(
        op.f("ix_notification_state_not_before"), "notification", ["state", "not_before"]
    )


def downgrade() -> None:
    op.drop_table("notification")
    op.drop_table("cause")
    op.drop_table("person")
