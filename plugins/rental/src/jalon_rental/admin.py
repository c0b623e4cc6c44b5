"""The bookings' generated screens."""

from __future__ import annotations

from typing import Any

from flask import g, request, url_for
from flask import session as browser
from markupsafe import Markup
from sqlalchemy import exists, or_
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.datastructures import MultiDict

from jalon import members, people
from jalon.admin import AdminScreen, FilterBy, Preset
from jalon.db.current import session
from jalon.forms import EnumField
from jalon.models import Beneficiary, Member
from jalon.person_field import PersonField
from jalon_fleet.models import Vehicle
from jalon_rental import actions, bookings, contracts, requests, situations, troubles
from jalon_rental.errors import FollowerLeft, NoteTooLong, VehicleNeeded
from jalon_rental.forms import DRAFT, Keep
from jalon_rental.i18n import _, _l
from jalon_rental.models import Booking, Reason, Side, State

TONES = {
    State.REQUESTED: "warn",
    State.OPTIONED: "warn",
    State.BOOKED: "info",
    State.OUT: "warn",
    State.RETURNED: "ok",
    State.REFUSED: "bad",
}
FIND = "_find"


def state_pill(view: Any, context: Any, row: Booking, name: str) -> Markup:
    """The state in colour; late in red."""
    if bookings.is_late(row):
        return Markup('<span class="pill bad">{}</span>').format(_("Late"))
    if bookings.has_expired(row):
        return Markup('<span class="pill">{}</span>').format(_("Option expired"))
    return Markup('<span class="pill {}">{}</span>').format(TONES.get(row.state, ""), State.labels()[row.state])


def to_check(view: Any, context: Any, row: Booking, name: str) -> Markup | str:
    """Whether papers, licence or a late vehicle are in the way, and why."""
    whys = view.whys(row)
    if not whys:
        return ""
    tone = "bad" if any(blocks for _sentence, blocks in whys) else "warn"
    lines = Markup("").join(Markup("<li>{}</li>").format(sentence) for sentence, _blocks in whys)
    return Markup(
        '<span class="pill {}">{}</span><details><summary class="muted">{}</summary><ul class="plain">{}</ul></details>'
    ).format(tone, _("To check"), _("Why?"), lines)


def paper(view: Any, context: Any, row: Booking, name: str) -> Markup | str:
    """The contract in force, to open."""
    contract = contracts.in_force(session(), [row.id]).get(row.id)
    if contract is None:
        return ""
    address = url_for("jalon_rental.contract", contract_id=contract.id)
    return Markup('<a class="link" href="{}">{}</a>').format(address, contract.number)


def vehicles_in_order() -> Any:
    return session().query(Vehicle).order_by(Vehicle.make, Vehicle.model, Vehicle.plate, Vehicle.id)


def vehicle_label(vehicle: Vehicle) -> str:
    """As in lists; a retired one says so, for it cannot be booked."""
    return _("%(vehicle)s (left the fleet)", vehicle=vehicle) if vehicle.resource.archived_at else str(vehicle)


def followers() -> Any:
    """Who works here, and who left and still follows bookings that are over."""
    follows = exists().where(Booking.member_id == Member.id)
    return session().query(Member).filter(or_(Member.left_at.is_(None), follows)).order_by(Member.in_order, Member.id)


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
    column_list = ("renter", "wanted", "starts_at", "ends_at", "state", "to_check", "member")
    column_details_list = (
        "renter",
        "wanted",
        "starts_at",
        "ends_at",
        "state",
        "option_until",
        "reason",
        "given_up_by",
        "commune",
        "to_check",
        "contract",
        "member",
        "note",
    )
    field_permissions = {"note": "rental.notes"}
    column_labels = {
        "renter": _l("Renter"),
        "renter_name": _l("Renter"),
        "beneficiary": _l("Renter"),
        "beneficiary_id": _l("Renter"),
        "wanted": _l("Vehicle"),
        "vehicle": _l("Vehicle"),
        "category": _l("Kind wished for"),
        "commune": _l("Commune"),
        "commune_insee": _l("Commune"),
        "starts_at": _l("Start"),
        "ends_at": _l("End"),
        "state": _l("State"),
        "option_until": _l("Kept until"),
        "reason": _l("Why it was refused"),
        "given_up_by": _l("Cancelled by"),
        "to_check": _l("To check"),
        "contract": _l("Contract"),
        "member": _l("Followed by"),
        "note": _l("Note"),
    }
    column_sortable_list = ("starts_at", "ends_at", "state")
    column_default_sort = [("starts_at", True), ("id", True)]
    column_formatters = {
        "state": state_pill,
        "to_check": to_check,
        "contract": paper,
        "reason": lambda view, context, row, name: Reason.labels()[row.reason] if row.reason else "",
        "given_up_by": lambda view, context, row, name: Side.labels()[row.given_up_by] if row.given_up_by else "",
    }
    column_searchable_list = ("beneficiary.code", "vehicle.plate", "vehicle.serial_number", "vehicle.model")
    search_advice = _l("Code of the person, plate, number or model")
    list_filters = (
        "state",
        "starts_at",
        "ends_at",
        FilterBy("vehicle", looks_in=("make", "model", "plate", "serial_number")),
        "member",
        FilterBy("beneficiary", search=people.search, load=(joinedload(Beneficiary.identity),)),
    )
    column_select_related_list = ()
    presets = (
        Preset("today", _l("Today"), situations.due_today),
        Preset("leaving", _l("Departures today"), situations.leaving_today),
        Preset("back", _l("Returns today"), situations.back_today),
        Preset("out", _l("Vehicles out"), situations.out),
        Preset("late", _l("Late returns"), situations.late),
        Preset("coming", _l("To come"), situations.to_come),
        Preset("options", _l("Options"), situations.optioned),
        Preset("requests", _l("Requests"), situations.requested),
        Preset("unmet", _l("Unmet requests"), situations.unmet),
        Preset("mine", _l("Mine"), situations.mine),
        Preset("of-member", _l("Followed by this member"), situations.of_member, argument="member"),
        Preset("on-closure", _l("During a closure"), situations.on_closure, argument="closure"),
    )
    form_columns = ("beneficiary", "vehicle", "category", "starts_at", "ends_at", "keep_as", "member", "note")
    form_sections = (
        (_l("Renter"), ("beneficiary",)),
        (_l("Vehicle and period"), ("vehicle", "category", "starts_at", "ends_at", "keep_as")),
        (_l("Follow-up"), ("member", "note")),
    )
    not_copied = ("starts_at", "ends_at", "note")
    form_extra_fields = {
        "beneficiary": PersonField(_l("For whom"), adding="jalon_rental.new_person"),
        "keep_as": EnumField(_l("Keep it as"), enum_class=Keep, default=Keep.BOOKED),
    }
    form_args = {
        "vehicle": {"query_factory": vehicles_in_order, "get_label": vehicle_label, "blank_text": _l("None yet")},
        "category": {
            "blank_text": _l("That of the vehicle"),
            "description": _l("For a request without vehicle: what the person could drive"),
        },
        "member": {
            "query_factory": followers,
            "get_label": follower_label,
            "default": lambda: members.of_actor(session()),
            "description": _l("Who is asked about it and calls when it is late"),
        },
        "starts_at": {"description": _l("When the vehicle leaves")},
        "ends_at": {"description": _l("When it must be back")},
    }
    list_groups = ("state", "vehicle", "member", "starts_at")
    bulk_fields = ("member",)
    list_more_columns = ("category", "commune", "option_until", "reason", "given_up_by", "note")
    form_template_above = "jalon_rental/booking_actions.html"
    empty_advice = _l("Look for a free vehicle, or book one directly.")

    def get_query(self) -> Any:
        person = joinedload(Booking.beneficiary).joinedload(Beneficiary.identity)
        return (
            super()
            .get_query()
            .options(joinedload(Booking.vehicle), joinedload(Booking.member), person, selectinload(Booking.waivers))
        )

    def get_list(self, *args: Any, **options: Any) -> Any:
        count, rows = super().get_list(*args, **options)
        g.jalon_rental_whys = {**{row.id: [] for row in rows}, **troubles.whys(session(), rows)}  # of those over, none
        return count, rows

    def check_bulk(self, values: dict[str, Any]) -> None:
        member = values.get("member")
        if member is not None and member.left_at is not None:
            raise FollowerLeft

    def whys(self, row: Booking) -> list[tuple[str, bool]]:
        """Why a booking is to be looked at, each with whether it refuses; asked once for a whole list."""
        known = g.get("jalon_rental_whys")
        if known is None or row.id not in known:
            known = g.jalon_rental_whys = {row.id: [], **troubles.whys(session(), [row])}
        return list(known[row.id])

    def create_form(self, obj: Any = None) -> Any:
        """The empty form; or what was typed before a person was added, with that person."""
        kept = browser.get(DRAFT, {}) if request.method == "GET" and "draft" in request.args else {}
        draft = kept.get(g.jalon_slug)
        if draft is None:
            return super().create_form(obj)
        typed = MultiDict({**draft, "beneficiary": request.args.get("beneficiary", "")})
        return self._stripped(self._create_form_class(typed))

    def edit_form(self, obj: Any = None) -> Any:
        form = super().edit_form(obj)
        del form.keep_as
        form.beneficiary.adding = ""
        if obj is not None and obj.state is not State.REQUESTED:
            del form.category
        return form

    def validate_form(self, form: Any) -> bool:
        """Looking for a person is no mistake: what else is still empty is not said yet."""
        if request.method == "POST" and FIND in request.form and "beneficiary" in form and form.beneficiary.looking:
            return False
        if request.method == "POST" and "too_long" in request.args and "note" in form:
            form.note.errors = [str(NoteTooLong())]
            return False
        return bool(super().validate_form(form))

    def render(self, template: str, **kwargs: Any) -> Any:
        if kwargs.get("model") is not None:
            kwargs |= actions.beside(session(), kwargs["model"])
        answer = super().render(template, **kwargs)
        looking = request.method == "POST" and FIND in request.form and not getattr(kwargs.get("form"), "errors", True)
        return answer[0] if looking else answer

    def add(self, values: dict[str, Any]) -> Booking:
        keep, vehicle, category = values.pop("keep_as"), values.pop("vehicle"), values.pop("category")
        if keep is not Keep.REQUEST and vehicle is None:
            raise VehicleNeeded
        if keep is Keep.BOOKED:
            return bookings.book(session(), vehicle, **values)
        request_ = requests.ask(session(), vehicle=vehicle, category=category, **values)
        if keep is Keep.OPTION:
            requests.option(session(), request_)
        return request_

    def change(self, record: Booking, values: dict[str, Any]) -> None:
        bookings.change(session(), record, **values)
