"""Rules of prescripteurs: who they are, and where each of them worked when."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, not_, or_
from sqlalchemy.orm import Session

from jalon import emails, phones
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models import Organisation, Referrer, ReferrerPost
from jalon.named import Named
from jalon.names import fold

SILENT = timedelta(days=180)  # source: domain model 2.4
NORMAL = {"phone": phones.normal_phone, "email": emails.normal_email}


class ReferrerState(Named):
    """Derived, never stored."""

    ACTIVE = "active", _l("Active")
    DORMANT = "dormant", _l("Dormant")
    GONE = "gone", _l("Gone")


class LastNameNeeded(DomainError):
    """Letters are missing."""

    field = "last_name"
    message = _l("Give the last name.")


class OrganisationNeeded(DomainError):
    """Somebody refers for an organisation."""

    field = "organisation"
    message = _l("Say for which organisation.")


class AlreadyThere(DomainError):
    """A move to where somebody works."""

    field = "organisation"
    message = _l("This is where the person works already.")


class MoveTooEarly(DomainError):
    """A post would end before it began."""

    field = "since"
    message = _l("The new post begins after the former one did.")


class LeftTooEarly(DomainError):
    """Somebody would leave before the present post began."""

    field = "left_on"
    message = _l("The last day is not before the first one of the present post.")


class HasLeft(DomainError):
    """Somebody who left takes no post before coming back."""

    message = _l("This person has left. If they are back, say where and since when.")


def add(
    session: Session,
    *,
    last_name: str,
    organisation: Organisation | None,
    since: date,
    job_title: str | None = None,
    **values: Any,
) -> Referrer:
    """Write a prescripteur into the directory, with the post that is known first.

    values: any other column of Referrer. Raises LastNameNeeded, OrganisationNeeded, and what phones and
    emails raise.
    """
    if organisation is None:
        raise OrganisationNeeded
    referrer = Referrer(authorised=True)
    _describe(referrer, {"last_name": last_name, **values})
    referrer.posts = [ReferrerPost(organisation_id=organisation.id, job_title=_words(job_title), first_day=since)]
    session.add(referrer)
    session.flush()
    return referrer


def change(session: Session, referrer: Referrer, **values: Any) -> None:
    """Correct who somebody is; posts are changed by `move` and `leave`. Raises as `add` does."""
    _describe(referrer, values)
    session.flush()


def _describe(referrer: Referrer, values: dict[str, Any]) -> None:
    for column, normal in NORMAL.items():
        if column in values:
            values[column] = normal(values[column]) if (values[column] or "").strip() else None
    for column in {"last_name", "first_name"} & set(values):
        values[column] = _words(values[column])
    if "last_name" in values and not values["last_name"]:
        raise LastNameNeeded
    for column, value in values.items():
        setattr(referrer, column, value)
    referrer.folded = fold(f"{referrer.last_name} {referrer.first_name or ''}")[:250]


def _words(typed: str | None) -> str | None:
    return (typed or "").strip() or None


def post(referrer: Referrer, on: date) -> ReferrerPost | None:
    """The post somebody holds on a day, the newest when there are several."""
    held = (p for p in referrer.posts if p.first_day <= on and (p.last_day is None or p.last_day >= on))
    return max(held, key=lambda p: (p.first_day, p.id), default=None)


def move(
    session: Session, referrer: Referrer, *, organisation: Organisation | None, since: date, job_title: str | None
) -> ReferrerPost:
    """Close the present post the day before and open another, in one step; earlier referrals keep theirs.

    Raises OrganisationNeeded, AlreadyThere, MoveTooEarly.
    """
    if organisation is None:
        raise OrganisationNeeded
    title = _words(job_title)
    for held in (p for p in referrer.posts if p.last_day is None or p.last_day >= since):
        if held.first_day >= since:
            raise MoveTooEarly
        if held.last_day is None and (held.organisation_id, held.job_title) == (organisation.id, title):
            raise AlreadyThere
        held.last_day = since - timedelta(days=1)
    taken = ReferrerPost(organisation_id=organisation.id, job_title=title, first_day=since)
    referrer.posts.insert(0, taken)
    referrer.left_on = None
    session.flush()
    return taken


def leave(session: Session, referrer: Referrer, *, on: date) -> None:
    """Close what is open: `on` is the last day. Raises HasLeft, LeftTooEarly."""
    if referrer.left_on is not None:
        raise HasLeft
    open_posts = [p for p in referrer.posts if p.last_day is None or p.last_day > on]
    if any(p.first_day > on for p in open_posts):
        raise LeftTooEarly
    for held in open_posts:
        held.last_day = on
    referrer.left_on = on
    session.flush()


def state(referrer: Referrer, on: date) -> ReferrerState:
    """Where somebody stands on a day: gone after the last one, dormant without a sign of life for 180 days.

    A sign of life is the beginning of a post or the signature of the charter.
    """
    if referrer.left_on is not None and referrer.left_on < on:
        return ReferrerState.GONE
    signs = [p.first_day for p in referrer.posts] + [d for d in [referrer.charter_signed_on] if d]
    recent = any(on - SILENT <= sign for sign in signs)
    return ReferrerState.ACTIVE if recent else ReferrerState.DORMANT


def in_state(wanted: ReferrerState, on: date) -> ColumnElement[bool]:
    """The condition of `state`, for lists."""
    gone = and_(Referrer.left_on.is_not(None), Referrer.left_on < on)
    signed = and_(Referrer.charter_signed_on.is_not(None), Referrer.charter_signed_on >= on - SILENT)
    recent = or_(signed, Referrer.posts.any(ReferrerPost.first_day >= on - SILENT))
    return {
        ReferrerState.GONE: gone,
        ReferrerState.ACTIVE: and_(not_(gone), recent),
        ReferrerState.DORMANT: and_(not_(gone), not_(recent)),
    }[wanted]
