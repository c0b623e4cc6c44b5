"""Reminders to renters. Source: domain model 3.1, alerts: return tomorrow, an SMS at 17:00 the day before."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import days, messages
from jalon.clock import today
from jalon.declarations import MessageTemplate, Progress
from jalon.localtime import to_instant, to_local
from jalon.models import File, MessageChannel
from jalon.scope import scope_of
from jalon_rental.i18n import _l, ngettext
from jalon_rental.models import Booking, State

RETURN_TOMORROW = MessageTemplate(
    "rental.return_tomorrow",
    _l("Return tomorrow (the day before at 5 p.m.)"),
    (MessageChannel.SMS, MessageChannel.MAIL),
    subject=_l("Tomorrow, {jour} at {heure}"),
    body=_l(
        "Hello {prenom},\n\nWe expect you back tomorrow, {jour} at {heure}.\n"
        "If you cannot come, please call us today on {telephone}.\n\n{structure}"
    ),
    short=_l("Hello, we expect you back tomorrow {jour} at {heure}. If you cannot come: {telephone}. {structure}"),
    fields={"jour": _l("day of the return"), "heure": _l("hour of the return")},
)


def remind(session: Session) -> Progress:
    """Write once to each person whose vehicle is out and due back tomorrow; a booking prolonged is another return.

    Whose file is not open to everybody who has the right gets no message by itself.
    """
    found = _due_tomorrow(session)
    for booking in found:
        back = to_local(booking.ends_at, scope_of(session).zone)
        messages.queue(
            session,
            RETURN_TOMORROW.name,
            beneficiary_id=booking.beneficiary_id,
            fields={"jour": days.shown(back.date()), "heure": f"{back:%H:%M}"},
            once=f"{booking.id}:{back:%Y-%m-%d}",
            good_until=booking.ends_at,
        )
    said = ngettext("%(n)s renter is reminded.", "%(n)s renters are reminded.", len(found))
    return Progress(done=len(found), total=len(found), text=said)


def _due_tomorrow(session: Session) -> list[Booking]:
    zone = scope_of(session).zone
    first, last = (to_instant(datetime.combine(today(zone) + timedelta(days=n), time()), zone) for n in (1, 2))
    tomorrow = (Booking.state == State.OUT, Booking.ends_at >= first, Booking.ends_at < last)
    readable = Booking.beneficiary_id.in_(select(File.beneficiary_id))
    return list(session.scalars(select(Booking).where(*tomorrow, readable).order_by(Booking.id)))
