"""Rules of the conventions between a structure and its partners, both days included."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import Session

from jalon.clock import today
from jalon.db import explains
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models import Organisation, PartnerConvention
from jalon.scope import scope_of

SOON = timedelta(days=60)


class ReferenceNeeded(DomainError):
    """A convention nobody could find again."""

    field = "reference"
    message = _l("Give its number, or the name people use for it.")


class PartnerNeeded(DomainError):
    """A convention is with somebody."""

    field = "organisation"
    message = _l("Say with which organisation.")


@explains("ck_jalon_partner_convention_period")
class EndsBeforeItBegins(DomainError):
    """The days are in the wrong order."""

    field = "last_day"
    message = _l("The last day is before the first one.")


def sign(
    session: Session,
    *,
    organisation: Organisation | None,
    reference: str,
    first_day: date,
    last_day: date | None = None,
    signed_on: date | None = None,
) -> PartnerConvention:
    """Record a convention. Raises PartnerNeeded, ReferenceNeeded, EndsBeforeItBegins."""
    convention = PartnerConvention()
    _describe(convention, organisation, reference, first_day, last_day, signed_on)
    session.add(convention)
    session.flush()
    return convention


def change(
    session: Session,
    convention: PartnerConvention,
    *,
    organisation: Organisation | None,
    reference: str,
    first_day: date,
    last_day: date | None = None,
    signed_on: date | None = None,
) -> None:
    """Correct a convention. Raises as `sign` does."""
    _describe(convention, organisation, reference, first_day, last_day, signed_on)
    session.flush()


def _describe(
    convention: PartnerConvention,
    organisation: Organisation | None,
    reference: str,
    first_day: date,
    last_day: date | None,
    signed_on: date | None,
) -> None:
    if organisation is None:
        raise PartnerNeeded
    if not reference.strip():
        raise ReferenceNeeded
    if last_day is not None and last_day < first_day:
        raise EndsBeforeItBegins
    convention.organisation, convention.reference = organisation, reference.strip()
    convention.first_day, convention.last_day, convention.signed_on = first_day, last_day, signed_on


def running(session: Session) -> ColumnElement[bool]:
    """In force today."""
    day = _today(session)
    return and_(PartnerConvention.first_day <= day, _not_over(day))


def over(session: Session) -> ColumnElement[bool]:
    """The last day is past."""
    return PartnerConvention.last_day < _today(session)


def ending_soon(session: Session) -> ColumnElement[bool]:
    """In force, and for 60 days at most."""
    return and_(running(session), PartnerConvention.last_day <= _today(session) + SOON)


def _not_over(day: date) -> ColumnElement[bool]:
    return or_(PartnerConvention.last_day.is_(None), PartnerConvention.last_day >= day)


def _today(session: Session) -> date:
    return today(scope_of(session).zone)
