"""Codes on labels and tokens in messages: given once, kept as a digest, revoked at will."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterator
from datetime import datetime

from flask import current_app
from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jalon.clock import now
from jalon.models import Link
from jalon.scope import structure_of

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing to mistake when typed from a label
_LABEL_LENGTH = 12  # 59 bits
_STEADY_LENGTH = 22  # 108 bits: nobody types it, and it opens without being asked who one is


def issue(
    session: Session,
    *,
    module: str,
    purpose: str,
    subject_table: str,
    subject_id: int,
    expires_at: datetime | None = None,
) -> str:
    """A new code for a subject; shown to the caller only here. Earlier codes of the same purpose are revoked."""
    revoke(session, purpose=purpose, subject_table=subject_table, subject_id=subject_id)
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_LABEL_LENGTH))
    session.add(
        Link(
            digest=_digest(code),
            module=module,
            purpose=purpose,
            subject_table=subject_table,
            subject_id=subject_id,
            expires_at=expires_at,
        )
    )
    session.flush()
    return code


def steady(session: Session, *, module: str, purpose: str, subject_table: str, subject_id: int) -> str:
    """The code of a subject that is the same each time it is asked for, so that every message can carry it.

    It is derived and stands nowhere; the row by which it opens is made when it is missing, in the caller's transaction.
    Earlier codes stay good. After `revoke` it is another one, and also after the site's secret changed: what was sent
    before then opens as before.
    """
    about = {"module": module, "purpose": purpose, "subject_table": subject_table, "subject_id": subject_id}
    for code, link in _steady(session, about):
        if link is None and not _add(session, Link(digest=_digest(code), **about)):
            link = _row(session, code)  # somebody who asked at the same moment was faster
        if link is None or link.revoked_at is None:
            return code
    raise AssertionError("there is always a next code")


def steady_code(session: Session, *, module: str, purpose: str, subject_table: str, subject_id: int) -> str | None:
    """The same code for a session that only reads; None when it opens nothing: `steady` was not asked for it yet."""
    about = {"module": module, "purpose": purpose, "subject_table": subject_table, "subject_id": subject_id}
    code, link = next((code, link) for code, link in _steady(session, about) if link is None or link.revoked_at is None)
    return code if link is not None else None


def _steady(session: Session, about: dict[str, object]) -> Iterator[tuple[str, Link | None]]:
    """One code after the other, each with its row; the next one is of use once those before it are revoked."""
    subject = [structure_of(session).id, *about.values()]
    number = 0
    while True:
        code = _derived(f"{subject} {number}")
        yield code, _row(session, code)
        number += 1


def _derived(text: str) -> str:
    """A code that only this site can make. Source of the derivation: RFC 2104, twice: a key for this use alone."""
    secret = current_app.secret_key
    if not secret:
        raise RuntimeError("links are derived from the application's SECRET_KEY, and there is none")
    key = hmac.digest(secret.encode() if isinstance(secret, str) else secret, b"jalon links", "sha256")
    left, code = int.from_bytes(hmac.digest(key, text.encode(), "sha256")), ""
    for _ in range(_STEADY_LENGTH):
        left, rest = divmod(left, len(_ALPHABET))
        code += _ALPHABET[rest]
    return code


def _row(session: Session, code: str) -> Link | None:
    return session.scalar(select(Link).where(Link.digest == _digest(code)))


def _add(session: Session, link: Link) -> bool:
    try:
        with session.begin_nested():
            session.add(link)
            session.flush()
    except IntegrityError:
        return False
    return True


def revoke(session: Session, *, purpose: str, subject_table: str, subject_id: int) -> None:
    """Make every code given so far for that purpose and subject open nothing."""
    session.execute(
        update(Link)
        .where(
            Link.purpose == purpose,
            Link.subject_table == subject_table,
            Link.subject_id == subject_id,
            Link.revoked_at.is_(None),
        )
        .values(revoked_at=now())
    )


def find(session: Session, code: str) -> Link | None:
    """The live link of a code, in whatever structure; None when unknown, expired or revoked."""
    return session.scalar(
        select(Link).where(
            Link.digest == _digest(code),
            Link.revoked_at.is_(None),
            or_(Link.expires_at.is_(None), Link.expires_at > now()),
        )
    )


def _digest(code: str) -> str:
    return hashlib.sha256(code.strip().upper().encode()).hexdigest()
