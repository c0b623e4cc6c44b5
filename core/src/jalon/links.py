"""Codes on labels and tokens in messages: given once, kept as a digest, revoked at will."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from jalon.clock import now
from jalon.models import Link

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing to mistake when typed from a label
_LABEL_LENGTH = 12  # 59 bits


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
