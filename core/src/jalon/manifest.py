"""`manifest.toml`: who a module is and what it requires, readable without importing it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

SLUG = re.compile(r"[a-z][a-z0-9]{1,29}")
VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
# A slug begins tables and addresses: these beginnings are the core's, Alembic's or a database's
RESERVED = frozenset(
    {
        "about",
        "admin",
        "alembic",
        "core",
        "jalon",
        "jobs",
        "letterhead",
        "logo",
        "modules",
        "pg",
        "settings",
        "sqlite",
        "static",
        "structure",
        "styleguide",
    }
)
LEVELS = ("runs", "serves", "shines")  # DESIGN 10; each holds what the one before it does
LONGEST = {"name": 80, "version": 40, "requires": 300}  # what jalon_module can remember


class BadManifest(ValueError):
    """The manifest is not one: an unknown key, a missing one, a wrong type."""


@dataclass(frozen=True)
class Manifest:
    """One module. Texts are in English, translated by the module's catalogue when it can be loaded.

    `level` is how much it promises to bring; the conformance kit holds it to that.
    """

    slug: str
    name: str
    summary: str
    version: str
    core: str
    requires: tuple[str, ...] = ()
    icon: str = "puzzle"
    category: str = ""
    level: str = LEVELS[0]

    @property
    def package(self) -> str:
        return f"jalon_{self.slug}"


def read_manifest(path: Path) -> Manifest:
    """Read and check one manifest. Raises BadManifest with the reason."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadManifest(f"{path.name} is missing") from None
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadManifest(f"{path.name}: {error}") from None
    return parse_manifest(data)


def parse_manifest(data: dict[str, object]) -> Manifest:
    """Check the keys and types of a manifest. Raises BadManifest."""
    known = {f.name for f in fields(Manifest)}
    if unknown := sorted(set(data) - known):
        raise BadManifest(f"unknown key: {', '.join(unknown)}")
    if missing := sorted({"slug", "name", "summary", "version", "core"} - set(data)):
        raise BadManifest(f"missing key: {', '.join(missing)}")
    for key in known - {"requires"}:
        if not isinstance(data.get(key, ""), str):
            raise BadManifest(f"{key} is not a text")
    requires = data.get("requires", [])
    if not isinstance(requires, list) or not all(isinstance(r, str) for r in requires):
        raise BadManifest("requires is not a list of texts")
    manifest = Manifest(**{**data, "requires": tuple(requires)})  # type: ignore[arg-type]
    return _checked(manifest)


def _checked(manifest: Manifest) -> Manifest:
    for slug in (manifest.slug, *manifest.requires):
        if not SLUG.fullmatch(slug):
            raise BadManifest(f"{slug!r} is not a slug: 2 to 30 lower-case letters and digits, a letter first")
    if manifest.slug in RESERVED:
        raise BadManifest(f"the slug {manifest.slug} is not a module's to take")
    for version in (manifest.version, f"{manifest.core}.0"):
        if not VERSION.fullmatch(version):
            raise BadManifest(f"{version} is not a version: version is X.Y.Z, core is X.Y")
    if manifest.level not in LEVELS:
        raise BadManifest(f"level {manifest.level} is none of {', '.join(LEVELS)}")
    for key in ("name", "summary"):
        if not getattr(manifest, key).strip():
            raise BadManifest(f"{key} is empty")
    for key, length in LONGEST.items():
        value = getattr(manifest, key)
        if len(value if isinstance(value, str) else " ".join(value)) > length:
            raise BadManifest(f"{key} is longer than {length} characters")
    return manifest
