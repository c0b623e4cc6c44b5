"""What the newsletter declares and answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from jalon.declarations import Card, Job, MenuItem, Permission, Plugin, PublicEndpoint, PublicPage, Role, Subject
from jalon.hookspecs import hookimpl
from jalon.schedule import Schedule
from jalon_newsletter import cleaning, demo, hookspecs, issues, mails, public, sendings, subscribers, views
from jalon_newsletter.admin import IssueScreen, SubscriberScreen
from jalon_newsletter.i18n import _, _l, ngettext
from jalon_newsletter.imports import SUBSCRIBERS
from jalon_newsletter.models import Issue, IssueState
from jalon_newsletter.settings import NewsletterSettings

ISSUES, LIST = "jalon_admin_newsletter_issue.index_view", "jalon_admin_newsletter_subscriber.index_view"

plugin = Plugin(
    permissions=(
        Permission("newsletter.read", _l("see the letter and its subscribers")),
        Permission("newsletter.write", _l("write the letter, enter and take out subscribers")),
        Permission("newsletter.send", _l("send the letter to all subscribers")),
    ),
    roles=(Role("redaction", _l("Editor of the letter")),),
    grants={
        "direction": ("newsletter.read", "newsletter.write", "newsletter.send"),
        "redaction": ("newsletter.read", "newsletter.write"),
    },
    menu=(
        MenuItem(_l("Newsletter"), "jalon_newsletter.index", "newsletter.read", icon="mail", order=70),
        MenuItem(_l("Subscribers"), LIST, "newsletter.read", icon="users", order=71),
    ),
    blueprints=(views.blueprint,),
    screens=(SubscriberScreen, IssueScreen),
    public=(
        PublicEndpoint(
            "m",
            mails.CONFIRM,
            "whoever asked for the letter confirms that the address is theirs",
            public.confirming,
            gated=False,
            post=public.confirm,
        ),
        PublicEndpoint(
            "m", mails.LEAVE, "a reader leaves the letter, on or off", public.leaving, gated=False, post=public.leave
        ),
    ),
    public_pages=(
        PublicPage("", "index", "anybody asks for the letter", public.join, methods=("GET", "POST")),
        PublicPage("archive", "archive", "what was sent can be read by everybody", public.archive),
        PublicPage(
            "archive/<int(max=2147483647):issue_id>", "issue", "what was sent can be read by everybody", public.issue
        ),
    ),
    settings=NewsletterSettings,
    subjects=(
        Subject(Issue, _l("Issue of the letter"), "newsletter.read", "jalon_admin_newsletter_issue.details_view"),
    ),
    importables=(SUBSCRIBERS,),
    messages=(mails.CONFIRM_MAIL, mails.ALREADY_MAIL, mails.ISSUE_MAIL),
    jobs=(
        Job(sendings.JOB, _l("Send an issue of the letter"), sendings.batch),
        Job("newsletter.clean", _l("Tidy up the letter’s addresses"), cleaning.clean, schedule=Schedule("30 3 * * *")),
    ),
    hookspecs=hookspecs,
    demo=demo.load,
    sample=demo.sample,
)


@hookimpl
def dashboard_cards(session: Session) -> Sequence[Card]:
    """Who reads, and what waits to be finished."""
    drafts = issues.count(session, issues.drafts(session))
    return [
        Card(_("Subscribers to the letter"), subscribers.count(session), LIST, "newsletter.read", {"show": "in"}),
        Card(_("Drafts of the letter"), drafts, ISSUES, "newsletter.read", {"show": "drafts"}),
    ]


@hookimpl
def running_items(session: Session) -> Sequence[str]:
    """Issues on their way."""
    count = issues.count(session, Issue.state == IssueState.SENDING)
    return [ngettext("%(n)s issue is being sent", "%(n)s issues are being sent", count)] if count else []


@hookimpl
def apply_retention(session: Session, before: datetime) -> int:
    """Addresses silent for three years, whatever `before` is: the span is the newsletter's own."""
    return cleaning.retain(session)
