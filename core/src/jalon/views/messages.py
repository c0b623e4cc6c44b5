"""Messages: where each stands, sending again, giving up; letters to print; and writing to a person."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import undefer
from wtforms import SelectField
from wtforms.validators import InputRequired, Length

from jalon import core_messages, message_texts, messages, sending
from jalon.access import requires
from jalon.admin import Preset
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.forms import EnumField, JalonForm, ParagraphField, refuse
from jalon.i18n import _, _l
from jalon.models import Beneficiary, FileState, Message, MessageChannel, MessageState
from jalon.once import sent_once
from jalon.scope import scope_of
from jalon.views.beneficiaries import person_or_404
from jalon.views.person import ID

blueprint = Blueprint("jalon_messages", "jalon", template_folder="templates")
SHOWN = 200
MESSAGE = "/messages/<int(max=2147483647):message_id>"
PRESETS = (
    Preset("stuck", _l("Did not leave"), messages.stuck),
    Preset("to-leave", _l("To be sent"), messages.to_leave),
    Preset("letters", _l("Letters to print"), messages.to_print),
    Preset("sent", _l("Messages sent"), messages.sent),
    Preset("all", _l("All"), messages.anything),
)


class WriteForm(JalonForm):
    """Which words, by which way, and what is added by hand."""

    template = SelectField(_l("Message"))
    asked = EnumField(_l("How"), enum_class=MessageChannel, allow_blank=True, blank_text=_l("As the person prefers"))
    texte = ParagraphField(
        _l("Your words"),
        [Length(max=messages.LONGEST_FIELD)],
        render_kw={"rows": 6},
        description=_l(
            "Neither the reason for which the person is helped nor the service: a screen is read by others."
        ),
    )


@blueprint.get("/messages/")
@requires("jalon.messages.read")
def index() -> str:
    """The structure's messages, those that did not leave first."""
    chosen = next((p for p in PRESETS if p.slug == request.args.get("show")), PRESETS[-1])
    found = messages.listed(session(), chosen.where(session()), limit=SHOWN + 1)
    stuck = len(messages.listed(session(), messages.stuck(session()), limit=100)) if chosen.slug == "all" else 0
    return render_template(
        "jalon/message_list.html",
        presets=PRESETS,
        chosen=chosen,
        messages=found[:SHOWN],
        more=len(found) > SHOWN,
        stuck=stuck,
        called=_called,
        may_name=scope_of(session()).may("jalon.beneficiaries.read"),
        hidden=_hidden,
    )


@blueprint.get(f"{MESSAGE}/")
@requires("jalon.messages.read")
def show(message_id: int) -> str:
    """What was written, to whom, and what became of it."""
    message = _message(message_id)
    return render_template(
        "jalon/message.html",
        message=message,
        called=_called(message.template),
        may_retry=messages.may_retry(session(), message),
        may_cancel=messages.may_cancel(message),
        is_over=messages.is_over(session(), message),
        may_name=scope_of(session()).may("jalon.beneficiaries.read"),
        hidden=_hidden,
    )


@blueprint.post(f"{MESSAGE}/retry")
@requires("jalon.messages.write")
def retry(message_id: int) -> ResponseReturnValue:
    """Send it now, by what holds now."""
    return _act(message_id, messages.retry, _("It is tried again now."))


@blueprint.post(f"{MESSAGE}/cancel")
@requires("jalon.messages.write")
def cancel(message_id: int) -> ResponseReturnValue:
    """Never send it."""
    return _act(message_id, messages.cancel, _("The message is cancelled."))


@blueprint.get(f"{MESSAGE}/letter")
@requires("jalon.messages.write")
def letter(message_id: int) -> ResponseReturnValue:
    """The letter, to be printed; it is kept until somebody says that it was."""
    _message(message_id)
    query = select(Message).where(Message.id == message_id).options(undefer(Message.pdf))
    found = session().scalars(query.execution_options(populate_existing=True)).one()
    if found.state is not MessageState.TO_PRINT or found.pdf is None:
        abort(404)
    name = _("letter-%(number)s.pdf", number=found.id)
    answer = send_file(io.BytesIO(found.pdf), mimetype="application/pdf", download_name=name)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blueprint.post(f"{MESSAGE}/printed")
@requires("jalon.messages.write")
def printed(message_id: int) -> ResponseReturnValue:
    """It is on paper."""
    left = url_for(".index", show="letters")
    return _act(message_id, messages.printed, _("The letter is noted as printed."), left)


@blueprint.route(f"{ID}/write", methods=["GET", "POST"])
@requires("jalon.messages.write")
@sent_once
def write(beneficiary_id: int) -> ResponseReturnValue:
    """Write to a person, by the way they prefer."""
    person = person_or_404(beneficiary_id)
    if person.file is None or person.state is not FileState.ACTIVE:
        abort(404)
    form = _write_form()
    if request.method == "POST" and form.validate():
        try:
            _queue(person, form)
            session().commit()
            flash(_("The message leaves in a moment; what becomes of it stands under “Messages”."), "success")
            return redirect(url_for("jalon_person.show", beneficiary_id=beneficiary_id))
        except DomainError as refusal:
            session().rollback()
            refuse(form, refusal)
            person = person_or_404(beneficiary_id)
    page = _write_page(person, form)
    return (page, 422) if request.method == "POST" else page


def _write_form() -> WriteForm:
    form = WriteForm(request.form if request.method == "POST" else None)
    form.template.choices = [(t.name, str(t.label)) for t in core_messages.by_hand()]
    if form.template.data == core_messages.WORD or request.method == "GET":
        form.texte.validators = [*form.texte.validators, InputRequired(_("Write something here."))]
    return form


def _queue(person: Beneficiary, form: WriteForm) -> None:
    """What would be refused at once is said at once; what happens until it leaves is looked at again then."""
    made = messages.queue(
        session(),
        form.template.data,
        beneficiary_id=person.id,
        fields={message_texts.FREE: form.texte.data or ""},
        asked=form.asked.value,
    )
    template = message_texts.find(made.template)
    assert template is not None  # the form offers no other
    way = sending.way_to(session(), made, template)
    sending.say(session(), template, sending.values_of(session(), made), way.channel)


def _write_page(person: Beneficiary, form: WriteForm) -> str:
    return render_template(
        "jalon/message_write.html",
        person=person,
        form=form,
        ways=sending.ways_of(session(), person.id),
        past=messages.of_person(session(), person.id),
        called=_called,
    )


def _act(message_id: int, act: Callable[[Any, Message], None], done: str, back: str = "") -> ResponseReturnValue:
    message = _message(message_id)
    try:
        act(session(), message)
        session().commit()
        flash(done, "success")
    except DomainError as refusal:
        session().rollback()
        flash(str(refusal), "error")
    return redirect(back or url_for(".show", message_id=message_id))


def _message(message_id: int) -> Message:
    return messages.find(session(), message_id) or abort(404)


def _hidden(message: Message) -> bool:
    """Whether its module tells the address and the words to those only who have a right of its own."""
    template = message_texts.find(message.template)
    right = template.reads if template else ""
    return bool(right) and message.address is not None and not scope_of(session()).may(right)


def _called(name: str) -> str:
    template = message_texts.find(name)
    return str(template.label) if template else name
