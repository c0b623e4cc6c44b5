"""Checks of the hooks a module implements and specifies."""

from __future__ import annotations

import inspect as python_inspect
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pluggy

from jalon import hookspecs
from jalon.hookspecs import PROJECT
from jalon.testing.conformance.kit import CORE, ON, Kit


class Planted(Exception):
    """What the kit makes a hook raise."""


def check_34_hooks_exist(kit: Kit) -> list[str]:
    """34: each hook implemented is specified, takes arguments it is given, and is no wrapper."""
    faults = [f"it is in trouble: {kit.module.trouble}"] if kit.module.trouble else []
    for implementation in kit.hookimpls():
        name = implementation.function.__name__
        spec = getattr(kit.registry.hooks.hook, name).spec
        if spec is None:
            faults.append(f"the hook {name} is implemented and specified by nobody")
        elif unknown := sorted(set(implementation.argnames) - set(spec.argnames)):
            faults.append(f"the hook {name} takes {', '.join(unknown)}, which is not given")
        if implementation.wrapper or implementation.hookwrapper:
            faults.append(f"the hook {name} is a wrapper: wrappers are never called")
    return faults


def check_35_hooks_documented(kit: Kit) -> list[str]:
    """35: each hook specified is documented with its exact signature and named in a test."""
    specs = hookspecs if kit.slug == CORE else kit.plugin.hookspecs
    own = list(_specified(specs)) if specs is not None else []
    if not own:
        return []
    documents, tests = _texts(kit)
    faults = []
    for name, function in own:
        signature = f"{name}({', '.join(python_inspect.signature(function).parameters)})"
        if signature not in documents:
            faults.append(f"the hook {name} is not documented as {signature}")
        if name not in tests:
            faults.append(f"the hook {name} is named in no test")
        if getattr(function, "jalon_kind", None) not in ("show", "act", "duty"):
            faults.append(f"the hook {name} does not say whether it shows, acts or is a duty")
    return faults


def _specified(specs: Any) -> Iterator[tuple[str, Any]]:
    manager = pluggy.PluginManager(PROJECT)
    for name in dir(specs):
        if manager.parse_hookspec_opts(specs, name) is not None:
            yield name, getattr(specs, name)


def _texts(kit: Kit) -> tuple[str, str]:
    """The documents and the tests that speak of a module: its own folder's, and the repository's."""
    folders = [kit.package_folder, *kit.package_folder.parents][:6]
    documents = [p for f in folders for p in (f / "docs" / "hooks.md", f / "README.md") if p.is_file()]
    tests = {p for f in folders for p in (f / "tests").glob("**/*.py")} if kit.project else set()
    tests |= {p for f in folders for p in f.glob("plugins/*/tests/*.py")}
    return "\n".join(_read(p) for p in documents), "\n".join(_read(p) for p in tests)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def check_37_failing_hooks(kit: Kit) -> list[str]:
    """37: a hook that shows may fail without breaking a page; one that acts, or is a duty, is heard."""
    kit.found()
    if kit.plugin.sample is not None:
        kit.sample(ON, 1)
    faults = []
    for implementation in kit.hookimpls():
        name = implementation.function.__name__
        with _failing(implementation):
            faults += _pages_broken_by(kit, name) if kit.kind_of(name) == "show" else _unheard(kit, name)
    return faults


@contextmanager
def _failing(implementation: Any) -> Iterator[None]:
    former = implementation.function

    def fail(*args: Any, **named: Any) -> Any:
        raise Planted

    fail.__name__ = former.__name__
    implementation.function = fail
    try:
        yield
    finally:
        implementation.function = former


def _pages_broken_by(kit: Kit, name: str) -> list[str]:
    browser = kit.browser(f"full-{ON}")
    addresses = [f"/{ON}/", f"/{ON}/modules/", f"/{ON}/modules/{kit.slug}/"]
    addresses += [p.address for p in kit.pages(ON, kit.ids(ON)) if p.method == "GET" and p.offered]
    return [
        f"{a} answers {s} when the hook {name} fails" for a in addresses if (s := browser.get(a).status_code) >= 500
    ]


def _unheard(kit: Kit, name: str) -> list[str]:
    arguments = getattr(kit.registry.hooks.hook, name).spec.argnames
    given = {a: None for a in arguments if a != "session"}
    call = getattr(kit.jalon.hooks, kit.kind_of(name), None)
    if call is None:
        return [f"the hook {name} has no kind"]
    with kit.world.inside(ON) as session:
        try:
            call(session, name, **given)
        except Planted:
            return []
    return [f"the failure of the hook {name} is not heard"]
