"""When a proxy was found well after its rest."""

import sqlalchemy as sa
from alembic import op

from storage.columns import UtcDateTime

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    with op.batch_alter_table("proxy_rest") as table:
        table.add_column(sa.Column("probed_at", UtcDateTime, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("proxy_rest") as table:
        table.drop_column("probed_at")
