"""Renters are reminded the day before, once, by the way they agreed to."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from jalon import beneficiaries, consents, discreet, jobs, message_texts
from jalon.clock import now, today
from jalon.localtime import to_instant
from jalon.models import Agreement, Channel, Message, MessageState, Proof, Purpose, Title
from jalon.scope import PARIS
from jalon.testing.world import World
from jalon.worker import Worker
from jalon_fleet import vehicles
from jalon_fleet.models import Category
from jalon_rental import bookings, licences
from jalon_rental.models import CheckMode
from jalon_rental.reminders import RETURN_TOMORROW


def lent(world: World, number: int, days: int, *, agrees: bool = True, returned: bool = False) -> None:
    """A vehicle of a person, due back that many days from now at 17:00."""
    with world.inside("relais") as session:
        identity = {"title": Title.NEUTRAL, "usage_name": f"Meunier{'abcdef'[number]}", "first_name": "Awa"}
        file = {"phone": f"+3361234567{number}", "channel": Channel.SMS}
        person = beneficiaries.create(session, identity, file, reason="test")
        if agrees:
            consents.record(session, person.id, purpose=Purpose.SMS, agreement=Agreement.GIVEN, proof=Proof.ORAL)
        vehicle = vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate=f"AA-12{number}-BB")
        back = to_instant(datetime.combine(today(PARIS) + timedelta(days=days), time(17)), PARIS)
        licences.record(
            session, person, mode=CheckMode.ADCS, adcs_number="1", categories=("b",), verified_on=today(PARIS)
        )
        period = {"starts_at": now() - timedelta(hours=1), "ends_at": back}
        booking = bookings.book(session, vehicle, beneficiary=person, **period)
        bookings.hand_over(session, booking)
        if returned:
            bookings.take_back(session, booking)
        session.commit()


def test_who_must_bring_a_vehicle_back_tomorrow_gets_one_discreet_sms(world: World, tmp_path: Path) -> None:
    world.app.config["JALON_DATA_DIR"] = str(tmp_path)
    world.structure("relais", enabled=["rental"])
    lent(world, 0, 1)
    lent(world, 1, 2)
    lent(world, 2, 1, returned=True)
    lent(world, 3, 1, agrees=False)

    for round in ("a", "b"):
        with world.inside("relais") as session:
            jobs.enqueue(session, "rental.remind", once=round)
            session.commit()
        with world.app.app_context():
            Worker(world.jalon).run_once()

    day = f"{today(PARIS) + timedelta(days=1):%d/%m/%Y}"
    texts = [json.loads(path.read_text()) for path in (tmp_path / "sms").glob("*.json")]
    assert [text["to"] for text in texts] == ["+33612345670"]
    assert f"demain {day} à 17:00" in texts[0]["text"]
    assert len(texts[0]["text"]) <= 160
    with world.inside("relais") as session:
        states = sorted(m.state.value for m in session.scalars(select(Message)))
    assert states == [MessageState.REFUSED.value, MessageState.SENT.value]


@pytest.mark.parametrize("text", [str(RETURN_TOMORROW.subject), str(RETURN_TOMORROW.short)])
def test_the_reminder_says_neither_reason_nor_service(text: str) -> None:
    assert discreet.found_in(text) == ""


def test_a_structure_where_rental_is_on_may_change_the_reminder(world: World) -> None:
    world.structure("relais", enabled=["rental"])
    world.user("boss", relais=["direction"])
    assert message_texts.find(RETURN_TOMORROW.name) is RETURN_TOMORROW

    page = world.client("boss").get("/relais/messages/texts/rental.return_tomorrow/")

    assert page.status_code == 200
    assert "{heure}" in page.text
