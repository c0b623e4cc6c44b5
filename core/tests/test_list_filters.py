"""Filters of a list: what the form sends, what stands in the address, what is shown."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from jalon.admin import FilterBy, filters
from jalon.admin.lists import PART
from jalon.models import Beneficiary, Member, Organisation, OrganisationKind, Referrer
from jalon.periods import Period, days_of
from jalon.testing.world import Browser, World

ORGANISATIONS, REFERRERS = (f"/relais/admin/{name}/" for name in ("organisation", "referrer"))


@pytest.fixture
def zoe(world: World) -> Browser:
    world.structure("relais")
    world.user("zoe", relais=["direction"])
    with world.inside("relais", permissions=["jalon.organisations.write"]) as session:
        named = [("Mission locale", OrganisationKind.MISSION_LOCALE, True), ("Ferme", OrganisationKind.EMPLOYER, False)]
        for name, kind, active in [*named, ("Garage", OrganisationKind.SOLIDARITY_GARAGE, True)]:
            first = date(2026, 11, 24) if name == "Garage" else None
            made = Organisation(name=name, kind=kind, active=active, folded=name.lower(), first_contact_on=first)
            session.add(made)
        session.commit()
    return world.client("zoe")


def names(answer: Any) -> set[str]:
    return {name for name in ("Mission locale", "Ferme", "Garage") if f">{name}</a>" in answer.text}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("f.kind=in:employer", {"Ferme"}),
        ("f.kind=in:employer,mission_locale", {"Ferme", "Mission locale"}),
        ("f.active=is:yes", {"Mission locale", "Garage"}),
        ("f.active=is:no&f.kind=in:employer", {"Ferme"}),
        ("f.first_contact_on=empty", {"Ferme", "Mission locale"}),
        ("f.first_contact_on=filled", {"Garage"}),
        ("f.first_contact_on=between:2026-11-24..2026-11-24", {"Garage"}),
        ("f.first_contact_on=between:2026-11-25..", set()),
        ("f.first_contact_on=between:..2026-11-24", {"Garage"}),
        ("f.kind=nonsense&f.nothing=1", {"Ferme", "Garage", "Mission locale"}),
    ],
)
def test_the_address_says_which_rows_are_shown(zoe: Browser, asked: str, found: set[str]) -> None:
    assert names(zoe.get(f"{ORGANISATIONS}?{asked}")) == found


def test_what_the_address_cannot_mean_is_said(zoe: Browser) -> None:
    odd = ["f.kind=in:", "f.active=is:perhaps", "f.first_contact_on=in:soon", "f.first_contact_on=between:..", "f.x=1"]

    pages = [zoe.get(f"{ORGANISATIONS}?{asked}") for asked in [*odd, "f.commune=in:" + "9" * 200, "f.kind=in:%00"]]

    assert [page.status_code for page in pages] == [200] * 7
    assert ["filtre illisible" in page.text for page in pages] == [True] * 5 + [False, True]


def test_the_form_of_a_filter_leads_to_an_address_that_keeps_the_rest(zoe: Browser) -> None:
    form = f"{ORGANISATIONS}filter/?name=kind&f.active=is:yes&order=-name"

    answer = zoe.send(form, value=["employer", "mission_locale"])

    assert answer.status_code == 302
    assert answer.location == f"{ORGANISATIONS}?order=-name&f.active=is:yes&f.kind=in:employer,mission_locale"


def test_an_empty_form_is_refused_at_its_place(zoe: Browser) -> None:
    for name in ("kind", "active", "first_contact_on", "commune"):
        answer = zoe.send(f"{ORGANISATIONS}filter/?name={name}")

        assert answer.status_code == 422
        assert "Choisissez ou saisissez quelque chose." in answer.text


def test_a_form_is_a_page_and_a_part_of_one(zoe: Browser) -> None:
    address = f"{ORGANISATIONS}filter/?name=first_contact_on"

    page, part = zoe.get(address), zoe.get(address, headers={PART: "1"})

    assert "<!DOCTYPE" in page.text
    assert "<!DOCTYPE" not in part.text
    assert "cette semaine" in part.text


def test_a_related_record_is_found_by_a_part_of_its_name(zoe: Browser, world: World) -> None:
    chosen = zoe.send(f"{ORGANISATIONS}filter/?name=commune", typed="nowhere at all")

    assert chosen.status_code == 422
    assert "Rien ne porte ce nom ici." in chosen.text


def test_chips_say_the_filter_and_lead_to_the_list_without_it(zoe: Browser) -> None:
    page = zoe.get(f"{ORGANISATIONS}?f.kind=in:employer&f.active=is:no&show=all")

    assert "Type\u00a0: Employeur" in page.text or "Employeur" in page.text
    assert f'href="{ORGANISATIONS}?show=all&amp;f.active=is:no"' in page.text
    assert f'href="{ORGANISATIONS}?show=all&amp;f.kind=in:employer"' in page.text


def test_what_is_typed_about_persons_stands_in_no_address(zoe: Browser, world: World) -> None:
    with world.inside("relais", permissions=["jalon.organisations.write"]) as session:
        for last_name in ("Dupont", "Durand"):
            session.add(Referrer(last_name=last_name, first_name="Anne", folded=f"{last_name} anne".lower()))
        session.commit()

    answer = zoe.send(f"{REFERRERS}search/", search="dupont")
    page = zoe.get(answer.location)

    assert "dupont" not in answer.location.lower()
    assert "DUPONT" in page.text.upper()
    assert "DURAND" not in page.text.upper()


def test_nothing_personal_is_typed_into_a_filter() -> None:
    screen: Any = SimpleNamespace(model=Beneficiary)

    for name in ("identity.birth_date", "file.phone", "identity.folded"):
        with pytest.raises(TypeError, match="may not stand in an address"):
            filters.make(screen, FilterBy(name))


WEDNESDAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("period", "first", "after"),
    [
        (Period.TODAY, date(2026, 11, 25), date(2026, 11, 26)),
        (Period.TOMORROW, date(2026, 11, 26), date(2026, 11, 27)),
        (Period.YESTERDAY, date(2026, 11, 24), date(2026, 11, 25)),
        (Period.THIS_WEEK, date(2026, 11, 23), date(2026, 11, 30)),
        (Period.NEXT_WEEK, date(2026, 11, 30), date(2026, 12, 7)),
        (Period.LAST_WEEK, date(2026, 11, 16), date(2026, 11, 23)),
        (Period.THIS_MONTH, date(2026, 11, 1), date(2026, 12, 1)),
        (Period.NEXT_MONTH, date(2026, 12, 1), date(2027, 1, 1)),
        (Period.LAST_MONTH, date(2026, 10, 1), date(2026, 11, 1)),
        (Period.THIS_YEAR, date(2026, 1, 1), date(2027, 1, 1)),
        (Period.LAST_YEAR, date(2025, 1, 1), date(2026, 1, 1)),
        (Period.PAST, None, date(2026, 11, 25)),
        (Period.TO_COME, date(2026, 11, 25), None),
    ],
)
def test_a_period_is_whole_days(period: Period, first: date | None, after: date | None) -> None:
    assert days_of(period, WEDNESDAY) == (first, after)


@pytest.mark.both_databases
@pytest.mark.parametrize(("day", "shown"), [("2026-11-24", False), ("2026-11-25", True)])
def test_an_instant_is_of_the_day_that_the_structures_clock_shows(world: World, day: str, shown: bool) -> None:
    world.structure("relais")
    world.user("zoe", relais=["direction"])
    with world.inside("relais") as session:
        half_past_midnight_in_paris = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
        session.add(Member(name="Jean Parti", left_at=half_past_midnight_in_paris))
        session.commit()

    page = world.client("zoe").get(f"/relais/admin/member/?f.left_at=between:{day}..{day}")

    assert ("Jean Parti" in page.text) is shown


def test_deep_pages_hold_each_row_once_and_in_order(zoe: Browser, world: World) -> None:
    with world.inside("relais") as session:
        session.add_all(Member(name=f"Membre {number:03}") for number in range(70))
        session.commit()

    pages = [zoe.get(f"/relais/admin/member/?page_size=20&page={page}&order=-name").text for page in range(4)]

    found = [re.findall(r">(Membre \d+)</a>", page) for page in pages]
    assert [len(page) for page in found] == [19, 20, 20, 11]  # Zoe stands first
    assert [name for page in found for name in page] == [f"Membre {number:03}" for number in reversed(range(70))]
