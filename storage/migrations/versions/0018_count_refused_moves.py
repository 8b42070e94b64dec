"""How often a login moved because a site refused its proxy."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    with op.batch_alter_table("proxy_assignment") as table:
        table.add_column(
            sa.Column("refused_moves_today", sa.Integer(), nullable=False, server_default="0")
        )
    with op.batch_alter_table("proxy_assignment") as table:
        table.alter_column(
            "refused_moves_today",
            existing_type=sa.Integer(),
            existing_nullable=False,
            server_default=None,
        )


def downgrade() -> None:
    with op.batch_alter_table("proxy_assignment") as table:
        table.drop_column("refused_moves_today")
