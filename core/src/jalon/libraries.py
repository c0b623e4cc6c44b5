"""What this installation is made of: the distributions that Jalon and its modules need, and what they ship."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata, resources
from typing import Any

from sqlalchemy import Dialect

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_CLASSIFIER = "License :: "
_LONGEST = 80  # characters; some write the whole licence where its name belongs


@dataclass(frozen=True)
class Library:
    """A distribution as it is installed; `licence` is empty where it says none."""

    name: str
    version: str
    licence: str


def of(distribution: str) -> Library:
    """Raises `importlib.metadata.PackageNotFoundError`."""
    said: Mapping[str, Any] = metadata.metadata(distribution).json
    return Library(said["name"], said["version"], _licence(said))


@cache
def needed_by(distributions: tuple[str, ...]) -> tuple[Library, ...]:
    """What these need to run, and what that needs in turn, by name; extras that nobody asked for left out."""
    found: dict[str, Library] = {}
    waiting = [name for one in distributions for name in _required(one)]
    while waiting:
        name = waiting.pop()
        if _key(name) in found or _key(name) in map(_key, distributions):
            continue
        try:
            found[_key(name)] = of(name)
        except metadata.PackageNotFoundError:  # for another system or Python
            continue
        waiting += _required(name)
    return tuple(found[key] for key in sorted(found))


def shipped() -> str:
    """What others drew and wrote that is inside our own package, with its licences."""
    return (resources.files("jalon") / "data" / "LICENSES.txt").read_text(encoding="utf-8")


def database(dialect: Dialect) -> str:
    """Kind and version, `PostgreSQL 15.8`, of an engine's dialect that has connected once."""
    if dialect.name == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    version = ".".join(str(part) for part in getattr(dialect, "server_version_info", None) or ())
    return f"PostgreSQL {version}"


def _required(distribution: str) -> Iterable[str]:
    try:
        asked = metadata.requires(distribution) or []
    except metadata.PackageNotFoundError:
        return []
    return [found[0] for line in asked if "extra ==" not in line and (found := _NAME.match(line))]


def _licence(said: Mapping[str, Any]) -> str:
    """Source of the fields: core metadata specifications 2.4, License-Expression before License and classifiers."""
    named = [c.rsplit(" :: ", 1)[1] for c in said.get("classifier", []) if c.startswith(_CLASSIFIER)]
    stated = said.get("license", "").strip()
    short = stated if "\n" not in stated and len(stated) <= _LONGEST else ""
    return said.get("license_expression", "") or short or ", ".join(named)


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
