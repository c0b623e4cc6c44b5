"""Checks of what a module says it is, of its names, and of what its wheel brings."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import jalon
from jalon.manifest import BadManifest, Manifest, read_manifest
from jalon.migrate import CORE
from jalon.registry import CORE_VERSION
from jalon.testing.conformance.check import check
from jalon.testing.conformance.kit import Kit
from jalon.testing.conformance.routes import routes_of
from jalon.testing.source import passes_under_the_guard

LEFT_BEHIND = shutil.ignore_patterns("build", "dist", "*.egg-info", "*.dist-info", "__pycache__", ".*")


@check(1, before_loading=True)
def check_manifest_is_known_and_agrees_with_the_distribution(kit: Kit) -> list[str]:
    """Keys, types and versions of the manifest; the distribution has the same version and installs what it requires."""
    if kit.slug == CORE:
        return _version_faults(kit, jalon.__version__) + (
            []
            if jalon.__version__.startswith(f"{CORE_VERSION}.")
            else [f"CORE_VERSION {CORE_VERSION} is not the core's"]
        )
    try:
        manifest = read_manifest(kit.root / "manifest.toml")
    except BadManifest as error:
        return [f"manifest.toml: {error}"]
    faults = _version_faults(kit, manifest.version)
    if manifest.core != CORE_VERSION:
        faults.append(f"manifest.toml: it is made for core {manifest.core}, this is core {CORE_VERSION}")
    return faults + _requirement_faults(kit, manifest)


def _version_faults(kit: Kit, version: str) -> list[str]:
    try:
        installed = distribution(kit.distribution).version
    except PackageNotFoundError:
        return [f"no distribution {kit.distribution} is installed"]
    return [] if installed == version else [f"version {version} is not {installed}, that of {kit.distribution}"]


def _requirement_faults(kit: Kit, manifest: Manifest) -> list[str]:
    """What the manifest requires and what pip installs are the same modules."""
    try:
        lines = distribution(kit.distribution).requires or []
    except PackageNotFoundError:
        return []
    installs = {re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0] for line in lines if "extra ==" not in line}
    siblings = {name.removeprefix("jalon-") for name in installs if name.startswith("jalon-")}
    faults = [] if "jalon" in installs else [f"{kit.distribution} does not install jalon"]
    faults += [
        f"the manifest requires {s}, which {kit.distribution} does not install"
        for s in manifest.requires
        if s not in siblings
    ]
    return faults + [
        f"{kit.distribution} installs {s}, which the manifest does not require"
        for s in sorted(siblings - {*manifest.requires})
    ]


@check(3)
def check_one_name_gives_all_the_others(kit: Kit) -> list[str]:
    """Slug, package, addresses, blueprints, rights, templates and revisions carry one name."""
    faults = [
        f"the template folder templates/{n} is not templates/{kit.package}"
        for n in _strangers(kit.root / "templates", kit.package)
    ]
    prefix = f"{kit.slug}_"
    faults += [
        f"the revision {path.name} does not begin with {prefix}"
        for path in sorted((kit.root / "migrations" / "versions").glob("*.py"))
        if not path.name.startswith(prefix)
    ]
    for po in sorted((kit.root / "translations").rglob("*.[pm]o")):
        if po.stem != kit.package:
            faults.append(f"the catalogue {po.name} is not called {kit.package}{po.suffix}")
    if kit.slug == CORE:
        return faults
    return faults + _address_faults(kit) + _right_faults(kit) + passes_under_the_guard(kit.root)


def _strangers(folder: Path, wanted: str) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.name != wanted) if folder.is_dir() else []


def _address_faults(kit: Kit) -> list[str]:
    faults = []
    with kit.stage() as stage:
        for route in routes_of(kit, stage.app, stage.jalon):
            if route.page_declared:  # the core itself gives a public page its address
                continue
            blueprint = route.endpoint.rpartition(".")[0]
            inside = stage.jalon.inside
            if not route.rule.rule.startswith((f"{inside}/{kit.slug}/", f"{inside}/admin/{kit.slug}_")):
                faults.append(f"the route {route} is not below {inside}/{kit.slug}/")
            if not f"{blueprint}_".startswith((f"jalon_{kit.slug}_", f"jalon_admin_{kit.slug}_")):
                faults.append(f"the route {route} is on the blueprint {blueprint}, not on jalon_{kit.slug}")
    return faults


def _right_faults(kit: Kit) -> list[str]:
    assert kit.module is not None
    plugin = kit.module.plugin
    named = {p.name for p in plugin.permissions}
    faults = [
        f"the right {name} does not begin with {kit.slug}."
        for name in sorted(named)
        if not name.startswith(f"{kit.slug}.")
    ]
    granted = {right for rights in plugin.grants.values() for right in rights}
    faults += [f"the right {right} is granted and not declared" for right in sorted(granted - named)]
    return faults + [f"no role is granted the right {right}" for right in sorted(named - granted)]


@check(6, before_loading=True)
def check_wheel_brings_everything(kit: Kit) -> list[str]:
    """The wheel holds the same files as the package's folder: templates, static files, migrations, catalogues."""
    wanted = {f"{kit.package}/{name}" for name in _files(kit.root)}
    faults = [
        f"{name} is not compiled" for name in sorted(wanted) if name.endswith(".po") and f"{name[:-2]}mo" not in wanted
    ]
    for name in ("py.typed", *(() if kit.slug == CORE else ("manifest.toml",))):
        if f"{kit.package}/{name}" not in wanted:
            faults.append(f"there is no {name}")
    if kit.tree is None:
        return [*faults, f"the sources of {kit.distribution} are not here: run the kit from its checkout"]
    brought, trouble = _built(kit, kit.tree)
    if trouble:
        return [*faults, trouble]
    own = {name for name in brought if ".dist-info/" not in name}
    faults += [f"the wheel lacks {name}" for name in sorted(wanted - own)]
    return faults + [f"the wheel brings {name}, which is not the package's" for name in sorted(own - wanted)]


def _files(folder: Path) -> list[str]:
    return [
        p.relative_to(folder).as_posix()
        for p in folder.rglob("*")
        if p.is_file() and "__pycache__" not in p.parts and p.suffix != ".pot"
    ]


def _built(kit: Kit, tree: Path) -> tuple[set[str], str]:
    """Names in a wheel built through the source distribution: built in place, it may still ship deleted files."""
    copy, out = kit.folder / "source", kit.folder / "wheel"
    shutil.copytree(tree, copy, ignore=LEFT_BEHIND)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return set(), f"the wheel cannot be built: {(done.stdout + done.stderr).strip().splitlines()[-1]}"
    with zipfile.ZipFile(next(out.glob("*.whl"))) as wheel:
        return set(wheel.namelist()), ""
