"""`jalon new-plugin`: a module that passes the conformance kit, written from the files beside this one."""

from __future__ import annotations

import io
from collections.abc import Mapping
from importlib import resources
from importlib.metadata import entry_points
from importlib.resources.abc import Traversable
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.manifest import RESERVED, SLUG
from jalon.registry import CORE_VERSION, GROUP

SUFFIX = ".tmpl"  # no tool takes for code what is not code yet
RUNS = frozenset({".ci/run"})


class BadSlug(DomainError):
    """No slug: it would begin tables, addresses and rights."""

    message = _l("“%(slug)s” is no name of a module: 2 to 30 lower-case letters and digits, a letter first.")


class SlugReserved(DomainError):
    """The core, a database or Alembic begins its own names with it."""

    message = _l("“%(slug)s” is kept for the core: choose another name.")


class SlugTaken(DomainError):
    """A module of this name is installed in this environment."""

    message = _l("A module called “%(slug)s” is installed here already: choose another name.")


class FolderThere(DomainError):
    """Nothing is ever written over."""

    message = _l("%(folder)s is there already: nothing was written.")


def check(slug: str) -> None:
    """Raises BadSlug, SlugReserved, SlugTaken."""
    if not SLUG.fullmatch(slug):
        raise BadSlug(slug=slug)
    if slug in RESERVED:
        raise SlugReserved(slug=slug)
    if any(point.name == slug for point in entry_points(group=GROUP)):
        raise SlugTaken(slug=slug)


def write(slug: str, into: Path) -> Path:
    """The distribution `jalon-<slug>` in a new folder of `into`, which is returned.

    Raises what `check` raises, FolderThere, and OSError when nothing can be written there.
    """
    check(slug)
    folder = into / f"jalon-{slug}"
    if folder.exists() or folder.is_symlink():
        raise FolderThere(folder=folder)
    for name, text in files(slug).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        if name in RUNS:
            path.chmod(0o755)
        if path.suffix == ".po":
            path.with_suffix(".mo").write_bytes(_compiled(text))
    return folder


def files(slug: str) -> Mapping[str, str]:
    """Every text file of the distribution, by its path in it."""
    words = _words(slug)
    in_paths = {"PACKAGE": f"jalon_{slug}", "SLUG_": f"{slug}_", "dot-": "."}
    found = _read(resources.files(__package__) / "files", "")
    return {_filled(name, in_paths): _filled(text, words) for name, text in sorted(found.items())}


def _words(slug: str) -> Mapping[str, str]:
    major, minor = CORE_VERSION.split(".")
    return {
        "@slug@": slug,
        "@package@": f"jalon_{slug}",
        "@name@": slug.capitalize(),
        "@core@": CORE_VERSION,
        "@next_core@": f"{major}.{int(minor) + 1}",
    }


def _filled(text: str, words: Mapping[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(word, value)
    return text


def _read(folder: Traversable, above: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in folder.iterdir():
        if entry.is_dir():
            found |= _read(entry, f"{above}{entry.name}/")
        elif entry.name.endswith(SUFFIX):
            found[above + entry.name.removesuffix(SUFFIX)] = entry.read_text(encoding="utf-8")
    return found


def _compiled(text: str) -> bytes:
    made = io.BytesIO()
    write_mo(made, read_po(io.BytesIO(text.encode()), locale="fr"))
    return made.getvalue()
