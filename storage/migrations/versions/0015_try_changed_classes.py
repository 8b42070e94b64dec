"""A changed site class is tried on one account first."""

import sqlalchemy as sa
from alembic import op

from storage.columns import UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "site_class",
        sa.Column("site", sa.String(length=60), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("canary", sa.String(length=190), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("site", "fingerprint", name=op.f("pk_site_class")),
        **TABLE_OPTIONS,
    )


def downgrade() -> None:
    op.drop_table("site_class")
