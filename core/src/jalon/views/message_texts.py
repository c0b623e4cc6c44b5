"""The words of the messages: a structure changes them, looks at them filled, tests them, takes the original back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from wtforms import HiddenField
from wtforms.validators import Length

from jalon import core_messages, mail, message_texts, messages, sending
from jalon.access import requires
from jalon.app_of import mount
from jalon.db.current import session
from jalon.declarations import MessageTemplate
from jalon.errors import DomainError
from jalon.forms import JalonForm, LineField, ParagraphField, refuse
from jalon.i18n import _, _l
from jalon.message_texts import Words
from jalon.models import MessageChannel, MessageText, Structure, User
from jalon.scope import scope_of, structure_of

blueprint = Blueprint("jalon_message_texts", "jalon", template_folder="templates")
TEXT = "/messages/texts/<name>/"


class TextForm(JalonForm):
    """The three texts of a message."""

    subject = LineField(
        _l("Subject of the e-mail"),
        [Length(max=message_texts.LONGEST["subject"])],
        description=_l("Neither reason nor service: others may read it on the screen."),
    )
    body = ParagraphField(_l("E-mail and letter"), render_kw={"rows": 9})
    short = ParagraphField(
        _l("SMS"),
        render_kw={"rows": 4},
        description=_l("Empty: the text above. 160 characters are one SMS; 480 at most."),
    )
    version = HiddenField()


@blueprint.get("/messages/texts/")
@requires("jalon.messages.texts")
def index() -> str:
    """All messages whose words may be changed here."""
    changed = {row.template for row in session().scalars(select(MessageText))}
    return render_template("jalon/message_texts.html", templates=_offered(), changed=changed)


@blueprint.route(TEXT, methods=["GET", "POST"])
@requires("jalon.messages.texts")
def edit(name: str) -> ResponseReturnValue:
    """The words of one message, as they are and filled; `preview` shows what is typed without keeping it."""
    template = _template(name)
    form = TextForm(request.form) if request.method == "POST" else _stored(template)
    if request.method == "GET":
        return _page(template, form)
    try:
        if not form.validate():
            return _page(template, form), 422
        if "preview" in request.form:
            message_texts.check(template, _words(form))
            return _page(template, form)
        message_texts.save(session(), template, _words(form), version=form.version.data or "")
        session().commit()
    except DomainError as refusal:
        session().rollback()
        refuse(form, refusal)
        return _page(template, form), 422
    flash(_("The text is saved: it holds for every message that leaves from now on."), "success")
    return redirect(url_for(".edit", name=name))


@blueprint.post(f"{TEXT}reset")
@requires("jalon.messages.texts")
def reset(name: str) -> ResponseReturnValue:
    """Say it as the module does."""
    message_texts.reset(session(), _template(name))
    session().commit()
    flash(_("The original text is back."), "success")
    return redirect(url_for(".edit", name=name))


@blueprint.post(f"{TEXT}test")
@requires("jalon.messages.texts")
def test(name: str) -> ResponseReturnValue:
    """Send the saved words, filled for a person who does not exist, to whoever asks."""
    template, actor = _template(name), scope_of(session()).actor
    address = session().scalar(select(User.email).where(User.id == actor.user_id))
    if not address:
        flash(_("Your account has no e-mail address: nothing was sent."), "error")
    elif not mail.configured():
        flash(str(mail.MailNotConfigured()), "error")
    else:
        examples = message_texts.examples(template)
        messages.queue(session(), name, address=address, fields=examples, asked=MessageChannel.MAIL)
        session().commit()
        flash(_("A test leaves for %(address)s in a moment.", address=address), "success")
    return redirect(url_for(".edit", name=name))


def _page(template: MessageTemplate, form: TextForm) -> str:
    return render_template(
        "jalon/message_text_form.html",
        template=template,
        form=form,
        own=message_texts.own(session(), template) is not None,
        fields={**message_texts.COMMON, **template.fields},
        shown=_shown(template, form),
    )


def _shown(template: MessageTemplate, form: TextForm) -> list[tuple[MessageChannel, sending.Said]]:
    """What a person who does not exist would read; nothing of words that cannot be filled."""
    structure = session().get_one(Structure, structure_of(session()).id)
    values = {"structure": structure.name, "telephone": structure.phone or "", **message_texts.examples(template)}
    words = _words(form)
    try:
        message_texts.check(template, words)
        return [(way, sending.said_with(words, values, way)) for way in template.channels]
    except DomainError:
        return []


def _words(form: Any) -> Words:
    return Words(form.subject.data or "", form.body.data or "", form.short.data or "")


def _stored(template: MessageTemplate) -> TextForm:
    words, changed = message_texts.of(session(), template), message_texts.own(session(), template)
    data = {"subject": words.subject, "body": words.body, "short": words.short}
    return TextForm(data={**data, "version": message_texts.version_of(changed)})


def _offered() -> list[MessageTemplate]:
    return core_messages.offered(mount(current_app).registry, scope_of(session()).enabled)


def _template(name: str) -> MessageTemplate:
    return next((t for t in _offered() if t.name == name), None) or abort(404)
