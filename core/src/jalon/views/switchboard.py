"""The Modules page: a card per module, and a look at what a switch changes before it is thrown."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from jalon import modules
from jalon.access import requires
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.i18n import _
from jalon.models import OpenDuty
from jalon.registry import Registry

blueprint = Blueprint("jalon_modules", "jalon", url_prefix=None, template_folder="templates")


@blueprint.get("/modules/")
@requires("jalon.modules.read")
def index() -> str:
    """All modules of this server and those the database remembers."""
    return render_template(
        "jalon/modules.html",
        cards=modules.cards(session(), _registry()),
        events=modules.history(session()),
        names={m.slug: m.name for m in _registry()},
        duties=list(session().scalars(select(OpenDuty).order_by(OpenDuty.slug))),
    )


@blueprint.get("/modules/<slug>/")
@requires("jalon.modules.read")
def preview(slug: str) -> str:
    """What switching this module on or off would change, before doing it."""
    return _preview(slug)


@blueprint.post("/modules/<slug>/enable")
@requires("jalon.modules.switch")
def enable(slug: str) -> ResponseReturnValue:
    """Switch on; the box on the preview says that the prerequisites were seen."""
    _card(slug)
    try:
        fresh = modules.enable(session(), _registry(), slug, with_requirements="agreed" in request.form)
    except DomainError as refusal:
        session().rollback()
        return _preview(slug, str(refusal)), 422
    session().commit()
    for switched in fresh:
        flash(_("“%(name)s” is on.", name=_card(switched).name), "success")
    return redirect(url_for(".index"))


@blueprint.post("/modules/<slug>/disable")
@requires("jalon.modules.switch")
def disable(slug: str) -> ResponseReturnValue:
    """Switch off, with the dependents that the preview listed; nothing is deleted."""
    _card(slug)
    try:
        gone = modules.disable(session(), _registry(), slug, with_dependents="agreed" in request.form)
    except DomainError as refusal:
        session().rollback()
        return _preview(slug, str(refusal)), 422
    session().commit()
    for switched in gone:
        flash(_("“%(name)s” is off. Its data is kept.", name=_card(switched).name), "success")
    return redirect(url_for(".index"))


def _preview(slug: str, refusal: str = "") -> str:
    card, registry = _card(slug), _registry()
    together = (modules.enabled_dependents if card.on else modules.missing_requirements)(session(), registry, slug)
    running, unheard = _running([slug, *together]) if card.on else ([], [])
    return render_template(
        "jalon/module.html",
        card=card,
        together=[modules.card(session(), registry, s) for s in together],
        running=running,
        unheard=unheard,
        module=registry.get(slug),
        refusal=refusal,
    )


def _running(slugs: list[str]) -> tuple[list[str], list[str]]:
    """What is going on in these modules, a sentence each, and the names of those that could not say."""
    shown = current_app.extensions["jalon"].hooks.show(session(), "running_items", prepare=_sentences)
    names = {m.slug: m.name for m in _registry()}
    unheard = [name for name in shown.failed if name in {names.get(slug) for slug in slugs}]
    return [line for answer in shown if answer.slug in slugs for line in answer.value], unheard


def _sentences(lines: Iterable[object]) -> list[str]:
    return [str(line) for line in lines]


def _card(slug: str) -> modules.ModuleCard:
    try:
        return modules.card(session(), _registry(), slug)
    except modules.UnknownModule:
        abort(404)


def _registry() -> Registry:
    registry: Registry = current_app.extensions["jalon"].registry
    return registry
