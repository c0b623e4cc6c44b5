"""What may not be tried without end: each attempt is counted before it is made, by all workers together."""

from __future__ import annotations

import hashlib
import ipaddress
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from jalon.clock import real_now
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models import Attempt

QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)
LIMITS = {
    "password": (8, QUARTER),
    "password-ip": (60, QUARTER),
    "code": (6, QUARTER),
    "reset": (3, HOUR),
    "reset-ip": (20, HOUR),
    "link-ip": (30, QUARTER),
    "page-ip": (30, QUARTER),  # of a public form: a table with a tablet, at a fair, is one network
}
LONGEST = timedelta(days=1)  # no window is longer


class TooManyAttempts(DomainError):
    """The limit is reached; nothing was checked."""

    message = _l("Too many attempts. Try again in %(minutes)s min.")


def reserve(session: Session, kind: str, who: object) -> int:
    """Count an attempt of a kind that `LIMITS` knows; see `allow`."""
    limit, window = LIMITS[kind]
    return allow(session, kind, who, limit, window)


def allow(session: Session, kind: str, who: object, limit: int, window: timedelta) -> int:
    """Count one more attempt of that kind by `who` (an address, an IP, a user's id) and return its id.

    Raises TooManyAttempts when `limit` were made within `window`. The session is a short one of its own over all
    structures, committed *before* the check that this attempt is about: whoever asks at the same time waits for
    it. One transaction takes keys in one order: the account's, then the IP's.
    """
    key, present = key_of(kind, who), real_now()
    if session.get_bind().dialect.name == "postgresql":  # SQLite has one writer at a time
        session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(bytes.fromhex(key[:16]), signed=True))))
    recent = list(
        session.scalars(
            select(Attempt.at)
            .where(Attempt.key == key, Attempt.at > present - window)
            .order_by(Attempt.at.desc())
            .limit(limit)
        )
    )
    if len(recent) >= limit:
        left = recent[-1] + window - present
        raise TooManyAttempts(minutes=int(left.total_seconds() // 60) + 1)
    attempt = Attempt(key=key, at=present)
    session.add(attempt)
    session.flush()
    return attempt.id


def clear(session: Session, kind: str, who: object) -> None:
    """Forget the attempts of somebody who succeeded; also all those that no window reaches any more."""
    session.execute(delete(Attempt).where(Attempt.key == key_of(kind, who)))
    forget(session)


def forget(session: Session) -> int:
    """Remove attempts that no window reaches any more. Returns how many."""
    gone = session.execute(delete(Attempt).where(Attempt.at < real_now() - LONGEST))
    return int(gone.rowcount)  # type: ignore[attr-defined]  # of a DELETE there is one


def forget_before(session: Session, kind: str, who: object, instant: datetime) -> None:
    """Remove the attempts of somebody that were made before."""
    session.execute(delete(Attempt).where(Attempt.key == key_of(kind, who), Attempt.at < instant))


def forgive(session: Session, attempt_id: int) -> None:
    """Forget one attempt that turned out to be none."""
    session.execute(delete(Attempt).where(Attempt.id == attempt_id))


def key_of(kind: str, who: object) -> str:
    """The digest under which attempts are counted: the table tells nobody's address."""
    return hashlib.sha256(f"{kind}:{who}".encode()).hexdigest()


def network(ip: str | None) -> str:
    """The IP, of IPv6 the /64 that one household has to itself."""
    try:
        known = ipaddress.ip_address(ip or "")
    except ValueError:
        return ip or ""
    if known.version == 6 and known.ipv4_mapped:  # a socket for both speaks so; the /64 of all of them is one
        known = known.ipv4_mapped
    if known.version == 4:
        return str(known)
    return str(ipaddress.ip_network((known, 64), strict=False).network_address)
