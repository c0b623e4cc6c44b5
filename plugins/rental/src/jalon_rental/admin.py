"""The bookings' generated screens."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup
from sqlalchemy import exists, or_
from sqlalchemy.orm import joinedload
from wtforms.validators import InputRequired

from jalon import members
from jalon.admin import AdminScreen, Preset
from jalon.db.current import session
from jalon.models import Member
from jalon_fleet.models import Vehicle
from jalon_rental import bookings, situations
from jalon_rental.i18n import _, _l
from jalon_rental.models import Booking, State

TONES = {State.BOOKED: "info", State.OUT: "warn", State.RETURNED: "ok"}


def state_pill(view: Any, context: Any, row: Booking, name: str) -> Markup:
    """The state in colour; late in red."""
    if bookings.is_late(row):
        return Markup('<span class="pill bad">{}</span>').format(_("Late"))
    return Markup('<span class="pill {}">{}</span>').format(TONES.get(row.state, ""), State.labels()[row.state])


def vehicles_in_order() -> Any:
    return session().query(Vehicle).order_by(Vehicle.make, Vehicle.model, Vehicle.plate, Vehicle.id)


def vehicle_label(vehicle: Vehicle) -> str:
    """As in lists; a retired one says so, for it cannot be booked."""
    return _("%(vehicle)s (left the fleet)", vehicle=vehicle) if vehicle.resource.archived_at else str(vehicle)


def followers() -> Any:
    """Who works here, and who left and still follows bookings that are over."""
    follows = exists().where(Booking.member_id == Member.id)
    return session().query(Member).filter(or_(Member.left_at.is_(None), follows)).order_by(Member.name, Member.id)


def follower_label(member: Member) -> str:
    return _("%(name)s (has left)", name=member.name) if member.left_at else member.name


class BookingScreen(AdminScreen):
    """List, creation and correction of bookings; what happens to them are buttons below the form."""

    model = Booking
    module = "rental"
    read_permission = "rental.read"
    write_permission = "rental.write"
    title = _l("Bookings")
    record_title = _l("Booking")
    column_list = ("beneficiary", "vehicle", "starts_at", "ends_at", "member", "state")
    column_details_list = (*column_list, "note")
    field_permissions = {"note": "rental.notes"}
    column_labels = {
        "beneficiary": _l("Renter"),
        "vehicle": _l("Vehicle"),
        "starts_at": _l("Start"),
        "ends_at": _l("End"),
        "state": _l("State"),
        "member": _l("Followed by"),
        "note": _l("Note"),
    }
    column_sortable_list = ("starts_at", "ends_at", "state", "beneficiary")
    column_default_sort = [("starts_at", True), ("id", True)]
    column_formatters = {"state": state_pill}
    column_searchable_list = ("beneficiary", "vehicle.plate", "vehicle.serial_number", "vehicle.model")
    search_advice = _l("Renter, plate, number or model")
    column_select_related_list = ()
    presets = (
        Preset("today", _l("Today"), situations.due_today),
        Preset("leaving", _l("Departures today"), situations.leaving_today),
        Preset("back", _l("Returns today"), situations.back_today),
        Preset("out", _l("Vehicles out"), situations.out),
        Preset("late", _l("Late returns"), situations.late),
        Preset("coming", _l("To come"), situations.to_come),
        Preset("mine", _l("Mine"), situations.mine),
        Preset("of-member", _l("Followed by this member"), situations.of_member, argument="member"),
        Preset("on-closure", _l("During a closure"), situations.on_closure, argument="closure"),
    )
    form_columns = ("vehicle", "beneficiary", "starts_at", "ends_at", "member", "note")
    form_args = {
        "vehicle": {"query_factory": vehicles_in_order, "get_label": vehicle_label},
        "member": {
            "query_factory": followers,
            "get_label": follower_label,
            "default": lambda: members.of_actor(session()),
            "description": _l("Who is asked about it and calls when it is late"),
        },
        "starts_at": {"description": _l("When the vehicle leaves")},
        "ends_at": {"description": _l("When it must be back")},
        "beneficiary": {"description": _l("As on the licence"), "validators": [InputRequired(_l("Say who rents."))]},
    }
    form_template_above = "jalon_rental/booking_actions.html"
    empty_advice = _l("Look for a free vehicle, or book one directly.")

    def get_query(self) -> Any:
        return super().get_query().options(joinedload(Booking.vehicle), joinedload(Booking.member))

    def add(self, values: dict[str, Any]) -> Booking:
        return bookings.book(session(), values.pop("vehicle"), **values)

    def change(self, record: Booking, values: dict[str, Any]) -> None:
        bookings.change(session(), record, **values)
