"""What stands on top of a structure's papers: its name, the lines it chose, its logo."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

from sqlalchemy.orm import Session

from jalon import logos, settings
from jalon.core_settings import Letterhead
from jalon.scope import structure_of


@dataclass(frozen=True)
class Head:
    """As `jalon/letterhead.html` prints it; `logo` is a data address, empty without logo."""

    name: str
    lines: str
    logo: str = ""


def of(session: Session) -> Head:
    """The letterhead of the session's structure as it is today."""
    logo = logos.of(session)
    drawn = f"data:image/png;base64,{b64encode(logo.png).decode()}" if logo is not None else ""
    name, lines = structure_of(session).name, settings.current(session, Letterhead).letterhead
    return Head(name, _without(name, lines), drawn)


def _without(name: str, lines: str) -> str:
    """Many type the name as the first line; it is not printed twice."""
    first, _break, others = lines.strip().partition("\n")
    return others if first.strip() == name else lines.strip()
