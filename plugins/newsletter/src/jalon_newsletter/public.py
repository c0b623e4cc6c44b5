"""What everybody may open: subscribing, what was sent, and the links that stand in our mails."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from jalon.db.current import session as session_now
from jalon.errors import DomainError
from jalon.forms import refuse
from jalon.models import Link
from jalon.scope import scope_of
from jalon_newsletter import contents, issues, mails, styles, subscribers
from jalon_newsletter.forms import JoinForm
from jalon_newsletter.models import IssueState, State, Subscriber
from jalon_newsletter.settings import consent_words


def join(session: Session) -> ResponseReturnValue:
    """Ask for the letter; whoever is known, the answer is the same."""
    sent = request.form if request.method == "POST" else None
    form = JoinForm(sent)
    if sent is not None and form.validate():
        try:
            subscribers.ask(
                session,
                email=form.email.data or "",
                name=form.name.data or "",
                agrees=bool(form.agrees.data),
                remote=request.remote_addr,
            )
            return render_template("jalon_newsletter/asked.html", days=subscribers.CONFIRM_WITHIN.days)
        except DomainError as refusal:
            refuse(form, refusal)
    page = render_template("jalon_newsletter/join.html", form=form, consent=consent_words(session), sent=_some(session))
    return page, (422 if sent is not None else 200)


def _some(session: Session) -> int:
    return issues.count(session, issues.published(session))


def archive(session: Session) -> str:
    """Everything that was sent."""
    found = issues.listed(session, issues.published(session), limit=200)
    return render_template("jalon_newsletter/archive.html", issues=found)


def issue(session: Session, issue_id: int) -> str | None:
    """One issue, as it was sent."""
    found = issues.find(session, issue_id)
    if found is None or found.state is not IssueState.SENT:
        return None
    parts = contents.parts(session, found)
    return render_template(
        "jalon_newsletter/issue.html", issue=found, parts=parts, style=styles.by_class, rich=contents.rich
    )


# --- links in mails ---


def confirming(session: Session, link: Link) -> str | None:
    """Opening confirms nothing: programs that look for harm open every link of a mail."""
    subscriber = subscribers.of_link(session, link)
    return _page("confirm", subscriber) if subscriber and subscriber.email else None


def confirm(session: Session, link: Link) -> ResponseReturnValue | None:
    """The button was pressed."""
    subscriber = subscribers.of_link(session, link)
    if subscriber is None or not subscriber.email:
        return None
    subscribers.confirm(session, subscriber, remote=request.remote_addr)
    return _page("confirmed", subscriber)


def leaving(session: Session, link: Link) -> str | None:
    """What a subscriber may decide; opening decides nothing."""
    subscriber = subscribers.of_link(session, link)
    return _page("leave", subscriber, consent=consent_words(session)) if subscriber and subscriber.email else None


def leave(session: Session, link: Link) -> ResponseReturnValue | None:
    """What was decided; a mail program that posts `List-Unsubscribe=One-Click` leaves. Source: RFC 8058, 3.2."""
    subscriber = subscribers.of_link(session, link)
    if subscriber is None or not subscriber.email:
        return None
    decided, remote = request.form.get("do", "leave"), request.remote_addr
    if decided == "back":
        subscribers.come_back(session, subscriber, remote=remote)
    elif decided == "stay":
        subscribers.stay(session, subscriber, remote=remote)
    elif decided == "erase":
        subscribers.erase(session, subscriber, by_themselves=True)
    elif decided == "leave":
        subscribers.leave(session, subscriber, reason=request.form.get("reason", ""), remote=remote)
    else:
        return _page("leave", subscriber, consent=consent_words(session)), 422
    return _page("decided", subscriber, decided=decided, consent=consent_words(session))


def _page(name: str, subscriber: Subscriber, **values: object) -> str:
    return render_template(
        f"jalon_newsletter/{name}.html",
        subscriber=subscriber,
        address=subscribers.said_of(subscriber),
        is_in=subscriber.state is State.SUBSCRIBED,
        is_on=mails.SLUG in scope_of(session_now()).enabled,
        **values,
    )
