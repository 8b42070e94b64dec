"""One-time links by which people sign logins in."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Key, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "sign_in_link",
        sa.Column("id", Key, nullable=False),
        sa.Column("login_id", Key, nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("made_for", sa.String(length=200), nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("claimed_by", sa.String(length=200), nullable=True),
        sa.Column("claimed_at", UtcDateTime, nullable=True),
        sa.Column("browser_digest", sa.String(length=64), nullable=True),
        sa.Column("done_at", UtcDateTime, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["login_id"], ["login.id"], name=op.f("fk_sign_in_link_login_id_login")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_link")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_sign_in_link_token_digest")),
        **TABLE_OPTIONS,
    )
    op.create_index(op.f("ix_sign_in_link_login_id"), "sign_in_link", ["login_id"])
    op.create_index(op.f("ix_sign_in_link_browser_digest"), "sign_in_link", ["browser_digest"])


def downgrade() -> None:
    op.drop_table("sign_in_link")
