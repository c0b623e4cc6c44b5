"""Rules of documents: a paper that was seen, of which a copy is kept only when it must be."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import PurePath

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from jalon import sensitive, subjects
from jalon.clock import now, today
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models import Document, DocumentKind
from jalon.scope import scope_of
from jalon.subjects import Found
from jalon.uploads import EXTENSIONS, Clean

SOON = timedelta(days=30)
SEEING_IS_ENOUGH = frozenset({DocumentKind.IDENTITY, DocumentKind.LICENCE})  # source: domain model 2.5
LONGEST_NAME = 120


class SeenTooLate(DomainError):
    """A paper that will be seen."""

    field = "seen_on"
    message = _l("A paper cannot have been seen in the future.")


class CopyNotNeeded(DomainError):
    """A copy of an identity paper or a licence, and nobody said that it must be."""

    field = "copy_needed"
    message = _l("Of this paper, seeing it is enough. Tick this box if a copy is really needed.")


class AlreadyRemoved(DomainError):
    """Removed by a colleague a moment ago, or by a second click."""

    message = _l("This document was removed already.")


def add(
    session: Session,
    subject: Found,
    *,
    kind: DocumentKind,
    name: str = "",
    seen_on: date,
    expires_on: date | None = None,
    copy: Clean | None = None,
    digest: str = "",
    copy_needed: bool = False,
) -> Document:
    """Note that a paper was seen; with `copy`, whose file is kept under `digest`, that a copy was kept.

    Raises SeenTooLate, CopyNotNeeded, and what `sensitive.check` raises.
    """
    check(session, kind=kind, name=name, seen_on=seen_on, copied=copy is not None, copy_needed=copy_needed)
    document = Document(
        subject_table=subject.table,
        subject_id=subject.id,
        beneficiary_id=subject.beneficiary_id,
        kind=kind,
        name=name.strip() or str(DocumentKind.labels()[kind]),
        seen_on=seen_on,
        seen_by=scope_of(session).actor.name,
        expires_on=expires_on,
    )
    if copy is not None:
        document.mime, document.size, document.digest = copy.mime, len(copy.data), digest
    session.add(document)
    session.flush()
    return document


def check(session: Session, *, kind: DocumentKind, name: str, seen_on: date, copied: bool, copy_needed: bool) -> None:
    """What can be refused before a file is written. Raises as `add` does."""
    if seen_on > today(scope_of(session).zone):
        raise SeenTooLate
    if copied and kind in SEEING_IS_ENOUGH and not copy_needed:
        raise CopyNotNeeded
    sensitive.check(name, field="name")


def name_from(filename: str) -> str:
    """A document's name from its file's, which people gave it: without folder nor ending. Checked as a text is."""
    last = PurePath(filename.replace("\\", "/").replace("\0", "")).name
    sensitive.check(last, field="file")
    return PurePath(last).stem.strip()[:LONGEST_NAME]


def file_name(document: Document) -> str:
    """The name under which a copy is handed out."""
    bare = "".join(c if c.isalnum() or c in " -_.’'" else " " for c in document.name)
    return f"{' '.join(bare.split()) or document.id}.{EXTENSIONS.get(document.mime or '', 'bin')}"


def remove(session: Session, document: Document) -> str | None:
    """Take a document away; its row stays and says that it was there. Returns the digest of the copy it had.

    The caller removes that file, once committed and when no other row needs it. Raises AlreadyRemoved.
    """
    if document.removed_at is not None:
        raise AlreadyRemoved
    document.removed_at, digest = now(), document.digest
    session.flush()
    return digest


def needed(session: Session, digests: Iterable[str] | None = None) -> frozenset[str]:
    """Those of these digests, all there are when none are given, that rows need; `session` works across structures."""
    kept = select(Document.digest).where(Document.digest.is_not(None), Document.removed_at.is_(None))
    if digests is not None:
        kept = kept.where(Document.digest.in_(list(digests)))
    return frozenset(digest for digest in session.scalars(kept) if digest)


def find(session: Session, id: int) -> Document | None:
    """The document, when its subject is seen and it was not removed."""
    return session.scalar(
        select(Document).where(Document.id == id, there(session), subjects.visible(session, Document))
    )


def of(session: Session, subject: Found, *, limit: int = 50) -> list[Document]:
    """The documents of a record, newest first."""
    mine = select(Document).where(Document.subject_table == subject.table, Document.subject_id == subject.id)
    return list(session.scalars(mine.where(there(session)).order_by(Document.id.desc()).limit(limit)))


def listed(session: Session, *conditions: ColumnElement[bool], limit: int) -> list[Document]:
    """Documents whose subjects are seen, the first to expire first."""
    seen = select(Document).where(there(session), subjects.visible(session, Document), *conditions)
    in_order = seen.order_by(Document.expires_on.is_(None), Document.expires_on, Document.id)
    return list(session.scalars(in_order.limit(limit)))


def there(session: Session) -> ColumnElement[bool]:
    """Not removed."""
    return Document.removed_at.is_(None)


def expiring_soon(session: Session) -> ColumnElement[bool]:
    """Good today, and for 30 days at most."""
    day = today(scope_of(session).zone)
    return and_(Document.expires_on >= day, Document.expires_on <= day + SOON)


def expired(session: Session) -> ColumnElement[bool]:
    """No longer good today."""
    return Document.expires_on < today(scope_of(session).zone)
