"""Checks of what a module says it is and of what its wheel brings."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from jalon.manifest import BadManifest, read_manifest
from jalon.registry import CORE_VERSION
from jalon.testing.conformance.kit import Kit
from jalon.testing.source import passes_under_the_guard

SHIPPED = (
    "templates/**/*.html",
    "static/**/*",
    "migrations/versions/*.py",
    "translations/**/*.[pm]o",
    "py.typed",
    "manifest.toml",
    "**/*.py",
)


def check_01_manifest(kit: Kit) -> list[str]:
    """1: the manifest's keys and types are known, and the distribution requires what the manifest requires."""
    try:
        manifest = read_manifest(kit.package_folder / "manifest.toml")
    except BadManifest as error:
        return [f"manifest.toml: {error}"]
    faults = []
    if manifest.core != CORE_VERSION:
        faults.append(f"manifest.toml: made for core {manifest.core}, this is {CORE_VERSION}")
    required = _requirements(kit)
    if required is not None:
        lacking = [r for r in manifest.requires if f"jalon-{r}" not in required]
        faults += [f"manifest.toml requires {r}, but the distribution does not install jalon-{r}" for r in lacking]
    return faults


def _requirements(kit: Kit) -> set[str] | None:
    try:
        wanted = distribution(f"jalon-{kit.slug}").requires or []
    except PackageNotFoundError:
        return None
    return {re.split(r"[<>=!~;\[ ]", line, maxsplit=1)[0] for line in wanted}


def check_03_one_name(kit: Kit) -> list[str]:
    """3: slug = package = addresses = blueprints = permissions = templates; and no way under the guard."""
    faults = []
    for rule in kit.rules:
        blueprint = rule.endpoint.rpartition(".")[0]
        if blueprint not in kit.screens and not rule.rule.startswith(f"{kit.jalon.inside}/{kit.slug}/"):
            faults.append(f"the route {rule.rule} is not below /<structure>/{kit.slug}/")
        if not blueprint.startswith((f"jalon_{kit.slug}", "jalon_admin_")):
            faults.append(f"the blueprint {blueprint} is not called jalon_{kit.slug}")
    for permission in kit.plugin.permissions:
        if not permission.name.startswith(f"{kit.slug}."):
            faults.append(f"the permission {permission.name} does not begin with {kit.slug}.")
    templates = kit.package_folder / "templates"
    strangers = [p.name for p in templates.iterdir() if p.name != kit.package] if templates.is_dir() else []
    faults += [f"templates/{name} is not templates/{kit.package}" for name in strangers]
    return faults + passes_under_the_guard(kit.package_folder)


def check_06_wheel(kit: Kit) -> list[str]:
    """6: the wheel brings templates, static files, migrations, catalogues, py.typed and the manifest."""
    wanted = _source_files(kit.package_folder)
    faults = [f"{p} is not compiled" for p in sorted(wanted) if p.endswith(".po") and p[:-2] + "mo" not in wanted]
    if kit.project is None:
        return faults
    brought = _built(kit)
    return faults + [f"the wheel lacks {path}" for path in sorted(wanted - brought)]


def _source_files(folder: Path) -> set[str]:
    found = {p for pattern in SHIPPED for p in folder.glob(pattern) if p.is_file() and "__pycache__" not in p.parts}
    return {f"{folder.name}/{p.relative_to(folder).as_posix()}" for p in found}


def _built(kit: Kit) -> set[str]:
    """Names in a wheel built through the source distribution: a wheel built in place may ship deleted files."""
    assert kit.project is not None
    copy, out = kit.folder / "project", kit.folder / "wheel"
    shutil.copytree(kit.project, copy, ignore=shutil.ignore_patterns("build", "dist", "*.egg-info", "__pycache__"))
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(done.stdout[-2000:] + done.stderr[-2000:])
    return set(zipfile.ZipFile(next(out.glob("*.whl"))).namelist())
