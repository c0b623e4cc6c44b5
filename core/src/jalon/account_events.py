"""What happened to an account, for its owner to read."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from jalon.clock import real_now
from jalon.i18n import _l
from jalon.models import AccountEvent, User

KINDS = {
    "signed_in": _l("Signed in"),
    "refused": _l("Sign-in refused: wrong password or code"),
    "password_changed": _l("Password changed"),
    "second_factor_on": _l("Second step switched on"),
    "second_factor_off": _l("Second step switched off"),
    "recovery_code_used": _l("Recovery code used"),
    "signed_out_everywhere": _l("Signed out everywhere"),
    "link_sent": _l("Link to choose a password made"),
}


def record(session: Session, user_id: int, kind: str, *, device: str = "", by_name: str = "") -> AccountEvent:
    """Note something; `by_name` says who did it when it was not the owner."""
    event = AccountEvent(user_id=user_id, kind=kind, at=real_now(), device=device[:120], by_name=by_name[:120])
    session.add(event)
    session.flush()
    return event


def foresee_refusal(session: Session, address: str, *, device: str) -> int | None:
    """Note a refusal before the password is looked at, None for an address that nobody has.

    Written afterwards it would take longer for an address that exists, and so say that it does.
    """
    user_id = session.scalar(select(User.id).where(User.email == address, User.closed_at.is_(None)))
    return record(session, user_id, "refused", device=device).id if user_id is not None else None


def take_back(session: Session, event_id: int | None) -> None:
    """The refusal that was foreseen did not happen."""
    session.execute(delete(AccountEvent).where(AccountEvent.id == event_id))


def latest(session: Session, user_id: int, *, count: int = 20) -> list[AccountEvent]:
    """The last events of an account, newest first."""
    query = select(AccountEvent).where(AccountEvent.user_id == user_id)
    return list(session.scalars(query.order_by(AccountEvent.at.desc(), AccountEvent.id.desc()).limit(count)))


def label(kind: str) -> str:
    return str(KINDS.get(kind, kind))
