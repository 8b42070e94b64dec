"""Sites, clients and logins."""

import sqlalchemy as sa
from alembic import op

from storage.columns import JsonText, Key, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "site",
        sa.Column("id", Key, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("policy", JsonText, nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        sa.UniqueConstraint("name", name=op.f("uq_site_name")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "site_policy",
        sa.Column("id", Key, nullable=False),
        sa.Column("site_id", Key, nullable=False),
        sa.Column("policy", JsonText, nullable=False),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("valid_from", UtcDateTime, nullable=False),
        sa.Column("valid_to", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_policy_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_policy")),
        **TABLE_OPTIONS,
    )
    op.create_index(
        op.f("ix_site_policy_site_id_valid_from"),
        "site_policy",
        ["site_id", "valid_from"],
        unique=False,
    )
    op.create_table(
        "client",
        sa.Column("id", Key, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client")),
        sa.UniqueConstraint("name", name=op.f("uq_client_name")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "owner",
        sa.Column("id", Key, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("locale", sa.String(length=20), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owner")),
        sa.UniqueConstraint("name", name=op.f("uq_owner_name")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "client_owner",
        sa.Column("id", Key, nullable=False),
        sa.Column("client_id", Key, nullable=False),
        sa.Column("owner_id", Key, nullable=False),
        sa.Column("valid_from", UtcDateTime, nullable=False),
        sa.Column("valid_to", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_client_owner_client_id_client")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["owner.id"], name=op.f("fk_client_owner_owner_id_owner")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_owner")),
        **TABLE_OPTIONS,
    )
    op.create_index(
        op.f("ix_client_owner_client_id_valid_from"),
        "client_owner",
        ["client_id", "valid_from"],
        unique=False,
    )
    op.create_table(
        "login",
        sa.Column("id", Key, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("sites", JsonText, nullable=False),
        sa.Column("home_site", sa.String(length=60), nullable=False),
        sa.Column("username", sa.String(length=200), nullable=True),
        sa.Column("credential_source", sa.String(length=200), nullable=True),
        sa.Column("proxy", JsonText, nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=False),
        sa.Column("state_since", UtcDateTime, nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login")),
        sa.UniqueConstraint("name", name=op.f("uq_login_name")),
        **TABLE_OPTIONS,
    )
    op.create_index(op.f("ix_login_home_site"), "login", ["home_site"], unique=False)
    op.create_table(
        "login_lease",
        sa.Column("login_id", Key, nullable=False),
        sa.Column("holder", sa.String(length=200), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["login_id"], ["login.id"], name=op.f("fk_login_lease_login_id_login")
        ),
        sa.PrimaryKeyConstraint("login_id", name=op.f("pk_login_lease")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "inventory_apply",
        sa.Column("id", Key, nullable=False),
        sa.Column("applied_at", UtcDateTime, nullable=False),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("changes", JsonText, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inventory_apply")),
        **TABLE_OPTIONS,
    )


def downgrade() -> None:
    op.drop_table("inventory_apply")
    op.drop_table("login_lease")
    op.drop_table("login")
    op.drop_table("client_owner")
    op.drop_table("owner")
    op.drop_table("client")
    op.drop_table("site_policy")
    op.drop_table("site")
