"""The check of a module's whole life on one database."""

from __future__ import annotations

from sqlalchemy import Engine, inspect

from jalon import uninstall
from jalon.errors import DomainError
from jalon.migrate import CORE
from jalon.models.search_index import INDEX
from jalon.testing.conformance.check import check
from jalon.testing.conformance.kit import Kit
from jalon.testing.conformance.routes import missing_arguments
from jalon.testing.conformance.snapshot import Contents, changed, contents, schema
from jalon.testing.conformance.stage import ELSEWHERE, HERE, HOLDER, THERE, Stage

KEPT = frozenset(  # the first two name the modules that are installed, the others outlive a module
    {"jalon_module", "jalon_personal_column", "jalon_history", "jalon_history_value", "jalon_access"}
)
# a module's sample may be about a person, and persons are the core's, never deleted
PERSONS = frozenset(
    {"jalon_beneficiary", "jalon_beneficiary_structure", "jalon_identity", "jalon_person_file", "jalon_timeline"}
)


@check(54, both_databases=True)
def check_install_disable_enable_uninstall_install(kit: Kit) -> list[str]:
    """Nothing of the module and of what it requires is left by uninstalling them; then all of it works again."""
    if kit.slug == CORE:
        return _core_stays(kit)
    url = kit.databases.empty()
    with kit.engine(url) as engine:
        core = kit.registry()
        core.modules.clear()
        faults = kit.install(engine, core)
        tables = set(schema(engine))
        faults += kit.install(engine, kit.registry())
        if faults:
            return faults
        with kit.stage(url=url, enabled=False) as stage:
            before = contents(engine)
            _live(stage)
            faults += _take_out(kit, engine, stage)
            faults += _leftovers(engine, tables, before)
            faults += kit.install(engine, kit.registry())
            return faults + _works(stage)


def _core_stays(kit: Kit) -> list[str]:
    """The core is installed for good."""
    with kit.engine(kit.databases.fresh()) as engine:
        try:
            uninstall.uninstall(engine, kit.registry(), CORE, export_to=kit.folder / "core.zip")
        except uninstall.CoreStays:
            return []
    return ["the core lets itself be uninstalled"]


def _live(stage: Stage) -> None:
    """On, used, off, on, used again, off everywhere."""
    for slug in (HERE, THERE):
        stage.world.enable(slug, stage.slug)
        stage.sample(slug)
        stage.world.disable(slug, stage.slug)
        stage.world.enable(slug, stage.slug)
        stage.sample(slug)
        stage.world.disable(slug, *stage.kit.needed, stage.slug)


def _take_out(kit: Kit, engine: Engine, stage: Stage) -> list[str]:
    """Uninstall the module, then what it required: what is left after that, nobody claims."""
    for slug in [kit.slug, *reversed(kit.needed)]:
        try:
            uninstall.uninstall(engine, stage.jalon.registry, slug, export_to=kit.folder / f"{slug}.zip")
        except (DomainError, RuntimeError) as error:
            return [f"{slug} cannot be uninstalled: {type(error).__name__}: {error}"]
    return []


def _leftovers(engine: Engine, tables: set[str], before: Contents) -> list[str]:
    after = contents(engine)
    with engine.connect() as connection:
        versions = {n for n in inspect(connection).get_table_names() if n.startswith("alembic_version")}
    faults = [f"uninstalling leaves {name}" for name in sorted((set(schema(engine)) | versions) - tables)]
    forgotten = [t for t in changed(before, after) if t in before and t in tables and not _outlives(t)]
    return faults + [
        f"uninstalling leaves rows of the module's in {table}, or takes others' along" for table in forgotten
    ]


def _outlives(table: str) -> bool:
    return table in KEPT | PERSONS or table.startswith(INDEX)


def _works(stage: Stage) -> list[str]:
    """Installed again and switched on, its pages answer."""
    stage.world.enable(HERE, stage.slug)
    ids = stage.sample(HERE)
    pages = [
        r
        for r in stage.routes()
        if r.method == "GET"
        and r.in_structure
        and not r.open
        and r.offered
        and not missing_arguments(stage.kit, r, ids)
    ]
    replies = [(route, stage.ask(HOLDER, route, HERE, ids)) for route in pages]
    faults = [f"installed again, {route} answers {reply}" for route, reply in replies if reply.status not in (200, 302)]
    closed = [(route, stage.ask(HOLDER, route, ELSEWHERE, ids)) for route in pages]
    return faults + [
        f"installed again, {route} answers {reply} where it is off" for route, reply in closed if reply.status != 404
    ]
