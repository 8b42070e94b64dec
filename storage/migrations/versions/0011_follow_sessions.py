"""Every sign-in of a login, and when a page was last read with its session."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Key, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    with op.batch_alter_table("login") as login:
        login.add_column(sa.Column("signed_in_at", UtcDateTime, nullable=True))
        login.add_column(sa.Column("alive_at", UtcDateTime, nullable=True))
    op.create_table(
        "sign_in",
        sa.Column("id", Key, nullable=False),
        sa.Column("login_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("who", sa.String(length=200), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("began_at", UtcDateTime, nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=True),
        sa.Column("alive_at", UtcDateTime, nullable=True),
        sa.Column("ended_at", UtcDateTime, nullable=True),
        sa.Column("expired", sa.Boolean(), nullable=False),
        sa.Column("password_mark", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["login_id"], ["login.id"], name=op.f("fk_sign_in_login_id_login")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        **TABLE_OPTIONS,
    )
    op.create_index(op.f("ix_sign_in_login_id_id"), "sign_in", ["login_id", "id"])


def downgrade() -> None:
    op.drop_table("sign_in")
    with op.batch_alter_table("login") as login:
        login.drop_column("alive_at")
        login.drop_column("signed_in_at")
