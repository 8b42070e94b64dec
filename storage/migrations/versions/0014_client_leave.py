"""Clients who leave."""

import sqlalchemy as sa
from alembic import op

from storage.columns import Key, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "client_leave",
        sa.Column("client_id", Key, nullable=False),
        sa.Column("begun_at", UtcDateTime, nullable=False),
        sa.Column("begun_by", sa.String(length=200), nullable=False),
        sa.Column("exported_to", sa.Text(), nullable=True),
        sa.Column("exported_at", UtcDateTime, nullable=True),
        sa.Column("erased_at", UtcDateTime, nullable=True),
        sa.Column("finished_at", UtcDateTime, nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_client_leave_client_id_client")
        ),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_client_leave")),
        **TABLE_OPTIONS,
    )


def downgrade() -> None:
    op.drop_table("client_leave")
