"""Alembic's entry: runs the revisions on the connection that `monitor.storage.upgrade` hands over."""

from alembic import context

from monitor.storage.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    # All or nothing: a program killed in the middle leaves the old schema.
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
