"""Alembic's environment: runs on the connection it is handed, in the schema of that connection."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table="consistency_migrations",
    transactional_ddl=False,
    on_version_apply=context.config.attributes["applied"],
)
context.run_migrations()
