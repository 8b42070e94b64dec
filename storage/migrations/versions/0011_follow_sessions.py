"""When a login's session began, and when a page was last read with it."""

import sqlalchemy as sa
from alembic import op

from storage.columns import UtcDateTime

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    with op.batch_alter_table("login") as login:
        login.add_column(sa.Column("signed_in_at", UtcDateTime, nullable=True))
        login.add_column(sa.Column("alive_at", UtcDateTime, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("login") as login:
        login.drop_column("alive_at")
        login.drop_column("signed_in_at")
