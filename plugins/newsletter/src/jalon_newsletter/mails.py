"""What is written to whom: the mail to confirm, the one that says it is done, and each issue, composed as it leaves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypedDict

from flask import current_app, render_template
from sqlalchemy import update
from sqlalchemy.orm import Session

from jalon import days, links, messages
from jalon.addresses import public_url
from jalon.clock import now
from jalon.declarations import Composed, MessageTemplate
from jalon.messages import Unsendable
from jalon.models import Message, MessageChannel, MessageState, Structure
from jalon.scope import scope_of, structure_of
from jalon_newsletter import contents, issues, live, styles
from jalon_newsletter.i18n import _, _l
from jalon_newsletter.models import Issue, IssueState, State, Subscriber
from jalon_newsletter.settings import signed_by

SLUG, CONFIRM, LEAVE = "newsletter", "confirm", "leave"
READ = "newsletter.read"  # whoever sees a mail of ours sees the link of its reader
SILENCE = timedelta(days=3 * 365)  # domain model 5, “Retention”: newsletter 3 years of inactivity
REMINDED = timedelta(days=120)  # before that, in the foot of each issue


def ask_to_confirm(session: Session, subscriber: Subscriber, *, until: datetime) -> None:
    """The link of double opt-in; earlier ones open nothing any more."""
    about = {"module": SLUG, "purpose": CONFIRM, "subject_table": Subscriber.__tablename__}
    code = links.issue(session, **about, subject_id=subscriber.id, expires_at=until)
    last = days.shown(until.astimezone(scope_of(session).zone).date())
    fields = {"lien": public_url("jalon_door.message", code=code), "jour": last}
    messages.queue(session, CONFIRM_MAIL.name, address=subscriber.email, fields=fields, good_until=until)


def say_already(session: Session, subscriber: Subscriber) -> None:
    """Somebody typed an address that is subscribed: its reader is told, the page told nothing."""
    fields = {"lien": address_to_leave(session, subscriber)}
    messages.queue(session, ALREADY_MAIL.name, address=subscriber.email, fields=fields)


def address_to_leave(session: Session, subscriber: Subscriber) -> str:
    """Where that subscriber leaves; made when it is missing."""
    code = links.steady(session, **_leaving(subscriber))
    return public_url("jalon_door.message", code=code)


class Leaving(TypedDict):
    """What a link to leave is about, as `jalon.links` is told."""

    module: str
    purpose: str
    subject_table: str
    subject_id: int


def _leaving(subscriber: Subscriber) -> Leaving:
    table = Subscriber.__tablename__
    return {"module": SLUG, "purpose": LEAVE, "subject_table": table, "subject_id": subscriber.id}


def forget(session: Session, subscriber: Subscriber) -> None:
    """Take an address out of the outbox; what has not left never does."""
    if subscriber.email is None:
        return
    mine = (Message.address == subscriber.email, Message.template.startswith(f"{SLUG}."))
    still = {"state": MessageState.CANCELLED, "ended_at": now()}
    whole = {"address": "—", "fields": "{}", "subject": "", "body": "", "error": "", "version": Message.version + 1}
    options = {"synchronize_session": False}
    session.execute(
        update(Message).where(*mine, Message.state == MessageState.QUEUED).values(still).execution_options(**options)
    )
    session.execute(update(Message).where(*mine).values(whole).execution_options(**options))
    session.expire_all()


# --- an issue ---


def compose(session: Session, message: Message) -> Composed:
    """One subscriber's copy of an issue, or a test of it for somebody of ours.

    Raises Unsendable for whoever has left since it was queued, and for an issue that was stopped.
    """
    told = json.loads(message.fields)
    issue = issues.find(session, int(told.get("issue") or 0))
    if issue is None or issue.state is IssueState.STOPPED:
        raise Unsendable(why=_("The sending of this issue was stopped."))
    if not told.get("subscriber"):
        return _test(session, issue)
    subscriber = session.get(Subscriber, int(told["subscriber"]))
    if subscriber is None or subscriber.state is not State.SUBSCRIBED or subscriber.email != message.address:
        raise Unsendable(why=_("This reader has left the letter meanwhile."))
    code = links.steady_code(session, **_leaving(subscriber))
    if code is None:
        raise Unsendable(why=_("There is no link to leave with: nothing is sent without one."))
    return written(session, issue, leave=public_url("jalon_door.message", code=code), reader=subscriber)


def _test(session: Session, issue: Issue) -> Composed:
    offered = live.offered(session, current_app.extensions["jalon"].hooks)
    return written(session, issue, subject=_("[Test] %(title)s", title=issue.title), offered=offered)


def written(
    session: Session,
    issue: Issue,
    *,
    subject: str = "",
    leave: str = "",
    reader: Subscriber | None = None,
    offered: live.Offered | None = None,
) -> Composed:
    """The whole mail. Without `leave`, for a test, the foot leads to the public page instead."""
    found, foot = contents.parts(session, issue, offered), foot_of(session, issue, leave=leave, reader=reader)
    html = render_template(
        "jalon_newsletter/mail.html",
        _=_,
        issue=issue,
        parts=found,
        style=styles.on_element,
        rich=contents.rich,
        by=signed_by(session),
        phone=phone_of(session),
        foot=foot,
    )
    text = contents.as_text(issue.title, found) + _foot_as_text(session, foot)
    headers = {"List-Id": f"<newsletter.{structure_of(session).slug}.invalid>", "Precedence": "bulk"}
    return Composed(subject or issue.title, text, html, one_click=leave, headers=headers)


@dataclass(frozen=True)
class Foot:
    """What stands below a letter: why one gets it, where to leave it (empty in a test), to stay, to read it online."""

    why: str
    leave: str
    stay: bool
    online: str


def foot_of(session: Session, issue: Issue, *, leave: str = "", reader: Subscriber | None = None) -> Foot:
    """Of one reader's copy; without `reader`, of a test."""
    return Foot(_why(session, reader), leave, _must_say(reader), online(session, issue))


def example_foot(session: Session, issue: Issue) -> Foot:
    """As a reader sees it who agreed today; its link leads to the public page."""
    why = _agreed(session, now())
    return Foot(
        why,
        public_url("jalon_public.newsletter_index", structure=structure_of(session).slug),
        False,
        online(session, issue),
    )


def phone_of(session: Session) -> str:
    """The structure's own number, empty when it has none."""
    return session.get_one(Structure, structure_of(session).id).phone or ""


def _why(session: Session, reader: Subscriber | None) -> str:
    if reader is None:
        return _("This is a test: only you receive it.")
    return _agreed(session, reader.last_word_at)


def _agreed(session: Session, at: datetime) -> str:
    by, day = signed_by(session), days.shown(_day(session, at))
    return _("You receive this letter from %(by)s because you agreed to it (last on %(day)s).", by=by, day=day)


def _day(session: Session, at: datetime) -> date:
    return at.astimezone(scope_of(session).zone).date()


def _must_say(reader: Subscriber | None) -> bool:
    """Whether their three years end soon."""
    return reader is not None and reader.last_word_at < now() - SILENCE + REMINDED


def online(session: Session, issue: Issue) -> str:
    """Where the issue can be read by everybody once it is sent."""
    values = {"structure": structure_of(session).slug, "issue_id": issue.id}
    return public_url("jalon_public.newsletter_issue", **values)


def _foot_as_text(session: Session, foot: Foot) -> str:
    lines = ["--", signed_by(session), foot.why]
    if foot.stay:
        lines.append(
            _(
                "We soon stop writing to you, unless you tell us that you still want this letter: %(link)s",
                link=foot.leave,
            )
        )
    if foot.leave:
        lines.append(_("To leave this letter: %(link)s", link=foot.leave))
    lines.append(_("To read it on our site: %(link)s", link=foot.online))
    return "\n\n" + "\n".join(lines) + "\n"


CONFIRM_MAIL = MessageTemplate(
    "newsletter.confirm",
    _l("Confirm a subscription to the letter"),
    (MessageChannel.MAIL,),
    subject=_l("Confirm your address"),
    body=_l(
        "Hello,\n\nSomebody, you we hope, asked to receive the letter of {structure} at this address. "
        "To confirm, open this page and press the button:\n\n{lien}\n\nIt is open until {jour}. "
        "If it was not you, you have nothing to do: you will receive nothing else.\n\n{structure}"
    ),
    fields={"lien": _l("address of the page"), "jour": _l("last day to confirm")},
    reads=READ,
)
ALREADY_MAIL = MessageTemplate(
    "newsletter.already",
    _l("Already subscribed to the letter"),
    (MessageChannel.MAIL,),
    subject=_l("You receive our letter already"),
    body=_l(
        "Hello,\n\nSomebody asked to receive the letter of {structure} at this address: it is subscribed already, "
        "you have nothing to do. If you do not want it any more, leave it here:\n\n{lien}\n\n{structure}"
    ),
    fields={"lien": _l("address of the page")},
    reads=READ,
)
ISSUE_MAIL = MessageTemplate(
    "newsletter.issue",
    _l("An issue of the letter"),
    (MessageChannel.MAIL,),
    fields={"issue": _l("number of the issue"), "subscriber": _l("number of the subscriber")},
    compose=compose,
    reads=READ,
)
