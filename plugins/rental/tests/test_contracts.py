"""Contracts: their facts do not change, an amended booking asks for another, and the paper says what was kept."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jalon import beneficiaries, copies, erasures, logos, settings
from jalon.clock import now, today
from jalon.copies.paper import page_of as page_of_copy
from jalon.errors import DomainError
from jalon.models import BeneficiaryStructure, Cause, Identity, LegalProtection
from jalon.scope import PARIS, scope_of
from jalon.testing.world import World
from jalon_fleet import vehicles
from jalon_fleet.models import Category, Vehicle
from jalon_rental import bookings, contracts, licences, requests
from jalon_rental.errors import ContractTooLate, ContractTooSoon, Held, RenterHidden
from jalon_rental.i18n import _
from jalon_rental.models import Booking, CheckMode, Contract, Ending, Guard
from jalon_rental.settings import RentalSettings
from jalon_rental.testing import renter
from jalon_rental.views.contracts import page_of

DAY = timedelta(days=1)
CHECKED: dict[str, Any] = {
    "mode": CheckMode.ADCS,
    "adcs_number": "1",
    "categories": ("b",),
    "verified_on": today(PARIS),
}


@pytest.fixture
def relais(world: World) -> World:
    world.structure("relais", enabled=["rental"])
    world.user("zoe", relais=["agent_location"])
    world.user("ana", relais=["accueil"])
    return world


@pytest.fixture
def session(relais: World) -> Iterator[Session]:
    with relais.inside("relais") as session:
        yield session


def car(session: Session, plate: str = "AA-123-BB") -> Vehicle:
    return vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate=plate)


def booked(session: Session, *, begins: timedelta = DAY, born: date | None = None, **options: Any) -> Booking:
    person, starts_at = renter(session, born=born), now().replace(microsecond=0) + begins
    options = {"starts_at": starts_at, "ends_at": starts_at + 3 * DAY, **options}
    return bookings.book(session, car(session), beneficiary=person, **options)


def unpacked(paper: bytes) -> bytes:
    """The objects of a PDF, which lie in compressed streams."""
    streams = re.findall(rb"/FlateDecode[^>]*>>\nstream\n(.*?)\nendstream", paper, re.DOTALL)
    return b"".join(map(zlib.decompress, streams))


@pytest.mark.both_databases
def test_what_was_signed_stays_whatever_changes_later(session: Session) -> None:
    booking = booked(session)
    day = today(scope_of(session).zone)
    settings.change(session, RentalSettings, {"contract_conditions": "Rendre le plein."}, valid_from=day)
    made = contracts.make(session, booking)

    session.scalars(select(Identity)).one().birth_date = date(1980, 1, 1)
    settings.change(session, RentalSettings, {"contract_conditions": "Rendre propre."}, valid_from=day)
    session.flush()
    session.expire_all()
    again = contracts.make(session, booking)

    assert again is made
    assert (made.number, made.renter, made.conditions) == (f"C{day.year}-0001", "Awa MEUNIER", "Rendre le plein.")
    assert (made.vehicle_name, made.vehicle_mark) == ("Renault Clio", "AA-123-BB")


@pytest.mark.both_databases
def test_another_contract_replaces_the_one_that_no_longer_says_what_is_booked(session: Session) -> None:
    booking = booked(session)
    first = contracts.make(session, booking)
    period = {"starts_at": booking.starts_at, "ends_at": booking.ends_at + DAY}
    bookings.change(session, booking, vehicle=booking.vehicle, beneficiary=booking.beneficiary, **period)

    outdated = bool(contracts.fitting(session, [booking]))
    second = contracts.make(session, booking)

    assert (outdated, first.ending, second.ending) == (False, Ending.REPLACED, None)
    assert (first.number[-4:], second.number[-4:]) == ("0001", "0002")
    assert [c.id for c in contracts.of_booking(session, booking)] == [second.id, first.id]
    first.ending, first.ended_at = None, None
    with pytest.raises(IntegrityError):
        session.flush()


def test_a_booking_that_is_given_up_takes_its_contract_with_it(session: Session) -> None:
    booking = booked(session)
    made = contracts.make(session, booking)

    bookings.cancel(session, booking)

    assert made.ending is Ending.CANCELLED
    assert contracts.why_not(session, booking) == str(ContractTooLate())


def test_no_contract_before_the_promise_nor_of_whom_one_may_not_read(session: Session) -> None:
    person, starts_at = renter(session), now() + DAY
    options = {"category": Category.CAR, "starts_at": starts_at, "ends_at": starts_at + DAY}
    refused: list[type[DomainError]] = []

    for booking in (requests.ask(session, beneficiary=person, **options), booked(session)):
        beneficiaries.link_of(session, person).restricted = True
        session.flush()
        session.expire_all()
        try:
            contracts.make(session, booking)
        except DomainError as refusal:
            refused.append(type(refusal))
        beneficiaries.link_of(session, person).restricted = False
        session.flush()

    assert refused == [ContractTooSoon, RenterHidden]


@pytest.mark.parametrize(
    ("born", "protection", "cosigned"),
    [
        (date(1990, 1, 1), None, False),
        (None, LegalProtection.NONE, False),
        (date(1990, 1, 1), LegalProtection.STRICT_CURATORSHIP, True),
        (date(2010, 1, 1), None, True),
    ],
    ids=["grown up", "birth unknown", "curatelle", "minor"],
)
def test_a_representative_signs_for_minors_and_the_protected_and_the_paper_does_not_say_why(
    session: Session, born: date | None, protection: LegalProtection | None, cosigned: bool
) -> None:
    booking = booked(session, born=born)
    assert booking.beneficiary is not None
    booking.beneficiary.file.legal_protection = protection

    html = page_of(session, contracts.make(session, booking))

    assert (_("Legal representative") in html) is cosigned
    assert str(LegalProtection.labels()[LegalProtection.STRICT_CURATORSHIP]) not in html


def test_a_departure_without_contract_is_marked_and_refused_only_where_the_structure_says_so(session: Session) -> None:
    booking = booked(session, begins=timedelta(minutes=-1))
    marked = contracts.lacking(session, [booking])
    day = today(scope_of(session).zone)
    settings.change(session, RentalSettings, {"contract_needed": True}, valid_from=day)

    with pytest.raises(Held) as refused:
        bookings.hand_over(session, booking)
    contracts.make(session, booking)
    bookings.hand_over(session, booking)

    assert marked == {booking.id: _("No contract is made.")}
    assert refused.value.guard is Guard.CONTRACT
    assert contracts.lacking(session, [booking]) == {}


def test_one_button_makes_the_contract_and_opens_a_tagged_paper_with_the_logo(relais: World) -> None:
    drawn = BytesIO()
    Image.new("RGB", (60, 20), (200, 60, 40)).save(drawn, "PNG")
    with relais.inside("relais") as session:
        logos.keep(session, logos.draw(drawn.getvalue()))
        booking = booked(session, begins=timedelta(minutes=-1))
        session.commit()
        booking_id = booking.id
    agent = relais.client("zoe")

    before = agent.get("/relais/rental/day").text
    made = agent.send(f"/relais/rental/bookings/{booking_id}/contract", back="day")
    paper = agent.get(made.location)
    shown = [
        agent.get(page).text for page in ("/relais/rental/day", f"/relais/admin/rental_booking/edit/?id={booking_id}")
    ]

    assert f"/bookings/{booking_id}/contract" in before
    assert paper.mimetype == "application/pdf"
    objects = unpacked(paper.data)
    assert b"/StructTreeRoot" in objects
    assert re.search(rb"/Subtype\s*/Image", objects + paper.data)
    assert all(made.location in page and "-0001" in page for page in shown)


def test_whoever_reads_bookings_reads_contracts_also_once_the_file_is_closed_but_not_of_the_protected(
    relais: World,
) -> None:
    with relais.inside("relais") as session:
        booking = booked(session)
        address = f"/relais/rental/contracts/{contracts.make(session, booking).id}"
        make = f"/relais/rental/bookings/{booking.id}/contract"
        assert booking.beneficiary is not None
        link = beneficiaries.link_of(session, booking.beneficiary)
        link.since, link.until = link.since - 2 * DAY, link.since - DAY
        session.commit()
        link_id = link.id
    reader = relais.client("ana")

    answers = [reader.get(address).status_code, reader.send(make).status_code]
    with relais.inside("relais") as session:
        session.get_one(BeneficiaryStructure, link_id).restricted = True
        session.commit()
    answers.append(reader.get(address).status_code)

    assert answers == [200, 403, 404]


def test_who_signed_is_forgotten_five_years_after_the_return_and_with_the_person(relais: World) -> None:
    with relais.inside("relais") as session:
        booking = booked(session, begins=-DAY)
        kept = contracts.make(session, booking)
        bookings.hand_over(session, booking, at=booking.starts_at)
        bookings.take_back(session, booking)
        session.commit()
        person, id = kept.beneficiary_id, kept.id

        assert contracts.forget(session, before=now()) == 0
        assert booking.occupation is not None
        long_ago = timedelta(days=6 * 366)
        booking.starts_at, booking.ends_at = booking.starts_at - long_ago, booking.ends_at - long_ago
        assert contracts.forget(session, before=now()) == 0  # it came back yesterday
        session.rollback()

    with relais.across() as erasing:
        erasures.erase(erasing, person, cause=Cause.REQUEST)
        erasing.commit()
        left = erasing.get_one(Contract, id)
        assert (left.renter, left.born_on, left.licence, left.vehicle_mark) == ("—", None, None, "AA-123-BB")


def test_a_corrected_name_of_the_renter_puts_the_contract_out_of_date(session: Session) -> None:
    booking = booked(session, begins=timedelta(hours=1))
    first = contracts.make(session, booking)

    session.scalars(select(Identity)).one().usage_name = "Corrigée"
    session.flush()
    told = contracts.lacking(session, [booking])[booking.id]
    second = contracts.make(session, booking)

    assert str(first) in told
    assert second is not first
    assert "CORRIGÉE" in second.renter
    assert contracts.fitting(session, [booking]) == {booking.id: second}


def test_a_vehicle_handed_over_without_contract_says_so_with_the_way_to_make_one(relais: World) -> None:
    with relais.inside("relais") as session:
        booking = booked(session, begins=timedelta(minutes=-5))
        assert booking.beneficiary is not None
        licences.record(session, booking.beneficiary, **CHECKED)
        id = booking.id
        session.commit()
    zoe = relais.client("zoe")

    zoe.send(f"/relais/rental/bookings/{id}/hand-over")
    page = zoe.get("/relais/rental/day").text

    assert "Remis sans contrat" in page
    assert f'href="/relais/admin/rental_booking/edit/?id={id}#contract"' in page


def test_the_copy_of_a_person_names_what_contracts_and_checks_hold(relais: World) -> None:
    with relais.inside("relais") as session:
        booking = booked(session)
        assert booking.beneficiary is not None
        licences.record(session, booking.beneficiary, **CHECKED)
        person = contracts.make(session, booking).beneficiary_id
        session.commit()
    with relais.across() as session:
        copy = copies.read(session, person)

    with relais.app.test_request_context("/relais/"):
        page = page_of_copy(copy)

    labels = set(re.findall(r"<dt>(.*?)</dt>", page))
    assert {"Contrat de location", "Vérification du permis"} <= set(re.findall(r"<h2>(.*?)</h2>", page))
    assert not [label for label in labels if "_" in label or label in ("renter", "mode", "number", "conditions")]
    assert {"Le locataire", "Numéro du contrat", "Vérifié le"} <= labels
