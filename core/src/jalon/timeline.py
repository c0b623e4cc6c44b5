"""What is told of a person's path: short facts, written when they happen, published to whom the person agrees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from jalon import sensitive, subjects
from jalon.clock import now
from jalon.errors import DomainError
from jalon.i18n import Text, _l
from jalon.models import Structure, TimelineEntry
from jalon.scope import scope_of, structure_of
from jalon.subjects import Found

LONGEST = 200
SHOWN, MOST = 20, 300
OWN, OTHERS = "own", "others"
REFERRAL = "jalon_referral"
CORE = {
    "opened": _l("File opened"),
    "closed": _l("File closed"),
    "situation": _l("Situation validated"),
    "referral_sent": _l("Referral sent"),
    "referral_accepted": _l("Referral accepted"),
    "referral_refused": _l("Referral refused"),
    "referral_withdrawn": _l("Referral withdrawn"),
}
_declared: dict[str, Mapping[str, Text]] = {}


class FactTooLong(DomainError):
    """A path is read at a glance."""

    field = "text"
    message = _l("Say it in 200 characters at most.")


@dataclass(frozen=True)
class Line:
    """A fact as the page shows it; `found` is the record it is about, for those of this structure who may open it."""

    entry: TimelineEntry
    kind: str
    structure: str
    own: bool
    found: Found | None


def declare(module: str, kinds: Mapping[str, Text]) -> None:
    """Say which facts a module tells, and what each is called."""
    _declared[module] = dict(kinds)


declare("core", CORE)


def tell(
    session: Session,
    beneficiary_id: int,
    kind: str,
    text: str,
    *,
    at: datetime | None = None,
    subject: Any = None,
    shared: bool = False,
) -> TimelineEntry:
    """Write a fact of a person's path in the name of the session's structure, in the caller's transaction.

    `kind` is the module's slug and one of the kinds its Plugin declares in `timeline`: `rental.booked`. `text` is at
    most 200 characters, names nobody, and says nothing that the person would not say at a desk. `subject` is the
    row it is about, with a number of its own: whoever may open it here finds its page. `shared` lets other
    structures that follow the person read it, as long as the person agrees.

    Raises LookupError for a kind that nobody declared, FactTooLong, and what `sensitive.check` raises.
    """
    return write(
        session,
        beneficiary_id,
        kind,
        text,
        structure_id=structure_of(session).id,
        at=at,
        subject=subject,
        shared=shared,
    )


def write(
    session: Session,
    beneficiary_id: int,
    kind: str,
    text: str,
    *,
    structure_id: int,
    at: datetime | None = None,
    subject: Any = None,
    shared: bool = False,
) -> TimelineEntry:
    """As `tell`, for the core's own work across structures."""
    module, _dot, name = kind.partition(".")
    if name not in _declared.get(module, {}):
        raise LookupError(f"no module declares the kind {kind} of a fact: Plugin(timeline={{...}})")
    said = " ".join(text.split())
    if len(said) > LONGEST:
        raise FactTooLong
    sensitive.check(said, field="text")
    entry = TimelineEntry(
        beneficiary_id=beneficiary_id,
        structure_id=structure_id,
        module=module,
        kind=name,
        at=at or now(),
        text=said,
        subject_table=subject.__tablename__ if subject is not None else None,
        subject_id=subject.id if subject is not None else None,
        shared=shared,
    )
    session.add(entry)
    session.flush()
    return entry


def of(session: Session, beneficiary_id: int, *, whose: str = "", limit: int = SHOWN) -> list[Line]:
    """What is told of a person, the latest first: by this structure, by `others`, or by all that may be read now."""
    here = structure_of(session).id
    query = (
        select(TimelineEntry, Structure.name)
        .join(Structure, Structure.id == TimelineEntry.structure_id)
        .where(TimelineEntry.beneficiary_id == beneficiary_id, *_by(whose, here))
        .order_by(TimelineEntry.at.desc(), TimelineEntry.id.desc())
        .limit(limit)
    )
    rows = session.execute(query).all()
    found = _records(session, [entry for entry, _name in rows if entry.structure_id == here])
    return [
        Line(
            entry=entry,
            kind=_called(entry),
            structure=name,
            own=entry.structure_id == here,
            found=found.get((entry.subject_table, entry.subject_id)) if entry.structure_id == here else None,
        )
        for entry, name in rows
    ]


def _by(whose: str, here: int) -> Sequence[ColumnElement[bool]]:
    if whose == OWN:
        return [TimelineEntry.structure_id == here]
    return [TimelineEntry.structure_id != here] if whose == OTHERS else []


def _called(entry: TimelineEntry) -> str:
    """What its kind is called; of a module whose code is gone, nothing: the text says what happened."""
    return str(_declared.get(entry.module, {}).get(entry.kind, ""))


def _records(session: Session, entries: Sequence[TimelineEntry]) -> dict[tuple[Any, Any], Found]:
    about = [(e.subject_table, e.subject_id) for e in entries if e.subject_table and e.subject_id is not None]
    found = subjects.describe(session, about) if about else {}
    if not scope_of(session).may("jalon.referrals.read"):
        return dict(found)
    referred = {id for table, id in about if table == REFERRAL}
    return {**found, **{(REFERRAL, id): _referral(id) for id in referred}}


def _referral(id: int) -> Found:
    """Both ends open its page; nothing is attached to it, so it is no subject of notes."""
    return Found(REFERRAL, id, "", "", "jalon_referrals.show", {"referral_id": id})
