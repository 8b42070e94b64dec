"""When it became known that a member had held: later than it held, where a person said so."""

import sqlalchemy as sa
from alembic import op

from storage.columns import UtcDateTime

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    with op.batch_alter_table("watch_member") as table:
        table.add_column(sa.Column("known_at", UtcDateTime, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("watch_member") as table:
        table.drop_column("known_at")
