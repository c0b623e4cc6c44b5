"""Checks of the hooks a module implements and of those it specifies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, metadata
from inspect import signature
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from jalon import hookspecs
from jalon.hookspecs import PROJECT
from jalon.migrate import CORE
from jalon.testing.conformance.check import check
from jalon.testing.conformance.kit import Kit
from jalon.testing.conformance.routes import missing_arguments
from jalon.testing.conformance.stage import HERE, HOLDER, Stage

KINDS = ("show", "act", "duty")
ON_THE_DASHBOARD = ("dashboard_cards", "dashboard_lists")
MOST_QUERIES = 20  # of each: the first page of the day is opened by everybody at nine


class Planted(Exception):
    """What the kit makes a hook raise."""


@check(34, before_loading=True)
def check_every_hook_exists_and_takes_what_it_is_given(kit: Kit) -> list[str]:
    """Each implementation is specified, or said to be optional; its arguments are offered; each hook says its kind."""
    if kit.trouble:
        return [f"module {kit.slug} is not loaded: {kit.trouble}"]
    faults = [
        f"the hook {name} says none of the kinds {', '.join(KINDS)}"
        for name, spec in _specified(kit)
        if getattr(spec, "jalon_kind", None) not in KINDS
    ]
    manager = kit.registry().hooks
    for name, caller in sorted(vars(manager.hook).items()):
        for implementation in caller.get_hookimpls():
            if implementation.plugin_name != kit.slug:
                continue
            if not caller.has_spec() and implementation.optionalhook:
                continue  # of a module that need not be here
            if not caller.has_spec():
                faults.append(f"the hook {name} is implemented, and nobody specifies it")
            elif unknown := sorted(set(implementation.argnames) - set(caller.spec.argnames)):
                faults.append(f"the hook {name} takes {', '.join(unknown)}, which nobody gives")
            if implementation.wrapper or implementation.hookwrapper:
                faults.append(f"the hook {name} is implemented by a wrapper, which nobody calls")
    return faults


def _specified(kit: Kit) -> Iterator[tuple[str, Any]]:
    """The hooks that the core, or the module, specifies."""
    specs = hookspecs if kit.slug == CORE else kit.module.plugin.hookspecs if kit.module else None
    for name in dir(specs) if specs is not None else ():
        if hasattr(getattr(specs, name), f"{PROJECT}_spec"):
            yield name, getattr(specs, name)


@check(35)
def check_every_hook_is_documented_and_tested(kit: Kit) -> list[str]:
    """Under a heading of its name stands its exact signature, in docs/hooks.md or the README; a test names it."""
    own = list(_specified(kit))
    documents, tests = _documents(kit), _tests(kit)
    faults = []
    for name, spec in own:
        wanted = f"{name}({', '.join(signature(spec).parameters)})"
        if wanted not in _section(documents, name):
            faults.append(f"the hook {name} is not documented: no heading “{name}” is followed by the line {wanted}")
        if tests is not None and not re.search(rf"\b{name}\b", tests):
            faults.append(f"the hook {name} is named in no test")
    return faults


def _section(documents: str, name: str) -> list[str]:
    """The lines under the heading of a hook, up to the next heading."""
    found = re.search(rf"^#+ +`?{name}`?\s*$(.*?)(?=^#|\Z)", documents, re.MULTILINE | re.DOTALL)
    return [line.strip() for line in found[1].splitlines()] if found else []


def _documents(kit: Kit) -> str:
    """The README, also of an installed wheel, and docs/hooks.md of the repository."""
    folders = [kit.tree, *kit.tree.parents] if kit.tree else []
    paths = [path for f in folders for path in (f / "README.md", f / "docs" / "hooks.md") if path.is_file()]
    texts = [path.read_text(encoding="utf-8") for path in paths]
    with suppress(PackageNotFoundError):  # then the sources are all there is
        texts.append(str(metadata(kit.distribution).get_payload()))  # type: ignore[attr-defined]
    return "\n".join(texts)


def _tests(kit: Kit) -> str | None:
    """The tests of the distribution and of its repository; None where they are not, beside an installed wheel."""
    if kit.tree is None:
        return None
    repository = next((f for f in kit.tree.parents if (f / "docs" / "hooks.md").is_file()), None)
    folders = [kit.tree / "tests", *_test_folders(repository)]
    return "\n".join(p.read_text(encoding="utf-8") for f in folders for p in sorted(f.rglob("test_*.py")))


def _test_folders(repository: Path | None) -> list[Path]:
    return (
        [repository / "tests", *repository.glob("*/tests"), *repository.glob("plugins/*/tests")] if repository else []
    )


@check(37, both_databases=True)
def check_a_failing_hook_is_noticed_and_breaks_no_page(kit: Kit) -> list[str]:
    """What shows may fail, in Python or in SQL: every page answers 200 and says so. What acts, or is a duty, rises."""
    with kit.stage() as stage:
        ids = stage.sample(HERE)
        usual = _answers(stage, ids)
        faults = []
        for answer in (_raise, _bad_sql):
            names = stage.replace_hooks(answer)
            for name in names:
                faults += _heard(stage, name) if stage.kind_of(name) != "show" else _isolated(stage, name)
            shown = [name for name in names if stage.kind_of(name) == "show"]
            if shown:
                faults += _broken(stage, usual, _answers(stage, ids), ", ".join(shown))
            if "dashboard_cards" in shown and _name_of(stage) not in _notices(stage):
                faults.append("the dashboard does not say that the hook dashboard_cards failed")
            stage.restore_hooks()
        return faults


@check(38)
def check_the_dashboard_keeps_to_its_budget(kit: Kit) -> list[str]:
    """Its figures and its lists send as many queries with 20 rows as with one, and 20 at most each."""
    with kit.stage() as stage:
        stage.sample(HERE)
        few = _sent(stage)
        for _ in range(19):
            stage.sample(HERE)
        many = _sent(stage)
    grown = [
        f"the hook {name} sends {few[name]} queries with one row and {many[name]} with 20"
        for name in few
        if many[name] != few[name]
    ]
    return grown + [
        f"the hook {name} sends {count} queries, {MOST_QUERIES} at most"
        for name, count in many.items()
        if count > MOST_QUERIES
    ]


def _sent(stage: Stage) -> dict[str, int]:
    """How many queries the module's answers cost somebody with every right."""
    rights = [right.name for module in stage.jalon.registry.loaded() for right in module.plugin.permissions]
    costs = {}
    for name in ON_THE_DASHBOARD:
        for implementation in getattr(stage.jalon.registry.hooks.hook, name).get_hookimpls():
            if implementation.plugin_name == stage.slug:
                with stage.world.inside(HERE, permissions=rights) as session, stage.queries() as sent:
                    list(implementation.function(*([session] if implementation.argnames else [])))
                costs[name] = len(sent)
    return costs


def _raise(name: str, session: Session) -> None:
    raise Planted(name)


def _bad_sql(name: str, session: Session) -> None:
    session.execute(text("SELECT 1 FROM nowhere"))


def _answers(stage: Stage, ids: dict[str, Any]) -> dict[str, int]:
    """What a member with every right gets from the core's pages and from the module's."""
    where = [f"/{HERE}/", f"/{HERE}/modules/", f"/{HERE}/modules/{stage.slug}/"]
    routes = [
        r for r in stage.routes() if r.method == "GET" and r.in_structure and not missing_arguments(stage.kit, r, ids)
    ]
    where += [stage.address(route, HERE, ids) for route in routes]
    return {address: stage.get(HOLDER, address).status for address in where}


def _broken(stage: Stage, usual: dict[str, int], now: dict[str, int], names: str) -> list[str]:
    return [
        f"GET {where} answers {now[where]} instead of {code} when the hooks {names} fail"
        for where, code in usual.items()
        if now[where] != code
    ]


def _name_of(stage: Stage) -> str:
    module = stage.jalon.registry.get(stage.slug)
    return module.name if module else stage.slug


def _notices(stage: Stage) -> str:
    page = stage.get(HOLDER, f"/{HERE}/").text
    return " ".join(re.findall(r'<p class="note[^>]*>(.*?)</p>', page, re.DOTALL))


def _isolated(stage: Stage, name: str) -> list[str]:
    with stage.world.inside(HERE) as session:
        shown = stage.call_hook(session, name)
        session.execute(text("SELECT 1"))  # the session must still be usable
    # a required module that answers the same hook is asked too, with arguments that say nothing, and may fail
    return [] if _name_of(stage) in shown.failed else [f"the failure of the show hook {name} is not reported"]


def _heard(stage: Stage, name: str) -> list[str]:
    with stage.world.inside(HERE) as session:
        try:
            stage.call_hook(session, name)
        except Exception:  # whatever the hook raises must come through
            return []
    return [f"the failure of the {stage.kind_of(name)} hook {name} is swallowed"]
