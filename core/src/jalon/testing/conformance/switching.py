"""Checks of a module switched on here, off there."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from werkzeug.exceptions import HTTPException

from jalon import links
from jalon.migrate import CORE
from jalon.testing.conformance.check import check
from jalon.testing.conformance.forms import links_in
from jalon.testing.conformance.kit import Kit
from jalon.testing.conformance.routes import Route, missing_arguments
from jalon.testing.conformance.snapshot import changed
from jalon.testing.conformance.stage import ADMINISTRATOR, ELSEWHERE, HERE, HOLDER, THERE, Stage, shows

SWITCHES = ("jalon_enabled_module", "jalon_module_event")
ROUNDS = 3


@check(29, both_databases=True)
def check_off_is_off(kit: Kit) -> list[str]:
    """Off: no address answers even an administrator; no menu, card or link of the fifth door; no hook but duties."""
    with kit.stage() as stage:
        ids = stage.sample(HERE)
        codes, usual = _issue_links(stage, ids), _never_off(stage, ids)
        faults = _dashboard(stage, on=True) + _hooks(stage, on=True) + _fifth_door(stage, codes, on=True)
        stage.world.disable(HERE, stage.slug)
        before = stage.contents()
        faults += _dashboard(stage, on=False) + _hooks(stage, on=False) + _fifth_door(stage, codes, on=False)
        if kit.slug != CORE:
            faults += _addresses(stage, ids) + _still(usual, _never_off(stage, ids))
        return faults + [
            f"while the module is off, rows of {table} change" for table in changed(before, stage.contents())
        ]


def _addresses(stage: Stage, ids: Mapping[str, Any]) -> list[str]:
    faults = []
    for route in stage.routes():
        if missing_arguments(stage.kit, route, ids) or not _gated(route):
            continue  # named by check 19, or told apart
        reply = stage.ask(ADMINISTRATOR, route, HERE, ids)
        if reply.status != 404:
            faults.append(f"{route} answers {reply} to an administrator where the module is off, not 404")
    return faults


def _gated(route: Route) -> bool:
    return route.page_declared is None or route.page_declared.gated


def _never_off(stage: Stage, ids: Mapping[str, Any]) -> dict[str, int]:
    """What a visitor is answered by the public pages that say they answer when the module is off."""
    return {
        str(route): stage.ask(None, route, HERE, ids).status
        for route in stage.routes()
        if route.method == "GET" and not _gated(route) and not missing_arguments(stage.kit, route, ids)
    }


def _still(on: Mapping[str, int], off: Mapping[str, int]) -> list[str]:
    return [
        f"{route} answers {off[route]} where the module is off, and {status} where it is on"
        for route, status in on.items()
        if off[route] != status
    ]


def _dashboard(stage: Stage, *, on: bool) -> list[str]:
    """The links of menu and cards: to the module when it is on, none when it is off."""
    reply = stage.get(ADMINISTRATOR, f"/{HERE}/")
    if reply.status != 200:
        return [f"the dashboard answers {reply} where the module is {'on' if on else 'off'}"]
    shown = [link for link in links_in(reply.text) if _leads_to(stage, link)]
    if not on:
        return [f"where the module is off, the dashboard still leads to {link}" for link in shown]
    module = stage.jalon.registry.get(stage.slug)
    return (
        ["no entry of its menu is shown where the module is on"] if module and module.plugin.menu and not shown else []
    )


def _leads_to(stage: Stage, link: str) -> bool:
    try:
        endpoint, _ = stage.app.url_map.bind("localhost").match(link.partition("?")[0])
    except HTTPException:
        return False
    return endpoint in {route.endpoint for route in stage.routes()} and stage.kit.slug != CORE


def _hooks(stage: Stage, *, on: bool) -> list[str]:
    """Every hook of the module is asked for; which of them are called depends on its kind."""
    called: list[str] = []
    names = stage.replace_hooks(lambda name, session: called.append(name))
    with stage.world.inside(HERE) as session:
        for name in names:
            stage.call_hook(session, name)
    stage.restore_hooks()
    where = f"where the module is {'on' if on else 'off'}"
    missed = [n for n in names if n not in called and (on or stage.kind_of(n) == "duty")]
    heard = [n for n in names if n in called and not on and stage.kind_of(n) != "duty"]
    faults = [f"the {stage.kind_of(name)} hook {name} is not called {where}" for name in missed]
    return faults + [f"the {stage.kind_of(name)} hook {name} is called {where}" for name in heard]


def _issue_links(stage: Stage, ids: Mapping[str, Any]) -> list[tuple[Any, str]]:
    """For each public page of the module, its address about a sample row that it answers to."""
    module = stage.jalon.registry.get(stage.slug)
    issued = []
    for endpoint in module.plugin.public if module else ():
        for table, row in ids.items():
            with stage.world.inside(HERE) as session:
                code = links.issue(
                    session, module=stage.slug, purpose=endpoint.purpose, subject_table=table, subject_id=row or 0
                )
                session.commit()
            address = f"/{endpoint.door}/{code}"
            if stage.kit.owns(table) and stage.get(None, address).status == 200:
                break
        issued.append((endpoint, address))
    return issued


def _fifth_door(stage: Stage, issued: list[tuple[Any, str]], *, on: bool) -> list[str]:
    faults = []
    for endpoint, address in issued:
        expected = 200 if on or not endpoint.gated else 404
        reply = stage.get(None, address)
        if reply.status != expected:
            state = "on" if on else "off"
            faults.append(f"the link {endpoint.purpose} answers {reply} where the module is {state}, not {expected}")
    return faults


@check(30, both_databases=True)
def check_off_and_on_again_keeps_every_row(kit: Kit) -> list[str]:
    """Nothing but the switch itself and its history changes, in any table."""
    with kit.stage() as stage:
        stage.sample(HERE)
        stage.sample(THERE)
        before = stage.contents()
        stage.world.disable(HERE, stage.slug)
        off = stage.contents()
        stage.world.enable(HERE, stage.slug)
        after = stage.contents()
        faults = [f"switching off changes rows of {table}" for table in changed(before, off) if table not in SWITCHES]
        return faults + [
            f"switching on again changes rows of {table}" for table in changed(off, after) if table not in SWITCHES
        ]


@check(33, both_databases=True)
def check_two_structures_in_one_process(kit: Kit) -> list[str]:
    """Requests of three structures, mixed in threads: each sees its own rows, and the one that is off nothing."""
    with kit.stage() as stage:
        everywhere = (HERE, THERE, ELSEWHERE) if kit.slug == CORE else (HERE, THERE)
        ids = {slug: stage.sample(slug) for slug in everywhere}
        pages = [
            r
            for r in stage.routes()
            if r.method == "GET" and r.in_structure and r.offered and not missing_arguments(kit, r, ids[HERE])
        ]
        pages = [r for r in pages if r.endpoint != "jalon_admin.index"]
        marks = {
            HERE: stage.texts(HERE, ids[HERE]) - stage.texts(THERE),
            THERE: stage.texts(THERE, ids[THERE]) - stage.texts(HERE),
        }
        start = Barrier(3)
        with ThreadPoolExecutor(3) as pool:
            workers = [pool.submit(_turns, stage, pages, ids, marks, number, start) for number in range(3)]
            return sorted({fault for worker in workers for fault in worker.result()})


def _turns(
    stage: Stage, pages: list[Route], ids: dict[str, Any], marks: dict[str, set[str]], number: int, start: Barrier
) -> list[str]:
    """One thread's requests: each page in each structure in turn, beginning with another one than its neighbours."""
    browser = stage.world.client(HOLDER)
    order = [HERE, THERE, ELSEWHERE]
    order = order[number:] + order[:number]
    start.wait()
    faults = []
    for _ in range(ROUNDS if stage.kit.slug != CORE else 1):  # the core has ten times as many pages
        for route in pages:
            for structure in order:
                answer = browser.get(stage.address(route, structure, ids.get(structure, ids[HERE])))
                faults += _mixed_up(stage, route, structure, answer, marks)
    return faults


def _mixed_up(stage: Stage, route: Route, structure: str, answer: Any, marks: dict[str, set[str]]) -> list[str]:
    off = structure == ELSEWHERE and stage.kit.slug != CORE  # the core is everywhere, and has rows there
    allowed = (404,) if off and _gated(route) else (200, 302, 404) if route.open else (200, 302)
    if answer.status_code not in allowed:
        return [f"{route} answers {answer.status_code} at “{structure}”, not {allowed[0]}, when structures take turns"]
    text = answer.get_data().decode(errors="replace")  # a spreadsheet is no text
    seen = [mark for other, texts in marks.items() if other != structure for mark in texts if shows(text, mark)]
    return [f"{route} shows “{mark}” of another structure when structures take turns" for mark in seen]
