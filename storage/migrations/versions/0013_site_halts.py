"""Sites that a person halted; the load of a site."""

import sqlalchemy as sa
from alembic import op

from storage.columns import UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "site_halt",
        sa.Column("site", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("until", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_site_halt")),
        **TABLE_OPTIONS,
    )
    op.create_index(op.f("ix_visit_page_site_visited_at"), "visit_page", ["site", "visited_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_visit_page_site_visited_at"), table_name="visit_page")
    op.drop_table("site_halt")
