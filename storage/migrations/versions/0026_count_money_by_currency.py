"""Amounts by currency and without VAT, and the daily budget of a watch.

Rows of before are counted as they were read; their net amount comes with the next rebuild.
"""

import sqlalchemy as sa
from alembic import op

from storage.columns import FourPlaces

revision = "0026"
down_revision = "0025"

_COSTS = ("unit_cost_slot", "unit_cost_hour", "unit_cost_day")


def upgrade() -> None:
    with op.batch_alter_table("watch_target") as target:
        # Until now there was only won; a program of before goes on writing it.
        target.add_column(sa.Column("currency", sa.String(3), nullable=False, server_default="KRW"))
        target.add_column(sa.Column("daily_budget", sa.BigInteger(), nullable=True))
        target.add_column(sa.Column("vat", sa.String(10), nullable=True))
    for table in _COSTS:
        with op.batch_alter_table(table) as costs:
            costs.add_column(sa.Column("spend_net", FourPlaces, nullable=True))
            costs.add_column(sa.Column("spend_basis", FourPlaces, nullable=True))


def downgrade() -> None:
    for table in _COSTS:
        with op.batch_alter_table(table) as costs:
            costs.drop_column("spend_basis")
            costs.drop_column("spend_net")
    with op.batch_alter_table("watch_target") as target:
        for name in ("vat", "daily_budget", "currency"):
            target.drop_column(name)
