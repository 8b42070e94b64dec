"""The last page of each account and business date."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Sealed, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS

revision = "0030"
down_revision = "0028"


def upgrade() -> None:
    op.create_table(
        "proof_page",
        sa.Column("id", sa.String(length=330), nullable=False),
        sa.Column("site", sa.String(length=60), nullable=False),
        sa.Column("account", sa.String(length=190), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("taken_at", UtcDateTime, nullable=False),
        sa.Column("slot_at", UtcDateTime, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("visit_id", sa.BigInteger(), nullable=False),
        sa.Column("ciphertext", Sealed, nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof_page")),
        **TABLE_OPTIONS,
    )
    op.create_index(op.f("ix_proof_page_business_date"), "proof_page", ["business_date"])
    name = op.f("ix_proof_page_site_account_business_date")
    op.create_index(name, "proof_page", ["site", "account", "business_date"])


def downgrade() -> None:
    op.drop_table("proof_page")
