"""On the telephone: who calls, what is open, what is missing, and a note and a task typed right there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from wtforms import StringField, TextAreaField
from wtforms.validators import Length, ValidationError

from jalon import attached, beneficiaries, notes, people, person_gaps, phones, referrals, tasks
from jalon.access import posts_to_read, requires
from jalon.clock import today
from jalon.db import open_session
from jalon.db.current import session
from jalon.declarations import Missing
from jalon.forms import DayField, JalonForm, RelationField
from jalon.i18n import _, _l
from jalon.models import Beneficiary, Member
from jalon.once import sent_once
from jalon.scope import scope_of
from jalon.subjects import Found
from jalon.texts import tidy
from jalon.views import about, person_page
from jalon.views.beneficiaries import open_person_or_404, person_or_404

blueprint = Blueprint("jalon_phone_desk", "jalon", template_folder="templates")
ID = "/phone/<int(max=2147483647):beneficiary_id>/"
SHOWN = 8  # persons: what the eye takes in while somebody speaks
NOTES = 3
TASK = ("title", "due_on", "member")


def _members() -> Any:
    return session().query(Member).where(Member.left_at.is_(None)).order_by(Member.in_order, Member.id)


class CallForm(JalonForm):
    """What was said, and what is to do about it."""

    shareable = TextAreaField(_l("What was said"), description=_l("May be shared with the partners who help"))
    internal = TextAreaField(_l("Internal note"), description=_l("For advisers and the direction only"))
    title = StringField(_l("What is to do"), [Length(max=120)], render_kw={"maxlength": 120, "autocomplete": "off"})
    due_on = DayField(_l("By"))
    member = RelationField(_l("Who"), query_factory=_members, allow_blank=True, blank_text=_l("Nobody yet"))

    def validate_due_on(self, field: DayField) -> None:
        """Something is to do, and nobody knows by when."""
        if field.data is None and (self.title.data or "").strip():
            raise ValidationError(_("Say by which day."))


@blueprint.get("/phone/")
@requires("jalon.beneficiaries.read")
def index() -> str:
    """The empty field; as a part of a page, what was just kept."""
    return render_template("jalon/messages.html" if "part" in request.args else "jalon/phone.html")


@blueprint.post("/phone/search")
@requires("jalon.beneficiaries.read")
@posts_to_read("a person's name stands in no address")
def find() -> str:
    """Who may be calling; read in a session of its own, for on SQLite a POST waits for whoever writes."""
    typed = tidy(request.form.get("q", ""))[: people.LONGEST]
    db = current_app.extensions["jalon"].db
    with open_session(db, scope_of(session()), read_only=True) as reading:
        persons = people.search(reading, typed) if typed else []
        found = {"typed": typed, "persons": persons[:SHOWN], "more": len(persons) > SHOWN}
        template = "jalon/phone_hits.html" if "part" in request.form else "jalon/phone.html"
        return render_template(template, told_apart=people.told_apart, phone=phones.shown, **found)


@blueprint.get(ID)
@requires("jalon.beneficiaries.read")
def show(beneficiary_id: int) -> ResponseReturnValue:
    """Somebody of the structure, as the reader's rights allow; who was merged into another is the other."""
    person = person_or_404(beneficiary_id)
    if person.merged_into_id is not None:
        part = request.args.get("part")
        return redirect(url_for(".show", beneficiary_id=person.merged_into_id, part=part))
    return _drawn(person, _form(sent=False))


@blueprint.post(ID)
@requires("jalon.notes.write")
@sent_once
def keep(beneficiary_id: int) -> ResponseReturnValue:
    """Keep the note, the task, or both, or nothing."""
    open_person_or_404(beneficiary_id)
    subject = about.the("jalon_beneficiary", beneficiary_id)
    form = _form()
    if form.validate():
        try:
            _keep(subject, {name: field.data for name, field in form._fields.items()})
            session().commit()
            flash(_("Kept for %(name)s.", name=subject.label), "success")
            return redirect(url_for(".index", part=1 if "part" in request.form else None))
        except about.REFUSED as error:
            about.refuse(form, error)
    return _drawn(person_or_404(beneficiary_id), form), 422


def _keep(subject: Found, said: dict[str, Any]) -> None:
    """Raises what notes and tasks refuse; NothingSaid when there is neither."""
    words = {name: tidy(said.get(name) or "") for name in ("shareable", "internal", "title")}
    if words["shareable"] or words["internal"] or not words["title"]:
        notes.write(session(), subject, shareable=words["shareable"], internal=words["internal"])
    if words["title"]:
        tasks.add(session(), subject, title=words["title"], due_on=said["due_on"], member=said["member"])


def _form(*, sent: bool = True) -> CallForm:
    """Without what the reader may not write; a task is the reader's own and due today, unless they say otherwise."""
    scope = scope_of(session())
    me = select(Member).where(Member.user_id == scope.actor.user_id, Member.left_at.is_(None))
    begun = {"due_on": today(scope.zone), "member": session().scalar(me)}
    form = CallForm(request.form if sent else None, data=begun)
    hidden = () if scope.may(notes.INTERNAL) else ("internal",)
    for name in (*hidden, *(() if scope.may("jalon.tasks.write") else TASK)):
        del form[name]
    return form


def _drawn(person: Beneficiary, form: CallForm) -> str:
    """The part of the page about somebody, or the whole page with it."""
    values = _known(person) | {"person": person, "form": form}
    part = "part" in request.values
    return render_template("jalon/phone_person.html" if part else "jalon/phone.html", **values)


def _known(person: Beneficiary) -> dict[str, Any]:
    """What is open, missing and last written; nothing but the name of a file that is not open to the reader."""
    day, seen = today(scope_of(session()).zone), person.file is not None
    kept = attached.shown(session(), "jalon_beneficiary", person.id, most_notes=NOTES) if seen else None
    hooks = current_app.extensions["jalon"].hooks
    told = hooks.show(session(), "person_missing", prepare=_reached, beneficiary_id=person.id) if seen else None
    may_refer = seen and scope_of(session()).may("jalon.referrals.read")
    parts = person_page.of_modules(person)
    return {
        "day": day,
        "phone": phones.shown,
        "link": beneficiaries.link_of(session(), person),
        "missing": _reached(person_gaps.of_person(session(), person)) + [m for a in told or () for m in a.value],
        "kept": kept,
        "to_do": [task for task in (kept.tasks if kept else None) or () if task.done_at is None],
        "waiting": [r for r in referrals.about(session(), person.id) if r.waiting] if may_refer else [],
        **parts,
        "failed": [*parts["failed"], *(told.failed if told else ())],
    }


def _reached(missing: Iterable[Missing]) -> list[tuple[str, str]]:
    """Each with the address where it is mended, for who may."""
    may = scope_of(session()).may
    return [
        (str(m.sentence), url_for(m.endpoint, **m.values) if m.endpoint and may(m.permission) else "") for m in missing
    ]
