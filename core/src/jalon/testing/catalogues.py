"""The French catalogues: `python -m jalon.testing.catalogues` extracts, updates and compiles them.

A package is one distribution's: `jalon`, `jalon_rental`… Messages come from its Python files, its templates and
the texts of its manifest. The compiled catalogue is committed beside its source, for a wheel is built without this.
"""

from __future__ import annotations

import io
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

LOCALE = "fr"
KEYWORDS: dict[str, Any] = {"_": None, "_l": None, "gettext": None, "lazy": None, "ngettext": (1, 2)}
WITHOUT_MESSAGES = {"testing", "demo", "migrations", "static", "translations"}
PLACEHOLDER = re.compile(r"%\(\w+\)s|%%|%s")
NEVER = datetime(2026, 1, 1, tzinfo=UTC)  # a date of the day would change the file each time


def manifest_texts(file: Any, *_asked: Any, **_options: Any) -> Iterator[tuple[int, str, str, list[str]]]:
    """What people read of a manifest; a method of extraction for Babel."""
    manifest = tomllib.loads(file.read().decode())
    for key in ("name", "summary", "category"):
        if manifest.get(key):
            yield 1, "gettext", manifest[key], []


METHODS: list[tuple[str, Any]] = [
    ("**.py", "python"),
    ("templates/**.html", "jinja2"),
    ("manifest.toml", manifest_texts),
]


def packages() -> list[str]:
    """The core and every installed module's package."""
    return ["jalon", *sorted(point.value.partition(".")[0] for point in entry_points(group="jalon.plugins"))]


def folder(package: str) -> Path:
    """Where a package is, without importing it."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise LookupError(f"{package} is not installed")
    return Path(spec.submodule_search_locations[0])


def catalogue_path(package: str) -> Path:
    return folder(package) / "translations" / LOCALE / "LC_MESSAGES" / f"{package}.po"


def extracted(package: str) -> Catalog:
    """Every message that the package's code asks for."""
    found = Catalog(creation_date=NEVER)
    messages = extract_from_dir(
        folder(package), METHODS, keywords=KEYWORDS, directory_filter=lambda d: Path(d).name not in WITHOUT_MESSAGES
    )
    for path, _line, message, comments, context in messages:
        found.add(message, None, [(path, 0)], auto_comments=comments, context=context)
    return found


def read(package: str) -> Catalog:
    """The translations as they are written; an empty catalogue when there is none yet."""
    path = catalogue_path(package)
    if path.exists():
        return read_po(io.BytesIO(path.read_bytes()), locale=LOCALE)
    return Catalog(
        locale=LOCALE,
        project=package,
        version="0.1",
        creation_date=NEVER,
        revision_date=NEVER,
        last_translator="Jalon",
        language_team="Jalon",
        header_comment=f"# French of {package}.",
        msgid_bugs_address="Jalon",
        fuzzy=False,
    )


def update(package: str) -> list[str]:
    """Bring a package's catalogue up to its code and compile it; returns what is left to translate."""
    catalogue = read(package)
    catalogue.update(extracted(package), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    path = catalogue_path(package)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, sort_output=True, include_lineno=False, width=120)
    compile_one(package)
    return untranslated(catalogue)


def compile_one(package: str) -> None:
    with catalogue_path(package).with_suffix(".mo").open("wb") as file:
        write_mo(file, read(package))


def problems(package: str) -> list[str]:
    """What is wrong with a package's French, one line each; empty when it is complete, compiled and up to date."""
    asked, written = extracted(package), read(package)
    return [
        *(f"not in the catalogue: {m.id!r}" for m in asked if m.id and written.get(m.id) is None),
        *(f"asked for nowhere: {m.id!r}" for m in written if m.id and asked.get(m.id) is None),
        *(f"not translated: {text!r}" for text in untranslated(written)),
        *(f"to be checked (fuzzy): {m.id!r}" for m in written if m.id and m.fuzzy),
        *(f"placeholders differ: {m.id!r}" for m in written if m.id and not _same_placeholders(m)),
        *_stale(package, written),
    ]


def untranslated(catalogue: Catalog) -> list[str]:
    return [str(m.id) for m in catalogue if m.id and not all(_texts(m.string))]


def _same_placeholders(message: Message) -> bool:
    """Each plural form may leave the number out, nothing else; `%` alone would break the sentence that is filled."""
    asked = {p for text in _texts(message.id) for p in PLACEHOLDER.findall(text)}
    for text in _texts(message.string):
        used = set(PLACEHOLDER.findall(text))
        if not asked - {"%(n)s"} <= used <= asked:
            return False
    return True


def _stale(package: str, written: Catalog) -> Iterator[str]:
    path = catalogue_path(package).with_suffix(".mo")
    if not path.exists():
        yield "not compiled"
        return
    compiled = read_mo(io.BytesIO(path.read_bytes()))
    told = _told(compiled)
    if told != _told(written):
        yield "compiled from another text: run make i18n"


def _told(catalogue: Catalog) -> dict[tuple[str, ...], tuple[str, ...]]:
    return {_texts(m.id): _texts(m.string) for m in catalogue if m.id and all(_texts(m.string))}


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


def main(asked: Iterable[str]) -> int:
    """Update the named packages, all installed ones by default; 1 when something is left to translate."""
    left = 0
    for package in list(asked) or packages():
        for text in update(package):
            left += 1
            sys.stderr.write(f"{package}: not translated: {text}\n")
    return 1 if left else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
