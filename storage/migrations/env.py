"""Alembic's entry: run the revisions on the connection that `storage.schema` hands over."""

from __future__ import annotations

from alembic import context

from storage.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
