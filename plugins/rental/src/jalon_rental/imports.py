"""Bookings as a list: lines that come in are requests of the waiting list, what goes out is every booking.

No name stands in such a file: persons are told by their code.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, object_session

from jalon.hooks import Hooks
from jalon.importable import AddedSince, CellKind, Column, Double, Importable, Values
from jalon.localtime import to_instant, to_local
from jalon.models import Beneficiary
from jalon.scope import scope_of
from jalon_fleet.imports import WORDS
from jalon_fleet.models import Category
from jalon_rental import requests
from jalon_rental.errors import CodeUnknown
from jalon_rental.i18n import _, _l
from jalon_rental.models import Booking, State

LEAVES, COMES_BACK = time(9), time(17)  # a list has days
COLUMNS = (
    Column(
        "beneficiary",
        _l("Code of the person"),
        synonyms=("Code", "Code personne", "Code bénéficiaire", "N° de dossier"),
        required=True,
        longest=30,
        example="B-2026-00012",
    ),
    Column(
        "category",
        _l("Category"),
        CellKind.CHOICE,
        synonyms=("Catégorie", "Type", "Type de véhicule"),
        required=True,
        choices=Category.labels(),
        aliases=WORDS,
        example="Voiture",
        for_all=True,
    ),
    Column("starts_at", _l("First day"), CellKind.DAY, synonyms=("Du", "Début", "Départ"), required=True),
    Column("ends_at", _l("Last day"), CellKind.DAY, synonyms=("Au", "Fin", "Retour"), required=True),
    Column("vehicle", _l("Vehicle"), only_told=True),
    Column("state", _l("State"), only_told=True),
)


def add(session: Session, values: Values, apart: Collection[int]) -> Booking:
    """Raises CodeUnknown, AddedSince and what `requests.ask` raises."""
    person = _person(session, values)
    if person is None:
        raise CodeUnknown
    if find(session, values):
        raise AddedSince
    starts_at, ends_at = _period(session, values)
    return requests.ask(session, beneficiary=person, category=values["category"], starts_at=starts_at, ends_at=ends_at)


def find(session: Session, values: Values) -> Sequence[Double]:
    """The same asked for the same person and days is one request."""
    person = _person(session, values)
    if person is None or not all(values.get(name) for name in ("category", "starts_at", "ends_at")):
        return []
    starts_at, ends_at = _period(session, values)
    same = select(Booking.id).where(
        Booking.beneficiary_id == person.id,
        Booking.category == values["category"],
        Booking.state == State.REQUESTED,
        Booking.starts_at == starts_at,
        Booking.ends_at == ends_at,
    )
    return [Double(id, _("The same request"), hard=True, certain=True) for id in session.scalars(same)]


def keys(values: Values) -> Iterable[Hashable]:
    yield _code(values), values.get("category"), values.get("starts_at"), values.get("ends_at")


def take_back(session: Session, hooks: Hooks, request: Booking) -> None:
    """Nothing was promised: the request is removed."""
    session.delete(request)
    session.flush()


def listed(session: Session) -> Select[Any]:
    """Every booking, the earliest first."""
    whole = (joinedload(Booking.beneficiary), joinedload(Booking.vehicle))
    return select(Booking).options(*whole).order_by(Booking.starts_at, Booking.id)


def shown(booking: Booking) -> Mapping[str, Any]:
    session = object_session(booking)
    assert session is not None
    zone, vehicle = scope_of(session).zone, booking.vehicle
    return {
        "beneficiary": booking.beneficiary.code if booking.beneficiary is not None else None,
        "category": vehicle.category if vehicle is not None else booking.category,
        "starts_at": to_local(booking.starts_at, zone).date(),
        "ends_at": to_local(booking.ends_at, zone).date(),
        "vehicle": (vehicle.plate or vehicle.serial_number) if vehicle is not None else None,
        "state": str(State.labels()[booking.state]),
    }


def _code(values: Values) -> str:
    return "".join((values.get("beneficiary") or "").split()).upper()


def _person(session: Session, values: Values) -> Beneficiary | None:
    return session.scalar(select(Beneficiary).where(Beneficiary.code == _code(values)))


def _period(session: Session, values: Values) -> tuple[datetime, datetime]:
    zone = scope_of(session).zone
    first: date = values["starts_at"]
    last: date = values["ends_at"]
    return to_instant(datetime.combine(first, LEAVES), zone), to_instant(datetime.combine(last, COMES_BACK), zone)


BOOKINGS = Importable(
    name="bookings",
    label=_l("Bookings"),
    model=Booking,
    read_permission="rental.read",
    write_permission="rental.write",
    columns=COLUMNS,
    add=add,
    find=find,
    keys=keys,
    mark=lambda request: str(request.version),
    take_back=take_back,
    listed=listed,
    shown=shown,
    compared=("beneficiary", "category", "starts_at", "ends_at"),
    advice=_l(
        "One request a line: code of the person, kind of vehicle, first and last day. It waits among the requests, "
        "from 9 a.m. to 5 p.m.; no vehicle is promised yet."
    ),
    undo_advice=_l("The requests are removed, but for those that became something else."),
)
