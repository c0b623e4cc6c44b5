"""Rules of notes: two boxes, what may be shared and what stays inside; both are read by the person who asks."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from jalon import sensitive, subjects
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models import Note
from jalon.scope import scope_of
from jalon.subjects import Found

INTERNAL = "jalon.notes.internal"
LONGEST = 20_000


class NothingSaid(DomainError):
    """Both boxes are empty."""

    field = "shareable"
    message = _l("Write something.")


class NoteTooLong(DomainError):
    """More than anybody would read."""

    message = _l("This note is too long: 20,000 characters at most.")


class InternalNotAllowed(DomainError):
    """The internal box, from somebody who may not open it."""

    field = "internal"
    message = _l("You do not have the right to write internal notes: nothing was saved.")


def write(session: Session, subject: Found, *, shareable: str, internal: str = "") -> Note:
    """Keep words about a record that the session sees.

    Raises NothingSaid, NoteTooLong, InternalNotAllowed, and what `sensitive.check` raises.
    """
    note = Note(
        subject_table=subject.table,
        subject_id=subject.id,
        beneficiary_id=subject.beneficiary_id,
        user_id=scope_of(session).actor.user_id,
        author_name=scope_of(session).actor.name,
        internal="",
    )
    _say(session, note, shareable, internal)
    session.add(note)
    session.flush()
    return note


def change(session: Session, note: Note, *, shareable: str, internal: str | None = None) -> None:
    """Write it anew; `internal` None leaves that box as it is, for who may not open it. Raises as `write` does."""
    _say(session, note, shareable, internal)
    session.flush()


def _say(session: Session, note: Note, shareable: str, internal: str | None) -> None:
    if internal and not scope_of(session).may(INTERNAL):
        raise InternalNotAllowed
    shareable = _checked(shareable, "shareable")
    inside = note.internal if internal is None else _checked(internal, "internal")
    if not shareable and not inside:
        raise NothingSaid
    note.shareable, note.internal = shareable, inside


def _checked(typed: str, field: str) -> str:
    words = typed.strip()
    if len(words) > LONGEST:
        refusal = NoteTooLong()
        refusal.field = field  # type: ignore[misc]
        raise refusal
    sensitive.check(words, field=field)
    return words


def find(session: Session, id: int) -> Note | None:
    """The note, when its subject is seen; of an internal one only, when that box may be opened."""
    return session.scalar(select(Note).where(Note.id == id, *_conditions(session)))


def of(session: Session, subject: Found, *, limit: int = 50) -> list[Note]:
    """What was written about a record, newest first."""
    mine = (Note.subject_table == subject.table, Note.subject_id == subject.id)
    found = select(Note).where(*mine, *_box(session)).order_by(Note.at.desc(), Note.id.desc()).limit(limit)
    return list(session.scalars(found))


def _conditions(session: Session) -> tuple[ColumnElement[bool], ...]:
    return (subjects.visible(session, Note), *_box(session))


def _box(session: Session) -> tuple[ColumnElement[bool], ...]:
    """Of a note with the internal box only, who may not open it does not even learn that it is there."""
    return () if scope_of(session).may(INTERNAL) else (Note.shareable != "",)
