"""Watches with their targets, rules and members."""

import sqlalchemy as sa
from alembic import op

from storage.columns import JsonText, Key, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "watch",
        sa.Column("id", Key, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("client_id", Key, nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_watch_client_id_client")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch")),
        sa.UniqueConstraint("name", name=op.f("uq_watch_name")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "watch_target",
        sa.Column("id", Key, nullable=False),
        sa.Column("watch_id", Key, nullable=False),
        sa.Column("target_won", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", UtcDateTime, nullable=False),
        sa.Column("valid_to", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(
            ["watch_id"], ["watch.id"], name=op.f("fk_watch_target_watch_id_watch")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch_target")),
        **TABLE_OPTIONS,
    )
    op.create_index(
        op.f("ix_watch_target_watch_id_valid_from"),
        "watch_target",
        ["watch_id", "valid_from"],
        unique=False,
    )
    op.create_table(
        "watch_rule",
        sa.Column("id", Key, nullable=False),
        sa.Column("watch_id", Key, nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("metric", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("external_ids", JsonText, nullable=True),
        sa.Column("valid_from", UtcDateTime, nullable=False),
        sa.Column("valid_to", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_watch_rule_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["watch_id"], ["watch.id"], name=op.f("fk_watch_rule_watch_id_watch")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch_rule")),
        **TABLE_OPTIONS,
    )
    op.create_index(op.f("ix_watch_rule_account_id"), "watch_rule", ["account_id"], unique=False)
    op.create_index(op.f("ix_watch_rule_watch_id"), "watch_rule", ["watch_id"], unique=False)
    op.create_table(
        "watch_member",
        sa.Column("id", Key, nullable=False),
        sa.Column("watch_id", Key, nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("entity_id", Key, nullable=False),
        sa.Column("metric", sa.String(length=40), nullable=False),
        sa.Column("valid_from", UtcDateTime, nullable=False),
        sa.Column("valid_to", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["entity.id"], name=op.f("fk_watch_member_entity_id_entity")
        ),
        sa.ForeignKeyConstraint(
            ["watch_id"], ["watch.id"], name=op.f("fk_watch_member_watch_id_watch")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch_member")),
        **TABLE_OPTIONS,
    )
    op.create_index(
        op.f("ix_watch_member_entity_id_valid_to"),
        "watch_member",
        ["entity_id", "valid_to"],
        unique=False,
    )
    op.create_index(
        op.f("ix_watch_member_watch_id_valid_from"),
        "watch_member",
        ["watch_id", "valid_from"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_table("watch_member")
    op.drop_table("watch_rule")
    op.drop_table("watch_target")
    op.drop_table("watch")
