"""The places of a structure."""

from __future__ import annotations

from typing import Any

from flask import flash
from markupsafe import Markup
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session, joinedload
from wtforms.validators import InputRequired

from jalon import places
from jalon.admin.filter_kinds import FilterBy
from jalon.admin.presets import Preset
from jalon.admin.screen import AdminScreen
from jalon.choices import CommuneField
from jalon.db.current import session
from jalon.forms import DegreesField, EnumField
from jalon.i18n import _, _l
from jalon.models import Place, PlaceKind


def archived(session: Session) -> ColumnElement[bool]:
    return Place.archived_at.is_not(None)


def state_pill(view: Any, context: Any, row: Place, name: str) -> Markup:
    """In use or not, in colour."""
    if row.archived_at:
        return Markup('<span class="pill">{}</span>').format(_("Archived"))
    return Markup('<span class="pill ok">{}</span>').format(_("In use"))


def _of(kind: PlaceKind) -> Preset:
    return Preset(
        kind.value, PlaceKind.labels()[kind], lambda session: (Place.kind == kind) & Place.archived_at.is_(None)
    )


class PlaceScreen(AdminScreen):
    """List, creation and correction of places."""

    model = Place
    read_permission = "jalon.places.read"
    write_permission = "jalon.places.write"
    title = _l("Places")
    record_title = _l("Place")
    column_list = ("name", "kind", "commune", "street", "state")
    column_details_list = ("kind", "state", "street", "commune", "latitude", "longitude")
    column_labels = {
        "name": _l("Name"),
        "kind": _l("Kind"),
        "street": _l("Address"),
        "commune": _l("Commune"),
        "latitude": _l("Latitude"),
        "longitude": _l("Longitude"),
        "state": _l("State"),
    }
    column_sortable_list = (("name", "in_order"), "kind")
    column_default_sort = [("in_order", False), ("id", False)]
    column_searchable_list = ("name", "street", "commune.name")
    search_advice = _l("Name, address or commune")
    list_filters = ("kind", FilterBy("commune", looks_in=("name", "postcodes")))
    list_groups = ("kind", "commune")
    bulk_fields = ("kind",)
    bulk_archive = "archived_at"
    few_rows = "a structure has some dozens of places"
    presets = (*map(_of, PlaceKind), Preset("archived", _l("Archived"), archived))
    column_formatters = {"state": state_pill}
    column_formatters_detail = column_formatters
    form_columns = ("name", "kind", "commune", "street", "latitude", "longitude")
    form_sections = (
        (_l("The place"), ("name", "kind")),
        (_l("Where it is"), ("commune", "street", "latitude", "longitude")),
    )
    form_extra_fields = {
        "latitude": DegreesField(
            _l("Latitude"), description=_l("In degrees, for instance 48.4347; leave both empty if you do not know")
        ),
        "longitude": DegreesField(_l("Longitude"), description=_l("In degrees, for instance 2.1622")),
        "kind": EnumField(
            _l("Kind"),
            [InputRequired(_l("Choose one."))],
            enum_class=PlaceKind,
            allow_blank=True,
            blank_text=_l("Choose…"),
        ),
        "commune": CommuneField(
            _l("Commune"),
            [InputRequired(_l("Say in which commune."))],
            description=_l("Type its name; add the postcode if several have it"),
        ),
    }
    record_template_acts = "jalon/place_actions.html"
    empty_advice = _l("Add the first place: a pick-up point, a permanence, a room or a depot.")

    def get_query(self) -> Any:
        return super().get_query().options(joinedload(Place.commune))

    def add(self, values: dict[str, Any]) -> Place:
        return places.add(session(), **values)

    def change(self, record: Place, values: dict[str, Any]) -> None:
        places.change(session(), record, **values)

    def create_model(self, form: Any) -> Any:
        made = super().create_model(form)
        if made:
            _warn_if_far(made)
        return made

    def update_model(self, form: Any, model: Any) -> bool:
        saved = super().update_model(form, model)
        if saved:
            _warn_if_far(model)
        return saved


def _warn_if_far(place: Place) -> None:
    distance = places.far_from_commune_km(place)
    if distance is not None:
        flash(
            _(
                "This point is %(km)s km from %(commune)s: check its latitude and longitude.",
                km=round(distance),
                commune=place.commune,
            ),
            "warning",
        )
