"""An issue: the list, its subject, what readers will see, and the sheet of paper."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jalon import mail, pdf
from jalon.access import requires
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.forms import refuse
from jalon.scope import scope_of
from jalon.texts import id_of
from jalon_newsletter import blocks, contents, issues, live, mails, sendings, styles, subscribers
from jalon_newsletter.forms import TitleForm
from jalon_newsletter.i18n import _
from jalon_newsletter.models import Issue, IssueState, Kind
from jalon_newsletter.settings import four_eyes_from, signed_by
from jalon_newsletter.views.blueprint import ISSUE, blueprint, hooks, issue_or_404


@blueprint.get("/")
@requires("newsletter.read")
def index() -> str:
    """Drafts, and what was sent."""
    return _index(TitleForm())


@blueprint.post("/issues/")
@requires("newsletter.write")
def add() -> ResponseReturnValue:
    """One more draft."""
    form = TitleForm(request.form)
    if form.validate():
        try:
            made = issues.add(session(), title=form.title.data or "")
            session().commit()
            return redirect(url_for(".write", issue_id=made.id))
        except DomainError as refusal:
            session().rollback()
            refuse(form, refusal)
    return _index(form), 422


def _index(form: TitleForm) -> str:
    return render_template(
        "jalon_newsletter/index.html",
        form=form,
        issues=issues.listed(session()),
        states=type(IssueState.DRAFT).labels(),
        count=subscribers.count(session()),
        no_mail=_no_mail(),
    )


@blueprint.get(f"{ISSUE}/")
@requires("newsletter.read")
def write(issue_id: int) -> str:
    """Blocks, and beside them what readers will see."""
    return _written(issue_or_404(issue_id), TitleForm(obj=issue_or_404(issue_id)))


@blueprint.post(f"{ISSUE}/title")
@requires("newsletter.write")
def rename(issue_id: int) -> ResponseReturnValue:
    """Another subject."""
    form = TitleForm(request.form)
    if form.validate():
        try:
            issues.rename(session(), issue_or_404(issue_id), title=form.title.data or "")
            session().commit()
            flash(_("The subject is saved."), "success")
            return redirect(url_for(".write", issue_id=issue_id))
        except DomainError as refusal:
            session().rollback()
            refuse(form, refusal)
    return _written(issue_or_404(issue_id), form), 422


def _written(issue: Issue, form: TitleForm) -> str:
    offered = live.offered(session(), hooks())
    found = contents.parts(session(), issue, offered)
    count, scope = subscribers.count(session()), scope_of(session())
    return render_template(
        "jalon_newsletter/write.html",
        issue=issue,
        seal=issues.seal(issue),
        no_mail=_no_mail(),
        removed=blocks.removed(session(), issue, id_of(request.args.get("removed", ""))),
        form=form,
        parts=found,
        text=contents.as_text(issue.title, found),
        failed=offered.failed,
        kinds=Kind.labels(),
        states=IssueState.labels(),
        count=count,
        by=signed_by(session()),
        phone=mails.phone_of(session()),
        foot=mails.example_foot(session(), issue),
        style=styles.by_class,
        rich=contents.rich,
        sent=sendings.progress(session(), issue) if issue.state is not IssueState.DRAFT else None,
        public=mails.online(session(), issue),
        second=sendings.needs_second_look(session(), issue, count),
        four_eyes_from=four_eyes_from(session()),
        may_write=scope.may("newsletter.write") and issue.state is IssueState.DRAFT,
    )


def _no_mail() -> str:
    """Why nothing can leave, said before somebody writes a whole letter; empty when it can."""
    return "" if mail.configured() else str(mail.MailNotConfigured())


@blueprint.get(f"{ISSUE}/paper")
@requires("newsletter.read")
def paper(issue_id: int) -> ResponseReturnValue:
    """For the notice board, and for who has no mail."""
    issue = issue_or_404(issue_id)
    parts = contents.parts(session(), issue, live.offered(session(), hooks()))
    page = render_template(
        "jalon_newsletter/paper.html",
        issue=issue,
        parts=parts,
        style=styles.by_class,
        rich=contents.rich,
        sheet=styles.sheet(),
        by=signed_by(session()),
    )
    made = Response(pdf.render(page), mimetype="application/pdf")
    name = _("letter-%(number)s.pdf", number=issue_id)
    made.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return made
