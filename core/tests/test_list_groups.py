"""A list told by groups: each leads to its records, and all of them are the list."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from html import unescape
from typing import Any

import pytest

from jalon.models import Commune, Member, Organisation, PartnerConvention, Place, PlaceKind
from jalon.models.organisation import OrganisationKind
from jalon.testing.world import World

pytestmark = pytest.mark.both_databases
PLACES, CONVENTIONS = "/relais/admin/place/", "/relais/admin/partner_convention/"
GROUP = re.compile(r'rowlink" href="([^"]+)">([^<]+)</a></td>\s*<td[^>]*>([^<]+)</td>(?:<td[^>]*>([^<]+)</td>)?')


@pytest.fixture
def relais(world: World) -> World:
    """Four places in two communes, and conventions that end in October, November and never."""
    world.structure("relais")
    world.user("zoe", relais=["direction"])
    with world.across() as session:
        for insee, name in {"91223": "Étampes", "91200": "Dourdan"}.items():
            session.add(
                Commune(insee=insee, name=name, postcodes="91000", population=1, epci="", longitude=2, latitude=48)
            )
        session.commit()
    with world.inside("relais", permissions=["jalon.organisations.write"]) as session:
        for n, (kind, insee) in enumerate([("PICK_UP", "91223"), ("PICK_UP", "91200"), ("ROOM", "91223")]):
            session.add(Place(name=f"Lieu {n}", kind=PlaceKind[kind], commune_insee=insee))
        partner = Organisation(name="Ferme", kind=OrganisationKind.EMPLOYER, folded="ferme")
        for n, last in enumerate([date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 30), None]):
            session.add(
                PartnerConvention(organisation=partner, reference=f"C{n}", first_day=date(2026, 1, 1), last_day=last)
            )
        session.commit()
    return world


def told(page: Any) -> dict[str, int]:
    return {unescape(label): int(count) for _address, label, count, _sum in GROUP.findall(page.text)}


def rows(page: Any) -> int:
    return page.text.count('class="rowlink"')


@pytest.mark.parametrize(
    ("address", "groups"),
    [
        (f"{PLACES}?group=kind", {"Point de rendez-vous": 2, "Salle": 1}),
        (f"{PLACES}?group=commune", {"Étampes": 2, "Dourdan": 1}),
        (f"{PLACES}?group=commune&f.kind=in:room", {"Étampes": 1}),
        (f"{CONVENTIONS}?group=last_day", {"novembre 2026": 2, "octobre 2026": 1, "Vide": 1}),
        (f"{CONVENTIONS}?group=organisation", {"Ferme": 4}),
        (
            f"{CONVENTIONS}?group=last_day&f.last_day=between:2026-10-15..2026-11-15",
            {"novembre 2026": 1, "octobre 2026": 1},
        ),
    ],
)
def test_each_group_leads_to_as_many_records_and_together_they_are_the_list(
    relais: World, address: str, groups: dict[str, int]
) -> None:
    zoe = relais.client("zoe")

    page = zoe.get(address)
    whole = zoe.get(re.sub(r"group=\w+", "show=all", address))

    assert told(page) == groups
    assert {label: rows(zoe.get(unescape(to))) for to, label, _n, _sum in GROUP.findall(page.text)} == groups
    assert sum(groups.values()) == rows(whole)


def test_a_month_is_the_structures(relais: World) -> None:
    with relais.inside("relais") as session:
        session.add(Member(name="Jean Parti", left_at=datetime(2026, 10, 31, 23, 30, tzinfo=UTC)))
        session.commit()
    screen = next(s for s in relais.jalon.screens.values() if s.model is Member)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(screen), "list_groups", ("left_at",))
        page = relais.client("zoe").get("/relais/admin/member/?group=left_at&show=left")

    assert told(page) == {"novembre 2026": 1}


def test_sums_are_those_of_the_list(relais: World) -> None:
    screen = next(s for s in relais.jalon.screens.values() if s.model is Place)
    with relais.inside("relais") as session:
        session.add(Place(name="Lieu 9", kind=PlaceKind.ROOM, commune_insee="91200", version=7))
        session.commit()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(screen), "list_sums", ("version",))
        page = relais.client("zoe").get(f"{PLACES}?group=kind")

    sums = [int(found[3]) for found in GROUP.findall(page.text)]
    assert sorted(sums)[0] == 2
    assert f">{sum(sums)}</td>" in page.text.partition("<tfoot>")[2]


@pytest.mark.parametrize("odd", ["group=nothing", "group=name", "group="])
def test_what_is_no_group_shows_the_list(relais: World, odd: str) -> None:
    assert rows(relais.client("zoe").get(f"{PLACES}?{odd}")) == 3
