"""What is attached to a record, as the panels below its page show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from jalon import access, documents, notes, subjects, tasks
from jalon.clock import today
from jalon.models import Document, DocumentKind, Member, Note, Task
from jalon.scope import scope_of
from jalon.subjects import Found
from jalon.uploads import LARGEST_BYTES

READ = {"notes": "jalon.notes.read", "tasks": "jalon.tasks.read", "documents": "jalon.documents.read"}


@dataclass(frozen=True)
class Attached:
    """Notes, tasks and documents of one record; None of each that the reader may not see."""

    subject: Found
    notes: list[Note] | None
    tasks: list[Task] | None
    documents: list[Document] | None
    members: Sequence[Member]
    today: date
    kinds: Sequence[tuple[DocumentKind, str]]
    largest_file: int = LARGEST_BYTES

    def name_of(self, member_id: int | None) -> str:
        """A member's name; one who has left is nobody to ask."""
        return next((m.name for m in self.members if m.id == member_id), "")

    def kind_of(self, document: Document) -> str:
        return str(DocumentKind.labels()[document.kind])


def shown(session: Session, table: str, id: int, *, most_notes: int = 50) -> Attached | None:
    """What is attached to a record, of its notes the latest; None when it carries nothing, or not for whoever asks."""
    may = scope_of(session).may
    if not subjects.is_one(session, table) or not any(may(right) for right in READ.values()):
        return None
    subject = subjects.describe(session, [(table, id)]).get((table, id))
    if subject is None:
        return None
    written = notes.of(session, subject, limit=most_notes) if may(READ["notes"]) else None
    if may(notes.INTERNAL) and any(note.internal for note in written or ()):
        access.note(notes.INTERNAL, table, id)
    return Attached(
        subject=subject,
        notes=written,
        tasks=tasks.of(session, subject) if may(READ["tasks"]) else None,
        documents=documents.of(session, subject) if may(READ["documents"]) else None,
        members=tasks.members(session) if may(READ["tasks"]) else (),
        today=today(scope_of(session).zone),
        kinds=[(kind, str(label)) for kind, label in DocumentKind.labels().items()],
    )
