"""The vehicles' generated screens."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import g, url_for
from markupsafe import Markup
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from jalon.admin import AdminScreen, Preset
from jalon.clock import today
from jalon.db.current import session
from jalon.models import Resource
from jalon.scope import scope_of
from jalon_fleet import papers, vehicles
from jalon_fleet.forms import PaperForm
from jalon_fleet.i18n import _, _l
from jalon_fleet.models import Gearbox, PaperKind, Vehicle

PILL = Markup('<span class="pill {}">{}</span>')


def in_fleet(session: Session) -> ColumnElement[bool]:
    return Vehicle.resource.has(Resource.archived_at.is_(None))


def left_fleet(session: Session) -> ColumnElement[bool]:
    return Vehicle.resource.has(Resource.archived_at.is_not(None))


def state_pill(view: Any, context: Any, row: Vehicle, name: str) -> Markup:
    """In the fleet or not, in colour."""
    if row.resource.archived_at:
        return Markup('<span class="pill">{}</span>').format(_("Left the fleet"))
    return Markup('<span class="pill ok">{}</span>').format(_("In the fleet"))


def papers_pill(view: Any, context: Any, row: Vehicle, name: str) -> Markup | str:
    """The paper that ends first, or is missing; in colour, and in words."""
    return PILL.format(*told) if (told := view.paper_told(row)) else ""


def sheet_link(view: Any, context: Any, row: Vehicle, name: str) -> Markup:
    """The sheet to print, for who only reads too."""
    address = url_for("jalon_fleet.sheet", vehicle_id=row.id)
    return Markup('<a class="link" href="{}">{}</a>').format(address, _("Open the sheet (PDF)"))


def paper_form(kinds: list[PaperKind], day: date) -> PaperForm:
    """Only the papers that such a vehicle needs, seen today unless somebody says otherwise."""
    form = PaperForm(data={"seen_on": day})
    form.kind.choices = [(kind.name, str(PaperKind.labels()[kind])) for kind in kinds]
    return form


class VehicleScreen(AdminScreen):
    """List, creation and correction of vehicles."""

    model = Vehicle
    module = "fleet"
    read_permission = "fleet.read"
    write_permission = "fleet.write"
    title = _l("Vehicles")
    record_title = _l("Vehicle")
    column_list = ("model", "category", "plate", "serial_number", "papers", "in_fleet")
    column_labels = {
        "category": _l("Category"),
        "make": _l("Make"),
        "model": _l("Model"),
        "plate": _l("Plate"),
        "serial_number": _l("Serial number"),
        "in_fleet": _l("State"),
        "papers": _l("Papers"),
        "sheet": _l("To print"),
        "gearbox": _l("Gearbox"),
        "minimum_age": _l("Minimum age of the driver"),
        "licence_years": _l("Years of licence of the driver"),
        "kind": _l("Paper"),
        "valid_until": _l("Valid until"),
        "seen_on": _l("Seen on"),
    }
    column_sortable_list = ("model", "category", "plate", "serial_number")
    column_default_sort = [("category", False), ("plate", False), ("id", False)]
    column_searchable_list = ("plate", "serial_number", "make", "model")
    search_advice = _l("Plate, number, make or model")
    list_filters = ("category", "gearbox", "make", "model", "minimum_age", "licence_years")
    list_groups = ("category", "gearbox")
    bulk_fields = ("gearbox", "minimum_age", "licence_years")
    few_rows = "a fleet has some hundreds of vehicles"
    presets = (
        Preset("in", _l("In the fleet"), in_fleet),
        Preset("papers", _l("Papers to look after"), papers.to_look_after),
        Preset("left", _l("Left the fleet"), left_fleet),
    )
    column_formatters = {
        "model": lambda view, context, row, name: f"{row.make} {row.model}",
        "in_fleet": state_pill,
        "papers": papers_pill,
        "sheet": sheet_link,
        "gearbox": lambda view, context, row, name: Gearbox.labels()[row.gearbox] if row.gearbox else "",
    }
    column_details_list = (
        *("model", "category", "plate", "serial_number", "gearbox", "minimum_age", "licence_years"),
        *("papers", "in_fleet", "sheet"),
    )
    form_columns = (
        *("category", "make", "model", "plate", "serial_number"),
        *("gearbox", "minimum_age", "licence_years"),
    )
    form_sections = (
        (_l("Vehicle"), ("category", "make", "model", "gearbox")),
        (_l("What it is known by"), ("plate", "serial_number")),
        (_l("What the insurer asks of the driver"), ("minimum_age", "licence_years")),
    )
    form_args = {
        "plate": {"description": _l("AB-123-CD, typed as you like; empty for a cycle")},
        "serial_number": {"description": _l("Of the frame, or the marking; needed for a cycle")},
        "gearbox": {"description": _l("Say automatic, or a licence with code 78 is refused")},
        "minimum_age": {"description": _l("In years; as the insurer asks")},
        "licence_years": {"description": _l("As the insurer asks")},
    }
    form_template_extra = "jalon_fleet/vehicle_actions.html"
    list_more_columns = ("make", "gearbox", "minimum_age", "licence_years")
    record_template_acts = "jalon_fleet/vehicle_archive.html"
    empty_advice = _l("Add the first vehicle: it can then be booked.")

    def get_list(self, *args: Any, **options: Any) -> Any:
        count, rows = super().get_list(*args, **options)
        g.jalon_fleet_papers = papers.expiries(session(), [row.id for row in rows])
        return count, rows

    def paper_told(self, row: Vehicle) -> tuple[str, str] | None:
        """Tone and words of a vehicle's papers; asked once for a whole list."""
        known = g.get("jalon_fleet_papers")
        if known is None or row.id not in known:
            known = g.jalon_fleet_papers = papers.expiries(session(), [row.id])
        return papers.told(session(), row, known[row.id])

    def beside(self, record: Vehicle) -> dict[str, Any]:
        kinds = sorted(papers.needed(record.category), key=lambda kind: kind.value)
        day = today(scope_of(session()).zone)
        return {
            "papers": papers.of_vehicle(session(), record),
            "paper_kinds": {kind: PaperKind.labels()[kind] for kind in kinds},
            "paper_form": paper_form(kinds, day),
            "day": day,
        }

    def told_under(self, record: Vehicle) -> list[tuple[str, int]]:
        """Entering and leaving the fleet is told of its resource."""
        return [*super().told_under(record), (Resource.__tablename__, record.resource_id)]

    def add(self, values: dict[str, Any]) -> Vehicle:
        return vehicles.add(session(), **values)

    def change(self, record: Vehicle, values: dict[str, Any]) -> None:
        vehicles.change(session(), record, **values)
