"""A test, the second look, sending to everybody, stopping and trying again."""

from __future__ import annotations

from flask import flash, request
from flask.typing import ResponseReturnValue

from jalon.access import requires
from jalon.db.current import session
from jalon.texts import id_of
from jalon_newsletter import issues, sendings
from jalon_newsletter.i18n import _, ngettext
from jalon_newsletter.views.blueprint import ISSUE, act, blueprint, hooks, issue_or_404


@blueprint.post(f"{ISSUE}/test")
@requires("newsletter.write")
def test(issue_id: int) -> ResponseReturnValue:
    """To oneself."""
    issue = issue_or_404(issue_id)
    return act(issue_id, lambda: sendings.test(session(), issue), _("A test leaves to your own address."))


@blueprint.post(f"{ISSUE}/approve")
@requires("newsletter.write")
def approve(issue_id: int) -> ResponseReturnValue:
    """Somebody has read it and finds it good."""
    issue = issue_or_404(issue_id)
    done = _("You approved this issue. Somebody else can send it; any change takes the approval away.")
    return act(issue_id, lambda: issues.approve(session(), issue, seen=request.form.get("seen", "")), done)


@blueprint.post(f"{ISSUE}/send")
@requires("newsletter.send")
def send(issue_id: int) -> ResponseReturnValue:
    """To everybody, once the number was agreed to."""
    issue, confirmed = issue_or_404(issue_id), id_of(request.form.get("count", "")) or 0
    done = _("The issue leaves now.")
    seen = request.form.get("seen")
    return act(issue_id, lambda: sendings.send(session(), hooks(), issue, confirmed=confirmed, seen=seen), done)


@blueprint.post(f"{ISSUE}/stop")
@requires("newsletter.send")
def stop(issue_id: int) -> ResponseReturnValue:
    """What has not left never leaves."""
    issue = issue_or_404(issue_id)
    return act(issue_id, lambda: sendings.stop(session(), issue), _("Stopped: what had not left will not leave."))


@blueprint.post(f"{ISSUE}/retry")
@requires("newsletter.send")
def retry(issue_id: int) -> ResponseReturnValue:
    """Try again what did not leave."""
    issue = issue_or_404(issue_id)

    def again() -> None:
        tried = sendings.retry(session(), issue)
        flash(ngettext("%(n)s mail is tried again.", "%(n)s mails are tried again.", tried), "success")

    return act(issue_id, again, "")
