"""One Alembic environment for the core and every module; the runner passes connection and slug."""

from alembic import context

from jalon.migrate import belongs, version_table

config = context.config
slug = config.attributes["slug"]


def include_object(item, name, kind, reflected, compare_to):
    """Only this module's tables, and what hangs on them: never another's, never the host's."""
    table = name if kind == "table" else item.table.name
    return belongs(table, slug)


context.configure(
    connection=config.attributes["connection"],
    target_metadata=config.attributes["metadata"],
    version_table=version_table(slug),
    include_object=include_object,
    include_name=lambda name, kind, parents: kind != "table" or belongs(name, slug),
    compare_server_default=True,
    render_as_batch=True,
    autogenerate_plugins=["alembic.autogenerate.*", "alembic.ext.checkconstraint_byname"],
)
with context.begin_transaction():
    context.run_migrations()
