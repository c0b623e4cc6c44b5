"""Writing an issue: its blocks and the preview beside them, a test, the second look, and sending it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from jalon import pdf
from jalon.access import requires
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.forms import JalonForm, refuse
from jalon.hooks import Hooks
from jalon.scope import scope_of
from jalon.texts import id_of
from jalon_newsletter import blocks, contents, issues, live, mails, sendings, styles, subscribers
from jalon_newsletter.forms import FORMS, LiveForm, TitleForm
from jalon_newsletter.i18n import _, ngettext
from jalon_newsletter.models import Block, Issue, IssueState, Kind, Subscriber
from jalon_newsletter.settings import four_eyes_from, signed_by

blueprint = Blueprint("jalon_newsletter", "jalon_newsletter", template_folder="templates")
ISSUE = "/issues/<int(max=2147483647):issue_id>"
BLOCK = "/blocks/<int(max=2147483647):block_id>"
SUBSCRIBER = "/subscribers/<int(max=2147483647):subscriber_id>"


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
    )


@blueprint.get(f"{ISSUE}/")
@requires("newsletter.read")
def write(issue_id: int) -> str:
    """Blocks, and beside them what readers will see."""
    return _written(_issue(issue_id), TitleForm(obj=_issue(issue_id)))


@blueprint.post(f"{ISSUE}/title")
@requires("newsletter.write")
def rename(issue_id: int) -> ResponseReturnValue:
    """Another subject."""
    form = TitleForm(request.form)
    if form.validate():
        try:
            issues.rename(session(), _issue(issue_id), title=form.title.data or "")
            session().commit()
            flash(_("The subject is saved."), "success")
            return redirect(url_for(".write", issue_id=issue_id))
        except DomainError as refusal:
            session().rollback()
            refuse(form, refusal)
    return _written(_issue(issue_id), form), 422


def _written(issue: Issue, form: TitleForm) -> str:
    offered = live.offered(session(), _hooks())
    found = contents.parts(session(), issue, offered)
    count, scope = subscribers.count(session()), scope_of(session())
    return render_template(
        "jalon_newsletter/write.html",
        issue=issue,
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


# --- blocks ---


@blueprint.route(f"{ISSUE}/blocks", methods=["GET", "POST"])
@requires("newsletter.write")
def add_block(issue_id: int) -> ResponseReturnValue:
    """One more block, of the kind that the address says."""
    issue = _issue(issue_id)
    kind = next((k for k in Kind if k.value == request.args.get("kind")), Kind.TEXT)
    form = _form(kind, None)
    return _block_page(issue, kind, form, lambda values: blocks.add(session(), issue, kind, **values))


@blueprint.route(f"{BLOCK}/", methods=["GET", "POST"])
@requires("newsletter.write")
def change_block(block_id: int) -> ResponseReturnValue:
    """Another wording."""
    block = _block(block_id)
    form = _form(block.kind, block)
    return _block_page(block.issue, block.kind, form, lambda values: blocks.change(session(), block, **values), block)


def _form(kind: Kind, block: Block | None) -> Any:
    form = FORMS[kind](request.form if request.method == "POST" else None, obj=block)
    if isinstance(form, LiveForm):
        said = live.offered(session(), _hooks()).excerpts
        known = {name: excerpt.title for name, excerpt in said.items()}
        if block is not None:
            known.setdefault(block.source, block.source)
        form.source.choices = list(known.items())
    return form


def _block_page(
    issue: Issue, kind: Kind, form: JalonForm, save: Callable[[dict[str, Any]], object], block: Block | None = None
) -> ResponseReturnValue:
    id, title = issue.id, issue.title
    if request.method == "POST" and form.validate():
        try:
            save(form.data)
            session().commit()
            flash(_("The block is saved."), "success")
            return redirect(url_for(".write", issue_id=id, _anchor="blocks"))
        except DomainError as refusal:
            session().rollback()
            refuse(form, refusal)
    page = render_template(
        "jalon_newsletter/block.html",
        form=form,
        issue_id=id,
        title=title,
        kind=Kind.labels()[kind],
        is_new=block is None,
        is_empty=kind is Kind.LIVE and not form["source"].choices,
    )
    return page, (422 if request.method == "POST" else 200)


@blueprint.post(f"{BLOCK}/up")
@requires("newsletter.write")
def up(block_id: int) -> ResponseReturnValue:
    """One place up."""
    block = _block(block_id)
    return _act(block.issue_id, lambda: blocks.move(session(), block, by=-1), "", anchor=f"block-{block_id}")


@blueprint.post(f"{BLOCK}/down")
@requires("newsletter.write")
def down(block_id: int) -> ResponseReturnValue:
    """One place down."""
    block = _block(block_id)
    return _act(block.issue_id, lambda: blocks.move(session(), block, by=1), "", anchor=f"block-{block_id}")


@blueprint.post(f"{BLOCK}/remove")
@requires("newsletter.write")
def remove(block_id: int) -> ResponseReturnValue:
    """Take it out."""
    block = _block(block_id)
    return _act(block.issue_id, lambda: blocks.remove(session(), block), _("The block is removed."), anchor="blocks")


# --- out of the house ---


@blueprint.post(f"{ISSUE}/test")
@requires("newsletter.write")
def test(issue_id: int) -> ResponseReturnValue:
    """To oneself."""
    issue = _issue(issue_id)
    return _act(issue_id, lambda: sendings.test(session(), issue), _("A test leaves to your own address."))


@blueprint.post(f"{ISSUE}/approve")
@requires("newsletter.write")
def approve(issue_id: int) -> ResponseReturnValue:
    """Somebody has read it and finds it good."""
    issue = _issue(issue_id)
    done = _("You approved this issue. Somebody else can send it; any change takes the approval away.")
    return _act(issue_id, lambda: issues.approve(session(), issue), done)


@blueprint.post(f"{ISSUE}/send")
@requires("newsletter.send")
def send(issue_id: int) -> ResponseReturnValue:
    """To everybody, once the number was agreed to."""
    issue, confirmed = _issue(issue_id), id_of(request.form.get("count", "")) or 0
    done = _("The issue leaves now.")
    return _act(issue_id, lambda: sendings.send(session(), _hooks(), issue, confirmed=confirmed), done)


@blueprint.post(f"{ISSUE}/stop")
@requires("newsletter.send")
def stop(issue_id: int) -> ResponseReturnValue:
    """What has not left never leaves."""
    issue = _issue(issue_id)
    return _act(issue_id, lambda: sendings.stop(session(), issue), _("Stopped: what had not left will not leave."))


@blueprint.post(f"{ISSUE}/retry")
@requires("newsletter.send")
def retry(issue_id: int) -> ResponseReturnValue:
    """Try again what did not leave."""
    issue = _issue(issue_id)

    def again() -> None:
        tried = sendings.retry(session(), issue)
        flash(ngettext("%(n)s mail is tried again.", "%(n)s mails are tried again.", tried), "success")

    return _act(issue_id, again, "")


@blueprint.get(f"{ISSUE}/paper")
@requires("newsletter.read")
def paper(issue_id: int) -> ResponseReturnValue:
    """For the notice board, and for who has no mail."""
    issue = _issue(issue_id)
    parts = contents.parts(session(), issue, live.offered(session(), _hooks()))
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
    made.headers["Content-Disposition"] = f'inline; filename="{_("letter")}-{issue_id}.pdf"'
    return made


# --- subscribers ---


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


def _act(issue_id: int, rule: Callable[[], object], done: str, *, anchor: str | None = None) -> ResponseReturnValue:
    try:
        rule()
        session().commit()
        if done:
            flash(done, "success")
    except DomainError as refusal:
        session().rollback()
        flash(str(refusal), "error")
    return redirect(url_for(".write", issue_id=issue_id, _anchor=anchor))


def _issue(id: int) -> Issue:
    return issues.find(session(), id) or abort(404)


def _block(id: int) -> Block:
    return session().scalar(select(Block).where(Block.id == id)) or abort(404)


def _hooks() -> Hooks:
    hooks: Hooks = current_app.extensions["jalon"].hooks
    return hooks
