"""The blocks of docs/plugin-guide.md, and how each is done."""

from __future__ import annotations

import re
import site
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

GUIDE = Path(__file__).parents[1] / "docs" / "plugin-guide.md"
BLOCK = re.compile(r"^```(\w+)(?: (>>) | )?(\S+)?\n(.*?)^```$", re.M | re.S)
LAUNCHER = '#!/bin/sh\nexec python -m jalon "$@"\n'


@dataclass(frozen=True)
class Block:
    """A file, what goes to the end of one, or, without a path, what is typed in a terminal."""

    language: str
    path: str
    appended: bool
    text: str


def blocks() -> Iterator[Block]:
    for language, appended, path, text in BLOCK.findall(GUIDE.read_text(encoding="utf-8")):
        yield Block(language, path, bool(appended), text)


def follow(folder: Path, environment: dict[str, str]) -> str:
    """Do every block in its order, from `folder`; what was typed in terminals, and what they said."""
    place, said = folder, ""
    for block in blocks():
        if not block.path:
            done = _type(block.text, place, environment)
            said += done
            place = folder / "jalon-helmets"
            continue
        file = place / block.path
        file.parent.mkdir(parents=True, exist_ok=True)
        before = file.read_text(encoding="utf-8") if block.appended else ""
        file.write_text(before + block.text, encoding="utf-8")
    return said


def _type(text: str, place: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        ["sh", "-eu", "-c", text], cwd=place, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{text}\n{done.stdout[-6000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def environment_beside(folder: Path, inherited: dict[str, str]) -> dict[str, str]:
    """A virtual environment of its own that sees what this one has: what is installed in it joins no other's."""
    made = folder / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(made)], check=True)
    inside = next((made / "lib").iterdir()) / "site-packages"
    here = [path for path in site.getsitepackages() if Path(path).is_dir()]
    (inside / "here.pth").write_text("".join(f"import site; site.addsitedir({path!r})\n" for path in here))
    launcher = made / "bin" / "jalon"
    launcher.write_text(LAUNCHER)
    launcher.chmod(0o755)
    quiet = {name: value for name, value in inherited.items() if not name.startswith(("JALON_", "PYTEST_"))}
    return {**quiet, "PATH": f"{made / 'bin'}:{inherited['PATH']}", "VIRTUAL_ENV": str(made)}
