"""Accounts, entities and what is followed."""

import sqlalchemy as sa
from alembic import op

from storage.columns import FourPlaces, Key, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", Key, nullable=False),
        sa.Column("site", sa.String(length=60), nullable=False),
        sa.Column("external_id", sa.String(length=190), nullable=False),
        sa.Column("login_id", Key, nullable=False),
        sa.Column("client_id", Key, nullable=True),
        sa.Column("declared_name", sa.String(length=200), nullable=True),
        sa.Column("seen_name", sa.String(length=200), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_account_client_id_client")
        ),
        sa.ForeignKeyConstraint(["login_id"], ["login.id"], name=op.f("fk_account_login_id_login")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("site", "external_id", name=op.f("uq_account_site_external_id")),
        **TABLE_OPTIONS,
    )
    op.create_index(op.f("ix_account_login_id"), "account", ["login_id"], unique=False)
    op.create_table(
        "account_terms",
        sa.Column("id", Key, nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("vat_included", sa.Boolean(), nullable=False),
        sa.Column("vat_rate", FourPlaces, nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("valid_from", UtcDateTime, nullable=False),
        sa.Column("valid_to", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_terms_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_terms")),
        **TABLE_OPTIONS,
    )
    op.create_index(
        op.f("ix_account_terms_account_id_valid_from"),
        "account_terms",
        ["account_id", "valid_from"],
        unique=False,
    )
    op.create_table(
        "account_listing",
        sa.Column("account_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("listed_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_listing_account_id_account")
        ),
        sa.PrimaryKeyConstraint("account_id", "kind", name=op.f("pk_account_listing")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "account_sighting",
        sa.Column("login_id", Key, nullable=False),
        sa.Column("site", sa.String(length=60), nullable=False),
        sa.Column("external_id", sa.String(length=190), nullable=False),
        sa.Column("shown_name", sa.String(length=200), nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["login_id"], ["login.id"], name=op.f("fk_account_sighting_login_id_login")
        ),
        sa.PrimaryKeyConstraint(
            "login_id", "site", "external_id", name=op.f("pk_account_sighting")
        ),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "entity",
        sa.Column("id", Key, nullable=False),
        sa.Column("account_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("external_id", sa.String(length=190), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("parent", sa.String(length=190), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("first_seen_at", UtcDateTime, nullable=False),
        sa.Column("born_after", UtcDateTime, nullable=True),
        sa.Column("resting_since", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_entity_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entity")),
        sa.UniqueConstraint(
            "account_id", "kind", "external_id", name=op.f("uq_entity_account_id_kind_external_id")
        ),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "follow_rule",
        sa.Column("id", Key, nullable=False),
        sa.Column("account_id", Key, nullable=True),
        sa.Column("login_id", Key, nullable=True),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("valid_from", UtcDateTime, nullable=False),
        sa.Column("valid_to", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_follow_rule_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["login_id"], ["login.id"], name=op.f("fk_follow_rule_login_id_login")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_rule")),
        **TABLE_OPTIONS,
    )
    op.create_index(op.f("ix_follow_rule_account_id"), "follow_rule", ["account_id"], unique=False)
    op.create_index(op.f("ix_follow_rule_login_id"), "follow_rule", ["login_id"], unique=False)


def downgrade() -> None:
    op.drop_table("follow_rule")
    op.drop_table("entity")
    op.drop_table("account_sighting")
    op.drop_table("account_listing")
    op.drop_table("account_terms")
    op.drop_table("account")
