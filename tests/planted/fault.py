"""A fault, and the copy of the scratch module in which it is planted."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SCRATCH = Path(__file__).parents[1] / "scratch"
PACKAGE = "src/jalon_scratch"
NAMES_THE_HOOK = "HOOK = 'thing_colours'\n"
METADATA = "Metadata-Version: 2.1\nName: jalon-scratch\nVersion: 0.1.0\nRequires-Dist: jalon<0.2,>=0.1\n"


@dataclass(frozen=True)
class Fault:
    """What is wrong, the number of the check that must find it, and a part of its sentence.

    `edits` replace text: (file, old, new), every occurrence of `old`. `files` are written, or removed when None.
    """

    name: str
    check: int
    says: str
    edits: tuple[tuple[str, str, str], ...] = ()
    files: dict[str, str | None] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.check:02}-{self.name}"


def plant(fault: Fault | None, folder: Path) -> Path:
    """A copy of the scratch module with one fault, as if installed in editable mode; its folder for sys.path."""
    copy = folder / "scratch"
    shutil.copytree(SCRATCH, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "tests").mkdir()
    (copy / "tests" / "test_colours.py").write_text(NAMES_THE_HOOK)
    for path, old, new in fault.edits if fault else ():
        file = copy / _full(path)
        text = file.read_text(encoding="utf-8")
        assert old in text, f"{path} has changed: nothing to plant the fault in"
        file.write_text(text.replace(old, new), encoding="utf-8")
    for po in copy.rglob("*.po"):
        with po.open("rb") as source, po.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, read_po(source))
    _rewrite(copy, fault.files if fault else {})
    installed = copy / "src" / "jalon_scratch-0.1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text(METADATA)
    (installed / "entry_points.txt").write_text("[jalon.plugins]\nscratch = jalon_scratch.plugin\n")
    return copy / "src"


def _rewrite(copy: Path, files: dict[str, str | None]) -> None:
    for path, text in files.items():
        file = copy / _full(path)
        if text is None:
            file.unlink()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")


def _full(path: str) -> str:
    """Paths are the package's, those that begin with ./ the distribution's."""
    return path.removeprefix("./") if path.startswith("./") else f"{PACKAGE}/{path}"
