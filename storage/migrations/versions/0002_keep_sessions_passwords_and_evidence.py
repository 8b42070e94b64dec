"""Sessions, passwords (both sealed) and the index of evidence."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Key, Sealed, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "session_version",
        sa.Column("login_id", Key, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ciphertext", Sealed, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("saved_by", sa.String(length=200), nullable=False),
        sa.Column("user_agent", sa.String(length=500), nullable=True),
        sa.Column("cookies_count", sa.Integer(), nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(
            ["login_id"], ["login.id"], name=op.f("fk_session_version_login_id_login")
        ),
        sa.PrimaryKeyConstraint("login_id", "version", name=op.f("pk_session_version")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "login_credential",
        sa.Column("login_id", Key, nullable=False),
        sa.Column("ciphertext", Sealed, nullable=False),
        sa.Column("set_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["login_id"], ["login.id"], name=op.f("fk_login_credential_login_id_login")
        ),
        sa.PrimaryKeyConstraint("login_id", name=op.f("pk_login_credential")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "evidence",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("login", sa.String(length=100), nullable=False),
        sa.Column("site", sa.String(length=60), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("taken_at", UtcDateTime, nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("machine", sa.String(length=200), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        **TABLE_OPTIONS,
    )
    op.create_index(op.f("ix_evidence_taken_at"), "evidence", ["taken_at"], unique=False)


def downgrade() -> None:
    op.drop_table("evidence")
    op.drop_table("login_credential")
    op.drop_table("session_version")
