"""Checks of a module switched on and off, in one structure and not in another."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, select, text

from jalon import links, migrate, modules, retention, uninstall
from jalon.clock import now
from jalon.errors import DomainError
from jalon.models import EnabledModule, InstalledModule, Link, ModuleEvent, Occupation, Resource
from jalon.testing.conformance.kit import OFF, ON, Kit


def check_29_off_is_off(kit: Kit) -> list[str]:
    """29: where the module is off: no page, no menu, no hook, no link; its duties towards persons stay."""
    kit.found()
    _sample(kit)
    browser, ids = kit.browser(f"full-{OFF}"), kit.ids(ON)
    faults = []
    for page in kit.pages(OFF, ids):
        if (status := kit.send(browser, page).status_code) != 404:
            faults.append(f"{page} answers {status} where the module is off")
    called: list[str] = []
    with _watched(kit, called):
        home = browser.get(f"/{OFF}/").text
        browser.get(f"/{OFF}/modules/")
        with kit.world.inside(OFF) as session:
            retention.apply(session, kit.jalon.hooks, before=now())
    faults += [
        f"the menu of a structure without the module leads to {a}"
        for a in (f"/{OFF}/{kit.slug}/", f"/{OFF}/admin/{kit.slug}_")
        if a in home
    ]
    faults += [f"the hook {name} is called where the module is off" for name in called if kit.kind_of(name) != "duty"]
    owed = [i.function.__name__ for i in kit.hookimpls() if kit.kind_of(i.function.__name__) == "duty"]
    faults += [
        f"the duty {name} is not called where the module is off"
        for name in owed
        if name == retention.DUTY and name not in called
    ]
    return faults + _links_when_off(kit)


@contextmanager
def _watched(kit: Kit, called: list[str]) -> Iterator[None]:
    """Note each call of the module's hooks inside the block."""
    former = [(i, i.function) for i in kit.hookimpls()]
    for implementation, function in former:

        def noted(*args: Any, _function: Any = function, **named: Any) -> Any:
            called.append(_function.__name__)
            return _function(*args, **named)

        implementation.function = noted
    try:
        yield
    finally:
        for implementation, function in former:
            implementation.function = function


def _links_when_off(kit: Kit) -> list[str]:
    """A link of the module opens nothing once the module is off, unless it was declared to."""
    faults = []
    for endpoint in kit.plugin.public:
        with kit.world.inside(ON) as session:
            table, row_id = next((str(c.__tablename__), session.scalar(select(c.id).limit(1))) for c in kit.classes)
            code = links.issue(
                session, module=kit.slug, purpose=endpoint.purpose, subject_table=table, subject_id=row_id or 1
            )
            session.commit()
        address = f"/{endpoint.door}/{code}"
        if (status := kit.browser(None).get(address).status_code) != 200:
            faults.append(f"the link {endpoint.purpose} answers {status} where the module is on")
        kit.world.disable(ON, kit.slug)
        expected = 404 if endpoint.gated else 200
        if (status := kit.browser(None).get(address).status_code) != expected:
            faults.append(f"the link {endpoint.purpose} answers {status} where the module is off")
        kit.world.enable(ON, kit.slug)
    return faults


def _sample(kit: Kit, *, number: int = 1) -> None:
    if kit.plugin.sample is not None:
        kit.sample(ON, number)


def check_30_off_and_on_keeps_rows(kit: Kit) -> list[str]:
    """30: switching off and on again changes no row."""
    kit.found()
    _sample(kit)
    before = kit.rows()
    kit.world.disable(ON, kit.slug)
    off = kit.rows()
    kit.world.enable(ON, kit.slug)
    after = kit.rows()
    faults = [f"switching off changed rows of {name}" for name in before if off[name] != before[name]]
    return faults + [f"switching on again changed rows of {name}" for name in before if after[name] != off[name]]


def check_33_two_structures_at_once(kit: Kit) -> list[str]:
    """33: one process, requests of two structures mixed: on stays on, off stays off, and nobody sees the other's rows."""
    kit.found()
    _sample(kit)
    wanted = [page for page in kit.pages(ON, kit.ids(ON)) if page.method == "GET" and page.offered]
    browsers = {slug: [kit.browser(f"full-{slug}") for _ in range(3)] for slug in (ON, OFF)}
    expected = {page.address: kit.send(browsers[ON][0], page).status_code for page in wanted}

    def one(turn: int) -> list[str]:
        page, slug = wanted[turn % len(wanted)], (ON, OFF)[turn % 2]
        address = page.address.replace(f"/{ON}/", f"/{slug}/", 1)
        status = browsers[slug][turn % 3].get(address).status_code
        right = expected[page.address] if slug == ON else 404
        return [] if status == right else [f"{page} answers {status} instead of {right} when structures are mixed"]

    with ThreadPoolExecutor(3) as pool:
        turns = list(pool.map(one, range(2 * 3 * max(len(wanted), 1)))) if wanted else []
    return sorted({fault for faults in turns for fault in faults})


def check_54_life(kit: Kit) -> list[str]:
    """54: install, disable, enable, uninstall, install: at the end nothing is left, then all works again."""
    kit.found()
    _sample(kit)
    faults = []
    for slug in (ON, "kit-other"):
        kit.world.disable(slug, kit.slug)
        kit.world.enable(slug, kit.slug)
        kit.world.disable(slug, kit.slug)
    with kit.app.app_context():
        engine = kit.jalon.db.engine
    try:
        for slug in [*reversed(kit.registry.dependents(kit.slug)), kit.slug]:
            uninstall.uninstall(engine, kit.registry, slug, export_to=Path(kit.folder) / f"{slug}.zip")
    except (DomainError, Exception) as error:  # whatever a module's tables raise is the fault
        return [f"uninstalling fails: {type(error).__name__}: {error}"]
    faults += [
        f"uninstalling leaves the table {n}"
        for n in inspect(engine).get_table_names()
        if n.startswith(kit.prefix) or n == migrate.version_table(kit.slug)
    ]
    with kit.world.across() as session:
        for cls, column in (
            (Occupation, "module"),
            (Resource, "module"),
            (Link, "module"),
            (EnabledModule, "slug"),
            (ModuleEvent, "slug"),
            (InstalledModule, "slug"),
        ):
            if session.scalar(select(cls).where(getattr(cls, column) == kit.slug).limit(1)) is not None:
                faults.append(f"uninstalling leaves rows in {cls.__tablename__}")
    if failed := [f"{o.slug}: {o.trouble}" for o in migrate.upgrade(engine, kit.registry) if o.trouble]:
        return [*faults, *(f"installing again fails: {line}" for line in failed)]
    kit.world.enable(ON, kit.slug)
    _sample(kit, number=2)  # what it required was not uninstalled and kept its first sample
    with kit.world.inside(ON) as session:
        state = modules.card(session, kit.registry, kit.slug).state
        session.execute(text("SELECT 1"))
    return faults if state == "enabled" else [*faults, f"after installing again it is {state}"]
