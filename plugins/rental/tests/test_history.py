"""The history of bookings: by form, buttons, bulk and command; on their page; gone with the renter."""

from __future__ import annotations

from datetime import timedelta
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from sqlalchemy import select, update

from jalon import beneficiaries, history, retention, uninstall
from jalon.clock import now, today
from jalon.hooks import Hooks
from jalon.models import OpenDuty
from jalon.registry import Registry
from jalon.scope import PARIS
from jalon.testing.conformance.snapshot import contents
from jalon.testing.world import Browser, World
from jalon_fleet import vehicles
from jalon_fleet.models import Category
from jalon_rental import bookings
from jalon_rental.models import Booking
from jalon_rental.testing import renter

pytestmark = pytest.mark.both_databases
LIST = "/relais/admin/rental_booking/"
SEEDED = "Zéphyrine Quatremain"
CODE = beneficiaries.code_of(1, today(PARIS))  # of the person: no name is written to the history
Told = list[tuple[str, str | None, str | None]]


@pytest.fixture
def car_id(world: World) -> int:
    for slug in ("relais", "scop"):
        world.structure(slug, enabled=["rental"])
    with world.inside("relais") as session:
        car = vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate="AA-123-BB")
        assert renter(session).code == CODE
        session.commit()
        return car.id


@pytest.fixture
def agent(world: World, car_id: int) -> Browser:
    world.user("zoe", relais=["agent_location"])
    return world.client("zoe")


@pytest.fixture
def booking_id(agent: Browser, world: World, car_id: int) -> int:
    """A booking typed in the form by the agent."""
    answer = agent.send(f"{LIST}new/", **typed(car_id))
    assert answer.status_code == 302, answer.text
    with world.inside("relais") as session:
        return session.scalars(select(Booking.id)).one()


def typed(car_id: int, **changes: str) -> dict[str, str]:
    day = "2031-03-03"
    starts_at, ends_at = f"{day}T09:00", f"{day}T17:00"
    return {
        "vehicle": str(car_id),
        "starts_at": starts_at,
        "ends_at": ends_at,
        "beneficiary": "1",
        "note": "",
        **changes,
    }


def told(
    world: World, booking_id: int, slug: str = "relais", permissions: tuple[str, ...] = ("rental.notes",)
) -> list[tuple[str, str, str, Told]]:
    """Who, by which way, what and the values, oldest first."""
    with world.inside(slug, permissions=permissions) as session:
        lines = history.of_record(session, [("rental_booking", booking_id)], limit=100)
        return [(x.who, x.origin, x.action, [(v.label, v.before, v.after) for v in x.values]) for x in reversed(lines)]


def test_a_form_and_a_button_are_told_in_the_words_of_the_screen(
    world: World, agent: Browser, booking_id: int, car_id: int
) -> None:
    edit = f"{LIST}edit/?id={booking_id}"
    agent.send(edit, version="1", **typed(car_id, note="Casque fourni", ends_at="2031-03-03T18:00"))
    agent.send(f"/relais/rental/bookings/{booking_id}/cancel")

    assert told(world, booking_id) == [
        (
            "Zoe",
            "form",
            "created",
            [
                ("Véhicule", None, "Renault Clio · AA-123-BB"),
                ("Suivi par", None, "Zoe"),
                ("Locataire", None, CODE),
                ("État", None, "Réservé"),
                ("Départ", None, "lun. 03/03/2031 09:00"),
                ("Retour", None, "lun. 03/03/2031 17:00"),
            ],
        ),
        (
            "Zoe",
            "form",
            "changed",
            [
                ("Retour", "lun. 03/03/2031 17:00", "lun. 03/03/2031 18:00"),
                ("Remarque", None, "Casque fourni"),
            ],
        ),
        ("Zoe", "form", "changed", [("État", "Réservé", "Annulé")]),
    ]


def test_a_refused_form_is_not_told(world: World, agent: Browser, booking_id: int, car_id: int) -> None:
    answer = agent.send(f"{LIST}new/", **typed(car_id))

    assert answer.status_code == 422
    with world.inside("relais") as session:
        told_of = [
            line.subject_id for line in history.entries(session, [], limit=100) if line.table == "rental_booking"
        ]
    assert told_of == [booking_id]


def test_a_bulk_statement_is_told_of_each_booking(world: World, booking_id: int) -> None:
    with world.inside("relais") as session:
        session.execute(update(Booking).where(Booking.id == booking_id).values(note="Rappeler"))
        session.commit()

    assert told(world, booking_id)[-1] == ("test", "form", "changed", [("Remarque", None, "Rappeler")])


def test_the_page_of_a_booking_ends_with_its_history(agent: Browser, booking_id: int) -> None:
    page = agent.get(f"{LIST}edit/?id={booking_id}").text

    section = page.partition('<details class="past-of')[2]
    for said in ("Historique", "Création", "Locataire", CODE, "Zoe"):
        assert said in section
    assert "Tout voir" not in section


def test_a_long_history_shows_twenty_and_leads_to_the_rest(world: World, agent: Browser, booking_id: int) -> None:
    for number in range(22):
        with world.inside("relais") as session:
            session.execute(update(Booking).values(note=f"Appel {number:02}"))
            session.commit()

    page = agent.get(f"{LIST}edit/?id={booking_id}").text
    whole = agent.get(f"{LIST}history/?id={booking_id}").text

    assert "Tout voir" in page
    assert page.count("c-changes") == 20 < 23 == whole.count("c-changes")
    assert whole.index("Appel 21") < whole.index("Appel 00") < whole.index("Création")


def test_the_history_of_a_record_one_cannot_see_is_not_there(world: World, agent: Browser, booking_id: int) -> None:
    world.user("paul", scop=["agent_location"])
    world.user("nina", relais=[])

    assert world.client("paul").get(f"/scop/admin/rental_booking/history/?id={booking_id}").status_code == 404
    assert world.client("nina").get(f"{LIST}history/?id={booking_id}").status_code == 403
    assert agent.get(f"{LIST}history/?id=99999").status_code == 404
    assert agent.get(f"{LIST}history/?id=abc").status_code == 404
    assert told(world, booking_id, "scop") == []
    world.disable("relais", "rental")
    assert agent.get(f"{LIST}history/?id={booking_id}").status_code == 404


def test_a_field_one_may_not_read_is_absent_from_the_history(
    world: World, agent: Browser, booking_id: int, car_id: int
) -> None:
    agent.send(f"{LIST}edit/?id={booking_id}", version="1", **typed(car_id, note="Suivi délicat"))
    world.user("bob", relais=["accueil"])
    desk = world.client("bob")

    for page in ("history", "details"):
        theirs, ours = (b.get(f"{LIST}{page}/?id={booking_id}") for b in (desk, agent))
        assert (theirs.status_code, ours.status_code) == (200, 200)
        for hidden in ("Suivi délicat", "Remarque"):
            assert hidden not in theirs.text
            assert hidden in ours.text.partition("c-changes")[2]
        assert CODE in theirs.text
    assert told(world, booking_id, permissions=())[-1][3] == []
    assert told(world, booking_id)[-1][3] == [("Remarque", None, "Suivi délicat")]


def test_leaving_the_fleet_is_told_on_the_vehicles_page(world: World, car_id: int) -> None:
    world.user("rob", relais=["agent_location"])
    browser = world.client("rob")
    browser.send(f"/relais/fleet/vehicles/{car_id}/retire")

    page = browser.get(f"/relais/admin/fleet_vehicle/edit/?id={car_id}").text

    assert "Retrait le" in page.partition('<details class="past-of')[2]


def test_the_structures_history_leads_to_what_still_exists(world: World, booking_id: int) -> None:
    world.user("dora", relais=["direction"])

    page = world.client("dora").get("/relais/history/?what=rental_").text

    assert f"{LIST}details/?id={booking_id}" in page
    assert f"Réservation n°\u00a0{booking_id}" in page
    assert "Location\u00a0: tout" in page


@pytest.fixture
def over(world: World, booking_id: int) -> int:
    """That booking, corrected, cancelled and long over."""
    with world.inside("relais") as session:
        booking = session.scalars(select(Booking)).one()
        booking.note = f"Rappeler {SEEDED}"
        booking.renter_name = f"{SEEDED}-Roy"
        bookings.cancel(session, booking)
        session.execute(
            update(Booking).values(starts_at=now() - timedelta(days=2000), ends_at=now() - timedelta(days=1999))
        )
        session.commit()
    return booking_id


def traces(world: World) -> list[str]:
    """The tables in which the seeded name stands anywhere."""
    with world.app.app_context():
        return [
            table
            for table, rows in contents(world.jalon.db.engine).items()
            if "Zéphyrine" in str(rows) or "Quatremain" in str(rows)
        ]


def test_after_the_retention_command_no_table_knows_the_renter(world: World, over: int) -> None:
    before = told(world, over)
    assert traces(world) == ["jalon_history_value", "rental_booking"]

    done = world.app.test_cli_runner().invoke(args=["jalon", "retention", "apply", "--structure", "relais"])

    assert done.exit_code == 0, done.output
    assert traces(world) == []
    after = told(world, over)
    assert [(w, o, a, [v[0] for v in vs]) for w, o, a, vs in after[:-1]] == [
        (w, o, a, [v[0] for v in vs]) for w, o, a, vs in before
    ]
    assert after[-1] == (
        "ligne de commande",
        "command",
        "changed",
        [("Locataire", None, None), ("Remarque", None, None)],
    )


def test_a_renter_whose_time_is_not_over_stays_in_the_history(world: World, booking_id: int) -> None:
    with world.inside("relais") as session:
        retention.apply(session, world.jalon.hooks, before=now())
        session.commit()

    assert ("Locataire", None, CODE) in told(world, booking_id)[0][3]


def test_a_dry_run_erases_nothing(world: World, over: int) -> None:
    world.app.test_cli_runner().invoke(args=["jalon", "retention", "apply", "--structure", "relais", "--dry-run"])

    assert traces(world) == ["jalon_history_value", "rental_booking"]


def test_without_the_code_the_duty_stays_open_and_nothing_breaks(world: World, over: int) -> None:
    registry = Registry(p for p in entry_points(group="jalon.plugins") if p.name != "rental")
    with world.inside("relais") as session:
        report = retention.apply(session, Hooks(registry), before=now())
        session.commit()

        assert report.absent == ["rental"]
        assert list(session.scalars(select(OpenDuty.slug))) == ["rental"]


def test_an_uninstalled_modules_history_stays_readable(world: World, over: int, tmp_path: Path) -> None:
    world.user("dora", relais=["direction"])
    before = told(world, over)
    for slug in ("relais", "scop"):
        world.disable(slug, "rental")
    with world.app.app_context():
        uninstall.uninstall(world.jalon.db.engine, world.jalon.registry, "rental", export_to=tmp_path / "rental.zip")

    page = world.client("dora").get("/relais/history/?what=rental_booking")

    assert page.status_code == 200
    assert SEEDED in page.text
    assert f"{LIST}details" not in page.text
    assert told(world, over) == before
