"""The request budgets of the sites, for the embedded mode (the table is `pace/table.py`'s)."""

import sqlalchemy as sa
from alembic import op

from storage.tables.declarative import TABLE_OPTIONS

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "pace_state",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_pace_state")),
        **TABLE_OPTIONS,
    )


def downgrade() -> None:
    op.drop_table("pace_state")
