"""Dated settings: typed, checked, planned, taken back; their pages; what nobody may do."""

from __future__ import annotations

import enum
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from jalon import settings
from jalon.clock import today
from jalon.core_settings import Letterhead, Opening
from jalon.models import Setting, Structure
from jalon.opening_hours import OpeningHours
from jalon.scope import PARIS
from jalon.setting_types import BadSetting, NotOffered, TooLarge, TooLong, TooSmall, WrongType, setting, settings_in
from jalon.settings import AlreadyApplied, ChangedMeanwhile, InThePast, NothingPlanned, TooFarAhead
from jalon.testing.conformance.forms import forms_in
from jalon.testing.world import Browser, World

TODAY = today(PARIS)
DAY = timedelta(days=1)


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Everything:
    """A setting of every type."""

    count: int = setting(3, label="Count", minimum=1, maximum=9)
    cents: int = setting(1250, label="Amount", unit="€", minimum=0)
    on: bool = setting(False, label="On")
    text: str = setting("a", label="Text", maximum=5)
    ratio: Decimal = setting(Decimal("0.5"), label="Ratio", maximum=Decimal("1"))
    day: date = setting(date(2026, 1, 1), label="Day", minimum=date(2020, 1, 1))
    hour: time = setting(time(9), label="Hour")
    colour: Colour = setting(Colour.RED, label="Colour")
    level: str = setting("low", label="Level", choices={"low": "Low", "high": "High"})
    hours: OpeningHours = setting(OpeningHours(), label="Hours")


settings_in(Everything)  # read while its names can be looked up here
Everything.__module__ = "jalon_sample.settings"  # as a module's own package would have it
OTHERS = {
    "count": 7,
    "cents": 99,
    "on": True,
    "text": "é\n“",
    "ratio": Decimal("0.25"),
    "day": date(2027, 2, 3),
    "hour": time(17, 30),
    "colour": Colour.BLUE,
    "level": "high",
    "hours": OpeningHours.typed("9h-12h", "", "", "", "", "", "14h-24h"),
}
REFUSED = {
    "count": [(0, TooSmall), (10, TooLarge), ("3", WrongType), (True, WrongType), (None, WrongType)],
    "cents": [(-1, TooSmall), (10**12, TooLarge), (1.5, WrongType)],
    "on": [(1, WrongType)],
    "text": [("longer", TooLong), (3, WrongType)],
    "ratio": [(Decimal(2), TooLarge), (0.5, WrongType)],
    "day": [(date(2019, 12, 31), TooSmall), ("2026-01-01", WrongType)],
    "colour": [("red", WrongType)],
    "level": [("none", NotOffered)],
    "hours": [("9h-12h", WrongType)],
}


@pytest.fixture
def session(world: World) -> Iterator[Session]:
    world.structure("relais")
    with world.inside("relais") as session:
        yield session


def rows(session: Session) -> list[tuple[str, str, date]]:
    session.flush()
    return [(r.key, r.value, r.valid_from) for r in session.query(Setting).order_by(Setting.valid_from, Setting.key)]


@pytest.mark.both_databases
@pytest.mark.parametrize(("name", "value"), OTHERS.items())
def test_a_setting_of_each_type_comes_back_as_it_was_set(session: Session, name: str, value: Any) -> None:
    settings.change(session, Everything, {name: value}, valid_from=TODAY)
    session.commit()

    assert getattr(settings.current(session, Everything), name) == value


@pytest.mark.parametrize(
    ("name", "value", "refusal"), [(name, *row) for name, table in REFUSED.items() for row in table]
)
def test_a_value_that_does_not_fit_is_refused_at_its_field(
    session: Session, name: str, value: Any, refusal: type[BadSetting]
) -> None:
    with pytest.raises(refusal) as refused:
        settings.change(session, Everything, {name: value}, valid_from=TODAY)

    assert refused.value.field == name
    assert rows(session) == []


def test_the_defaults_hold_until_something_is_said(session: Session) -> None:
    assert settings.current(session, Everything) == Everything()


def test_of_several_days_the_last_that_has_begun_holds(session: Session) -> None:
    for days, count in ((10, 6), (0, 4), (5, 5)):
        settings.change(session, Everything, {"count": count}, valid_from=TODAY + days * DAY)

    held = [settings.current(session, Everything, TODAY + n * DAY).count for n in (-1, 0, 4, 5, 9, 10, 400)]

    assert held == [3, 4, 4, 5, 5, 6, 6]


def test_only_what_differs_is_written(session: Session) -> None:
    told = settings.change(session, Everything, {"count": 4, "text": "a", "on": False}, valid_from=TODAY)

    assert [(d.key, d.before, d.after) for d in told] == [("count", "3", "4")]
    assert rows(session) == [("count", "4", TODAY)]


@pytest.mark.both_databases
def test_a_second_change_of_a_day_replaces_the_first(session: Session) -> None:
    settings.change(session, Everything, {"count": 4}, valid_from=TODAY + DAY)
    settings.change(session, Everything, {"count": 5}, valid_from=TODAY + DAY)

    assert rows(session) == [("count", "5", TODAY + DAY)]


def test_a_change_back_to_what_held_before_leaves_no_row(session: Session) -> None:
    settings.change(session, Everything, {"count": 4}, valid_from=TODAY)
    settings.change(session, Everything, {"count": 3}, valid_from=TODAY)

    assert rows(session) == []


@pytest.mark.parametrize(
    ("days", "refusal"), [(-1, InThePast), (-400, InThePast), (0, None), (1, None), (2000, TooFarAhead)]
)
def test_a_change_begins_today_or_later(session: Session, days: int, refusal: type[Exception] | None) -> None:
    if refusal is None:
        assert settings.change(session, Everything, {"count": 4}, valid_from=TODAY + days * DAY)
    else:
        with pytest.raises(refusal):
            settings.change(session, Everything, {"count": 4}, valid_from=TODAY + days * DAY)


def test_the_next_reading_after_a_change_and_after_its_rollback_is_true(session: Session) -> None:
    settings.change(session, Everything, {"count": 4}, valid_from=TODAY)
    changed = settings.current(session, Everything).count
    session.rollback()

    assert (changed, settings.current(session, Everything).count) == (4, 3)


def test_the_settings_of_a_class_are_one_query(world: World, session: Session) -> None:
    for days in range(5):
        settings.change(session, Everything, {"count": 4 + days % 3, "text": str(days)}, valid_from=TODAY + days * DAY)
    session.commit()
    sent: list[str] = []

    from sqlalchemy import event

    event.listen(session.get_bind(), "before_cursor_execute", lambda *a: sent.append(a[2]))
    settings.current(session, Everything)

    assert len([s for s in sent if s.startswith("SELECT")]) == 1


def test_what_is_planned_is_told_day_by_day_and_can_be_taken_back(session: Session) -> None:
    settings.change(session, Everything, {"count": 4}, valid_from=TODAY)
    settings.change(session, Everything, {"count": 5, "cents": 100}, valid_from=TODAY + DAY)

    [planned] = settings.upcoming(session, Everything)
    settings.withdraw(session, Everything, valid_from=TODAY + DAY)

    assert [(d.label, d.before, d.after) for d in planned.differences] == [
        ("Count", "4", "5"),
        ("Amount", "12,50\u00a0€", "1,00\u00a0€"),
    ]
    assert settings.upcoming(session, Everything) == []
    assert settings.current(session, Everything).count == 4


@pytest.mark.parametrize(("days", "refusal"), [(0, AlreadyApplied), (-1, AlreadyApplied), (3, NothingPlanned)])
def test_only_what_is_planned_can_be_taken_back(session: Session, days: int, refusal: type[Exception]) -> None:
    settings.change(session, Everything, {"count": 4}, valid_from=TODAY)

    with pytest.raises(refusal):
        settings.withdraw(session, Everything, valid_from=TODAY + days * DAY)


@pytest.mark.both_databases
def test_of_two_people_the_second_is_told_that_it_changed(world: World, session: Session) -> None:
    seen = settings.fingerprint(session, Everything)
    session.rollback()
    with world.inside("relais") as other:
        settings.change(other, Everything, {"count": 5}, valid_from=TODAY, seen=seen)
        other.commit()

    with pytest.raises(ChangedMeanwhile):
        settings.change(session, Everything, {"count": 4}, valid_from=TODAY, seen=seen)


def test_settings_of_another_structure_are_its_own(world: World, session: Session) -> None:
    settings.change(session, Everything, {"count": 4}, valid_from=TODAY)
    session.commit()
    world.structure("scop")

    with world.inside("scop") as elsewhere:
        assert settings.current(elsewhere, Everything) == Everything()
        assert settings.kept(elsewhere) == {}


BROKEN = {"count": '"many"', "cents": "-5", "colour": '"green"', "hours": "[]", "day": "not json"}


@pytest.mark.parametrize(("name", "stored"), BROKEN.items())
def test_a_stored_value_that_is_no_longer_valid_gives_way_to_the_default_and_is_told(
    session: Session, caplog: pytest.LogCaptureFixture, name: str, stored: str
) -> None:
    session.add(Setting(module="sample", key=name, value=stored, valid_from=TODAY))
    session.flush()

    with caplog.at_level(logging.WARNING, logger="jalon.settings"):
        held = settings.current(session, Everything)

    assert held == Everything()
    assert f"sample.{name}" in caplog.text
    assert [(p.module, p.key) for p in settings.problems(session, [Everything])] == [("sample", name)]


def test_a_setting_that_its_module_no_longer_has_is_a_problem_and_of_an_absent_module_is_kept(session: Session) -> None:
    session.add(Setting(module="sample", key="gone", value="1", valid_from=TODAY))
    session.add(Setting(module="absent", key="any", value="1", valid_from=TODAY))
    session.flush()

    assert [p.key for p in settings.problems(session, [Everything])] == ["gone"]
    assert [(slug, [r.key for r in kept]) for slug, kept in settings.kept(session).items()] == [
        ("absent", ["any"]),
        ("sample", ["gone"]),
    ]


def test_a_class_with_a_field_that_is_no_setting_is_refused_at_once() -> None:
    @dataclass(frozen=True)
    class Wrong:
        count: int = 3

    with pytest.raises(TypeError, match=r"Wrong\.count"):
        settings_in(Wrong)


# --- the pages ---


@pytest.fixture
def direction(world: World) -> Browser:
    world.structure("relais")
    world.user("ada", relais=["direction"])
    return world.client("ada")


HOURS = "/relais/settings/opening-hours/"


def filled(browser: Browser, address: str, **changes: str) -> dict[str, str]:
    """The fields of the form at an address, some of them typed over; an empty one unticks a box."""
    form = next(f for f in forms_in(browser.get(address).text) if f.action.endswith(address.partition("?")[0]))
    fields = {**form.fields, **changes}
    return {name: value for name, value in fields.items() if name != "csrf_token" and value is not None}


def held(world: World, cls: type, days: int = 0) -> Any:
    with world.inside("relais") as session:
        return settings.current(session, cls, TODAY + days * DAY)


def test_a_change_is_shown_first_and_saved_when_it_is_confirmed(world: World, direction: Browser) -> None:
    fields = filled(direction, HOURS, hours_5="9h à 12h", school_zone="B")

    shown = direction.send(HOURS, **fields)
    untouched = held(world, Opening)
    again = next(f for f in forms_in(shown.text) if f.action.endswith(HOURS)).fields
    saved = direction.send(HOURS, **{**again, "csrf_token": direction.token(), "step": "save"})

    assert shown.status_code == 200
    assert "Samedi" in shown.text
    assert "9h-12h" in shown.text
    assert untouched == Opening()
    assert saved.status_code == 302
    assert held(world, Opening).hours.stored()[5] == [["09:00", "12:00"]]


def test_what_was_typed_is_kept_when_somebody_goes_back_to_correct_it(direction: Browser) -> None:
    fields = filled(direction, HOURS, hours_5="9h à 12h")

    page = direction.send(HOURS, **fields, step="correct")

    assert page.status_code == 200
    assert 'value="9h à 12h"' in page.text


def test_an_hour_that_is_none_is_said_at_its_day_and_nothing_is_saved(world: World, direction: Browser) -> None:
    answer = direction.send(HOURS, **filled(direction, HOURS, hours_1="25h70"))

    assert answer.status_code == 422
    assert "«\u00a025h70\u00a0» n’est pas une heure de la journée." in answer.text
    assert 'value="25h70"' in answer.text
    assert held(world, Opening) == Opening()


DATES = {"": "rester vide", "2026-02-31": "pas une date valide", "2020-01-01": "au plus tôt aujourd’hui"}


@pytest.mark.parametrize(("typed", "said"), DATES.items())
def test_a_day_that_cannot_be_is_said_at_the_field(direction: Browser, typed: str, said: str) -> None:
    answer = direction.send(HOURS, **filled(direction, HOURS, hours_5="9h-12h", valid_from=typed))

    assert answer.status_code == 422
    assert said in answer.text


def test_nothing_changed_is_nothing_to_confirm(direction: Browser) -> None:
    assert direction.send(HOURS, **filled(direction, HOURS)).status_code == 302


def test_a_planned_change_is_listed_and_taken_back(world: World, direction: Browser) -> None:
    later = (TODAY + 3 * DAY).isoformat()
    fields = filled(direction, "/relais/settings/letterhead/", letterhead="Relais\n1 place", valid_from=later)
    direction.send("/relais/settings/letterhead/", **fields, step="save")
    before, after = held(world, Letterhead), held(world, Letterhead, 3)

    page = direction.get("/relais/settings/letterhead/").text
    direction.send("/relais/settings/letterhead/withdraw", valid_from=later)

    assert (before.letterhead, after.letterhead) == ("", "Relais\n1 place")
    assert f"À partir du {TODAY + 3 * DAY:%d/%m/%Y}" in page
    assert held(world, Letterhead, 3) == Letterhead()


def test_a_field_left_alone_leaves_alone_what_is_planned_for_it(world: World, direction: Browser) -> None:
    soon, later = ((TODAY + n * DAY).isoformat() for n in (2, 4))
    direction.send(HOURS, **filled(direction, HOURS, hours_5="9h-12h", valid_from=soon), step="save")
    direction.send(HOURS, **filled(direction, HOURS, school_zone="B", valid_from=later), step="save")

    assert held(world, Opening, 4).hours.stored()[5] == [["09:00", "12:00"]]
    assert held(world, Opening, 4).school_zone.name == "B"


def test_two_directions_at_once_are_told_and_see_both(world: World, direction: Browser) -> None:
    mine = filled(direction, HOURS, hours_5="9h-12h")
    theirs = filled(direction, HOURS, hours_6="10h-12h")
    direction.send(HOURS, **theirs, step="save")

    refused = direction.send(HOURS, **mine, step="save")

    assert refused.status_code == 422
    assert "Quelqu’un d’autre" in refused.text
    assert "10h-12h" in refused.text
    assert 'value="9h-12h"' in refused.text
    assert held(world, Opening).hours.stored()[5] == []


def test_who_has_no_right_neither_sees_nor_changes_settings(world: World, direction: Browser) -> None:
    fields = filled(direction, HOURS, hours_5="9h-12h")
    world.user("bob", relais=["accueil"])
    bob = world.client("bob")

    assert bob.get(HOURS).status_code == 403
    assert bob.send(HOURS, **fields, step="save").status_code == 403
    assert "Tous les réglages" not in bob.get("/relais/").text


def test_settings_kept_of_a_module_whose_code_is_gone_can_be_read(world: World, direction: Browser) -> None:
    with world.inside("relais") as session:
        session.add(Setting(module="ghost", key="longest_walk", value="12", valid_from=TODAY))
        session.commit()

    page = direction.get("/relais/settings/").text

    assert "longest_walk" in page
    assert direction.get("/relais/settings/ghost/").status_code == 404


# --- the structure itself ---

STRUCTURE = "/relais/settings/structure/"


@pytest.mark.both_databases
def test_a_direction_names_its_own_structure_and_sets_its_clock(world: World, direction: Browser) -> None:
    fields = filled(direction, STRUCTURE, name=" Relais neuf ", phone="+33 1 99 00 10 99", zone="Indian/Reunion")

    answer = direction.send(STRUCTURE, **fields)

    with world.across() as session:
        found = session.query(Structure).filter_by(slug="relais").one()
        assert (found.name, found.phone, found.zone) == ("Relais neuf", "+33 1 99 00 10 99", "Indian/Reunion")
    assert answer.status_code == 302


WRONG = {
    "no name": ({"name": "   "}, "Indiquez le nom"),
    "too long": ({"name": "x" * 121}, "120"),
    "letters": ({"phone": "call me"}, "des chiffres et des espaces"),
    "a clock elsewhere": ({"zone": "America/New_York"}, "errs"),
    "an older page": ({"version": "0"}, "Quelqu’un d’autre"),
}


@pytest.mark.parametrize(("changes", "said"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_description_is_refused_and_what_was_typed_is_kept(
    world: World, direction: Browser, changes: dict[str, str], said: str
) -> None:
    answer = direction.send(STRUCTURE, **filled(direction, STRUCTURE, **changes))

    with world.across() as session:
        assert session.query(Structure).filter_by(slug="relais").one().name == "Relais"
    assert answer.status_code == 422
    assert said in answer.text
