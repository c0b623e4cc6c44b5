"""The settings of a structure: what holds, what is planned, and a look at a change before it is saved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jalon import clock, settings, structures
from jalon.access import requires
from jalon.core_settings import Keeping, Letterhead, Opening
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.i18n import _
from jalon.models import Structure
from jalon.registry import Registry
from jalon.scope import scope_of, structure_of
from jalon.setting_types import module_of, settings_in, together
from jalon.settings import ChangedMeanwhile, Difference, Timeline
from jalon.views import days_off
from jalon.views.setting_form import SettingsForm, confirmed_fields, default_day, form_for

blueprint = Blueprint("jalon_settings", "jalon", template_folder="templates")


@dataclass(frozen=True)
class Section:
    """One page of settings; `slug` is the module's, or names a part of the core's."""

    slug: str
    title: str
    summary: str
    cls: type[Any]


@dataclass(frozen=True)
class Proposal:
    """A change as somebody typed it, and what it would do."""

    values: dict[str, Any]
    before: object
    after: object
    differences: list[Difference]


@blueprint.get("/settings/")
@requires("jalon.settings.read")
def index() -> str:
    """All settings: the structure's, the core's, each module's; and those kept of modules that are off."""
    found = [(section, settings.timeline(session(), section.cls)) for section in _sections()]
    day = _today()
    cards = [(s, shown_parts(line.on(day)), line.days(after=day)) for s, line in found]
    here = session().get_one(Structure, structure_of(session()).id)
    zone = str(structures.ZONES.get(here.zone, here.zone))
    return render_template("jalon/settings.html", here=here, zone=zone, cards=cards, kept=_kept())


@blueprint.get("/settings/<slug>/")
@requires("jalon.settings.read")
def form(slug: str) -> str:
    """One section as it holds today, or on the day `on` of the address."""
    section = _section(slug)
    line = settings.timeline(session(), section.cls)
    on = max(default_day(request.args.get("on"), _today()), _today())
    made = form_for(section.cls)()
    shown = dict(made.shows(line.on(on)))
    made.process(data={**shown, "valid_from": on, "shown_on": on.isoformat(), "seen": _seen(section)})
    return _page(section, made, line)


@blueprint.post("/settings/<slug>/")
@requires("jalon.settings.write")
def send(slug: str) -> ResponseReturnValue:
    """What was typed: shown with its effects first, saved when that page says so."""
    section, step = _section(slug), request.form.get("step")
    typed = form_for(section.cls)(request.form)
    if step == "correct":
        return _page(section, typed, settings.timeline(session(), section.cls))
    if not typed.validate():
        return _page(section, typed, settings.timeline(session(), section.cls)), 422
    try:
        return _save(section, typed) if step == "save" else _confirm(section, typed)
    except DomainError as refusal:
        session().rollback()
        return _refused(section, typed, refusal), 422


@blueprint.post("/settings/<slug>/withdraw")
@requires("jalon.settings.write")
def withdraw(slug: str) -> ResponseReturnValue:
    """Take a planned change back."""
    section = _section(slug)
    try:
        settings.withdraw(session(), section.cls, valid_from=default_day(request.form.get("valid_from"), date.min))
        session().commit()
        flash(_("The planned change is taken back."), "success")
    except DomainError as refusal:
        session().rollback()
        flash(str(refusal), "error")
    return redirect(url_for(".form", slug=slug))


def _confirm(section: Section, typed: SettingsForm) -> ResponseReturnValue:
    """The page that shows each change from old to new, and what it does, before anything is written."""
    settings.check_day(session(), typed.valid_from.data)
    if typed.seen.data != _seen(section):
        raise ChangedMeanwhile
    proposal = _proposal(section, typed)
    if not proposal.differences:
        flash(_("Nothing to save: everything is so already on that day."), "success")
        return redirect(url_for(".form", slug=section.slug))
    valid_from = typed.valid_from.data
    effects = _hooks().show(
        session(),
        "settings_impact",
        prepare=_sentences,
        module=module_of(section.cls),
        before=proposal.before,
        after=proposal.after,
        valid_from=valid_from,
    )
    later = [p for p in settings.upcoming(session(), section.cls) if p.valid_from > valid_from]
    return render_template(
        "jalon/settings_confirm.html",
        section=section,
        differences=proposal.differences,
        valid_from=valid_from,
        at_once=valid_from == _today(),
        effects=[line for answer in effects for line in answer.value],
        unheard=effects.failed,
        later=[p for p in later if any(d.key in proposal.values for d in p.differences)],
        typed=confirmed_fields(request.form),
    )


def _save(section: Section, typed: SettingsForm) -> ResponseReturnValue:
    proposal, valid_from = _proposal(section, typed), typed.valid_from.data
    settings.change(session(), section.cls, proposal.values, valid_from=valid_from, seen=typed.seen.data or "")
    session().commit()
    if valid_from == _today():
        flash(_("It is saved and applies now."), "success")
    else:
        flash(_("It is saved and will apply from %(date)s.", date=f"{valid_from:%d/%m/%Y}"), "success")
    return redirect(url_for(".form", slug=section.slug))


def _proposal(section: Section, typed: SettingsForm) -> Proposal:
    """Only what the person changed of what was shown counts: a field left alone leaves alone what is planned."""
    line: Timeline[Any] = settings.timeline(session(), section.cls)
    shown, day = line.on(default_day(typed.shown_on.data, _today())), typed.valid_from.data
    values = {name: value for name, value in typed.values().items() if value != getattr(shown, name)}
    before, after = line.on(day), line.changed(values, valid_from=day).on(day)
    return Proposal(values, before, after, settings.differences(before, after))


def _refused(section: Section, typed: SettingsForm, refusal: DomainError) -> str:
    """The form with what was typed; after somebody else's change, beside what holds now."""
    line = settings.timeline(session(), section.cls)
    meanwhile: list[Difference] = []
    field = typed._fields.get(refusal.field or "")
    if field is None:
        typed.form_errors = [str(refusal)]
    else:
        field.errors = [str(refusal)]
    if isinstance(refusal, ChangedMeanwhile):
        day = typed.valid_from.data
        typed.seen.data, typed.shown_on.data = _seen(section), day.isoformat()
        meanwhile = settings.differences(line.on(day), section.cls(**typed.values()))
    return _page(section, typed, line, meanwhile)


def _page(section: Section, shown: SettingsForm, line: Timeline[Any], meanwhile: Iterable[Difference] = ()) -> str:
    return render_template(
        "jalon/settings_form.html",
        section=section,
        form=shown,
        parts=shown_parts(line.on(_today())),
        planned=settings.upcoming(session(), section.cls),
        meanwhile=list(meanwhile),
        days_off=days_off.coming(session()) if section.cls is Opening else None,
        today=_today(),
    )


def shown_parts(held: object) -> list[tuple[str, str]]:
    """Settings as they read, label and text; days that are alike are told together."""
    found: list[tuple[str, str]] = []
    for kind in settings_in(type(held)):
        parts = kind.parts(getattr(held, kind.name))
        found += together(parts) if len(parts) > 1 else parts
    return found


def _sections() -> list[Section]:
    own = [
        Section(
            "opening-hours", _("Opening hours and holidays"), _("When people can come, and the days off."), Opening
        ),
        Section("letterhead", _("Letterhead"), _("What is printed on top of letters and receipts."), Letterhead),
        Section("keeping", _("How long things are kept"), _("What is deleted by itself, and when."), Keeping),
    ]
    enabled = [m for m in _registry().loaded() if m.slug in scope_of(session()).enabled and m.plugin.settings]
    return own + [Section(m.slug, m.name, m.summary, m.plugin.settings) for m in enabled if m.plugin.settings]


def _section(slug: str) -> Section:
    return next((s for s in _sections() if s.slug == slug), None) or abort(404)


def _kept() -> list[tuple[str, list[tuple[str, str, date]]]]:
    """Stored settings of modules that are off or gone, by the module's name: label, value, since when."""
    open_here = {module_of(section.cls) for section in _sections()}
    found = []
    for slug, rows in settings.kept(session()).items():
        if slug not in open_here:
            module = _registry().get(slug)
            known = (
                {k.name: k for k in settings_in(module.plugin.settings)} if module and module.plugin.settings else {}
            )
            lines = [(*_told(known.get(row.key), row.key, row.value), row.valid_from) for row in rows]
            found.append((module.name if module else slug, lines))
    return found


def _told(kind: Any, key: str, stored: str) -> tuple[str, str]:
    """A stored setting as it reads, as it is stored when nobody knows it any more."""
    try:
        return (kind.label, kind.say(kind.load(stored))) if kind else (key, stored)
    except ValueError:
        return kind.label, stored


def _seen(section: Section) -> str:
    return settings.fingerprint(session(), section.cls)


def _sentences(lines: Iterable[object]) -> list[str]:
    return [str(line) for line in lines]


def _today() -> date:
    return clock.today(scope_of(session()).zone)


def _registry() -> Registry:
    registry: Registry = current_app.extensions["jalon"].registry
    return registry


def _hooks() -> Any:
    return current_app.extensions["jalon"].hooks
