"""Rules of numbers: declared sequences, counted by structure and year, without holes where somebody may ask for them.

Source: docs/decisions/0031. The number of a gap-free sequence is taken last: who comes next waits for the commit.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jalon.clock import now
from jalon.db import GuardedSession
from jalon.declarations import NumberSequence
from jalon.models import Number, Structure
from jalon.scope import scope_of, structure_of

LONGEST = 40  # characters of a number as it is written
_declared: dict[str, NumberSequence] = {}


def declare(owner: str, sequences: Iterable[NumberSequence]) -> None:
    """Make a module's sequences known to `take`. Raises ValueError for one that could give a number twice."""
    prefix = "jalon" if owner == "core" else owner
    for sequence in sequences:
        if not sequence.name.startswith(f"{prefix}.") or len(sequence.name) > 80:
            raise ValueError(f"the sequence {sequence.name} must be called {prefix}.something, in 80 characters")
        others = [_written(sequence, 2026, 2), *([_written(sequence, 2027, 1)] if sequence.yearly else [])]
        if _written(sequence, 2026, 1) in others:
            raise ValueError(f"the pattern of {sequence.name} must show the number, and the year when it is yearly")
        _declared[sequence.name] = sequence


def take(session: Session, name: str, *, at: datetime | None = None, structure_id: int | None = None) -> str:
    """The next number of a sequence, as it is written, in the year that `at` (now) is in for the structure.

    The structure is the session's; a session that works across structures says `structure_id`. Of a gap-free
    sequence the number is the caller's transaction's: it falls with it, and whoever asks next waits for its end.
    Any other is given for good, whatever becomes of the caller. Raises LookupError for a sequence nobody declares.
    """
    sequence = _declared.get(name)
    if sequence is None:
        raise LookupError(f"no module declares the sequence {name}")
    owner = structure_id if structure_id is not None else structure_of(session).id
    year = _year(session, owner, at or now()) if sequence.yearly else 0
    if sequence.gapless or session.get_bind().dialect.name == "sqlite":  # there, writers wait for one another anyway
        return _written(sequence, year, _next(session, sequence, owner, year))
    with GuardedSession(bind=session.get_bind().engine) as apart, scope_of(session).enter(apart):
        number = _next(apart, sequence, owner, year)
        apart.commit()
    return _written(sequence, year, number)


def _next(session: Session, sequence: NumberSequence, owner: int, year: int) -> int:
    row = _locked(session, sequence, owner, year) or _first(session, sequence, owner, year)
    row.last += 1
    session.flush()
    return row.last


def _locked(session: Session, sequence: NumberSequence, owner: int, year: int) -> Number | None:
    mine = (Number.structure_id == owner, Number.name == sequence.name, Number.year == year)
    locked = select(Number).where(*mine).with_for_update().execution_options(populate_existing=True)
    return session.scalar(locked)


def _first(session: Session, sequence: NumberSequence, owner: int, year: int) -> Number:
    """Two who take the first number at the same moment: the second waits, and finds the first one's row."""
    row = Number(structure_id=owner, module=_module_of(sequence), name=sequence.name, year=year, last=0)
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        made = _locked(session, sequence, owner, year)
        if made is None:
            raise
        return made
    return row


def _module_of(sequence: NumberSequence) -> str:
    slug = sequence.name.partition(".")[0]
    return "core" if slug == "jalon" else slug


def _year(session: Session, structure_id: int, at: datetime) -> int:
    zone = session.scalar(select(Structure.zone).where(Structure.id == structure_id))
    return at.astimezone(ZoneInfo(zone) if zone else scope_of(session).zone).year


def _written(sequence: NumberSequence, year: int, number: int) -> str:
    return sequence.pattern.format(year=year if sequence.yearly else "", number=number)
