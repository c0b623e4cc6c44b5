"""What is done to a place beside its form: leaving use, coming back."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from jalon import places
from jalon.access import requires
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.i18n import _
from jalon.models import Place

blueprint = Blueprint("jalon_places", "jalon", template_folder="templates")


@blueprint.post("/places/<int(max=2147483647):place_id>/archive")
@requires("jalon.places.write")
def archive(place_id: int) -> ResponseReturnValue:
    """Take the place out of use."""
    place = _place(place_id)
    try:
        places.archive(session(), place)
        session().commit()
        flash(_("%(place)s is archived.", place=place), "success")
    except DomainError as refusal:
        session().rollback()
        flash(str(refusal), "error")
    return _to_form(place_id)


@blueprint.post("/places/<int(max=2147483647):place_id>/bring-back")
@requires("jalon.places.write")
def bring_back(place_id: int) -> ResponseReturnValue:
    """Use an archived place again."""
    place = _place(place_id)
    places.bring_back(session(), place)
    session().commit()
    flash(_("%(place)s is in use again.", place=place), "success")
    return _to_form(place_id)


def _place(place_id: int) -> Place:
    return session().scalar(select(Place).where(Place.id == place_id)) or abort(404)


def _to_form(place_id: int) -> ResponseReturnValue:
    return redirect(url_for("jalon_admin_place.edit_view", id=place_id))
