"""Readings that people bring: where they come from, and accounts that nobody visits."""

import sqlalchemy as sa
from alembic import op

from storage.columns import JsonText, Key, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS

revision = "0027"
down_revision = "0026"

_WITHOUT_ROWID = {"sqlite_with_rowid": False}


def upgrade() -> None:
    op.create_table(
        "reading_import",
        sa.Column("id", Key, nullable=False),
        sa.Column("imported_at", UtcDateTime, nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=250), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("readings", sa.Integer(), nullable=False),
        sa.Column("series", JsonText, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
        sa.Column("undoes", Key, nullable=True),
        sa.ForeignKeyConstraint(
            ["undoes"], ["reading_import.id"], name=op.f("fk_reading_import_undoes_reading_import")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_import")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("account") as table:
        table.alter_column("login_id", existing_type=Key, nullable=True)
    if op.get_bind().dialect.name == "mysql":
        # In one statement the largest table is copied once.
        op.execute("ALTER TABLE reading MODIFY value BIGINT NULL, ADD COLUMN import_id BIGINT NULL")
        return
    with op.batch_alter_table("reading", table_kwargs=_WITHOUT_ROWID) as table:
        table.alter_column("value", existing_type=sa.BigInteger(), nullable=True)
        table.add_column(sa.Column("import_id", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.execute("DELETE FROM reading WHERE import_id IS NOT NULL OR value IS NULL")
    if op.get_bind().dialect.name == "mysql":
        op.execute("ALTER TABLE reading MODIFY value BIGINT NOT NULL, DROP COLUMN import_id")
    else:
        with op.batch_alter_table("reading", table_kwargs=_WITHOUT_ROWID) as table:
            table.drop_column("import_id")
            table.alter_column("value", existing_type=sa.BigInteger(), nullable=False)
    _forget_accounts_without_a_login()
    with op.batch_alter_table("account") as table:
        table.alter_column("login_id", existing_type=Key, nullable=False)
    op.drop_table("reading_import")


def _forget_accounts_without_a_login() -> None:
    account = sa.table("account", sa.column("id"), sa.column("login_id"))
    entity = sa.table("entity", sa.column("id"), sa.column("account_id"))
    member = sa.table("watch_member", sa.column("entity_id"))
    bind = op.get_bind()
    mine = bind.scalars(sa.select(account.c.id).where(account.c.login_id.is_(None))).all()
    theirs = bind.scalars(sa.select(entity.c.id).where(entity.c.account_id.in_(mine))).all()
    bind.execute(sa.delete(member).where(member.c.entity_id.in_(theirs)))
    for name in ("entity", "watch_rule", "follow_rule", "account_terms", "account_listing"):
        table = sa.table(name, sa.column("account_id"))
        bind.execute(sa.delete(table).where(table.c.account_id.in_(mine)))
    bind.execute(sa.delete(account).where(account.c.id.in_(mine)))
