"""What somebody of ours does with a subscriber."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from jalon.access import requires
from jalon.db.current import session
from jalon.errors import DomainError
from jalon_newsletter import subscribers
from jalon_newsletter.i18n import _
from jalon_newsletter.models import Subscriber
from jalon_newsletter.views.blueprint import blueprint

SUBSCRIBER = "/subscribers/<int(max=2147483647):subscriber_id>"


@blueprint.post(f"{SUBSCRIBER}/leave")
@requires("newsletter.write")
def take_out(subscriber_id: int) -> ResponseReturnValue:
    """Somebody asked us, by telephone for instance."""
    return _of_subscriber(
        subscriber_id,
        lambda s: subscribers.leave(session(), s, by_us=True, reason=request.form.get("reason", "")),
        _("Noted: no letter goes there any more."),
    )


@blueprint.post(f"{SUBSCRIBER}/erase")
@requires("newsletter.write")
def erase(subscriber_id: int) -> ResponseReturnValue:
    """For good."""
    return _of_subscriber(subscriber_id, lambda s: subscribers.erase(session(), s), _("The address is erased."))


def _of_subscriber(id: int, rule: Callable[[Subscriber], object], done: str) -> ResponseReturnValue:
    subscriber = session().scalar(select(Subscriber).where(Subscriber.id == id)) or abort(404)
    try:
        rule(subscriber)
        session().commit()
        flash(done, "success")
    except DomainError as refusal:
        session().rollback()
        flash(str(refusal), "error")
    return redirect(url_for("jalon_admin_newsletter_subscriber.index_view"))
