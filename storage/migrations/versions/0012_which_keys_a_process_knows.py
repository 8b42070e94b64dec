"""Which keys a process knows."""

import sqlalchemy as sa
from alembic import op

from storage.columns import JsonText

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    with op.batch_alter_table("worker_heartbeat") as table:
        table.add_column(sa.Column("key_ids", JsonText, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("worker_heartbeat") as table:
        table.drop_column("key_ids")
