"""What nobody types by hand, in every place where something can be typed: an answer below 500, and nothing else."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from jalon import members
from jalon.scope import structure_of
from jalon.testing.smtp import Mailbox
from jalon.testing.world import PASSWORD, Browser, World

HUGE = "9" * 30
SEARCHED = (
    "\0",
    "٣",
    "-1",
    HUGE,
    "2026-02-31",
    "0001-01-01",
    "9999-12-31",
    "'\"><script>",
    "%",
    "\ud7ff\U0001f600",
    "a" * 5000,
)
ASKED = (
    "/login?next={}",
    "/relais/?x={}",
    "/relais/history/?before={}",
    "/relais/history/?what={}",
    "/relais/history/?origin={}",
    "/relais/history/?who={}",
    "/relais/history/?since={}",
    "/relais/history/?until={}",
    "/relais/access-log/?before={}",
    "/relais/access-log/?who={}",
    "/relais/access-log/?since={}",
    "/relais/admin/member/?search={}",
    "/relais/admin/member/?page={}",
    "/relais/admin/member/?page_size={}",
    "/relais/admin/member/?sort={}",
    "/relais/admin/member/?show={}",
    "/relais/admin/member/edit/?id={}",
    "/relais/admin/member/details/?id={}",
    "/relais/admin/member/history/?id={}",
    "/relais/admin/member/history/?id=1&before={}",
    "/relais/admin/member/edit/?id=1&url={}",
    "/relais/admin/member/new/?name={}",
    "/relais/admin/member/new/?joined_on={}",
    "/relais/admin/closure/?search={}",
    "/relais/admin/closure/new/?first_day={}",
    "/relais/settings/letterhead/?on={}",
    "/relais/settings/opening-hours/?on={}",
    "/relais/settings/logo?v={}",
    "/relais/modules/{}/",
    "/relais/settings/{}/",
    "/account/link/{}",
    "/first-steps/{}",
    "/q/{}",
)
ADDRESSES = ("http://[", "/\t/[", "/\t/℀.com", "//[", "http://[::1", "/\t/evil.example", "javascript:alert(1)")


@pytest.fixture
def boss(world: World) -> Browser:
    world.structure("relais")
    world.user("boss", relais=["direction"])
    return world.client("boss")


def fails(answer_of: Any) -> str:
    """How a request breaks, empty when it is answered: the test application raises what a visitor sees as 500."""
    try:
        status = answer_of().status_code
    except Exception as error:
        return repr(error)
    return str(status) if status >= 500 else ""


@pytest.mark.both_databases(slow="postgresql")
def test_no_address_breaks_a_page(world: World, boss: Browser) -> None:
    asked = [(pattern, value) for pattern in ASKED for value in SEARCHED]

    broken = {
        (pattern, value[:40]): why
        for pattern, value in asked
        if (why := fails(lambda: boss.get(pattern.format(quote(value, safe="")))))  # noqa: B023 - called at once
    }

    assert broken == {}


POSTED = {
    "/login?next=/%09/%5B": ("email", "password"),
    "/account/forgotten": ("email",),
    "/account/password": ("old_password", "password"),
    "/account/second-factor/confirm": ("code",),
    "/account/second-factor/off": ("off-password", "off-code"),
    "/account/unlock?next=/%09/%5B": ("jalon_password", "jalon_code"),
    "/account/presence": ("active",),
    "/relais/members/invite": ("name", "email", "roles-direction-from", "roles-direction"),
    "/relais/members/1/leave": ("on", "successor"),
    "/relais/members/1/invite": ("email",),
    "/relais/admin/member/new/": ("name", "work_email", "phone", "joined_on", "roles-accueil", "roles-accueil-until"),
    "/relais/admin/member/edit/?id=1": ("name", "version", "phone", "roles-accueil"),
    "/relais/admin/closure/new/": ("first_day", "last_day", "name"),
    "/relais/settings/letterhead/": ("valid_from", "shown_on", "seen", "step"),
    "/relais/settings/letterhead/withdraw": ("valid_from",),
    "/relais/settings/opening-hours/": ("hours_0", "valid_from", "shown_on"),
    "/relais/settings/structure/": ("name", "phone", "zone", "version"),
    "/relais/settings/logo": ("logo",),
    "/relais/first-steps/structure": ("name", "slug", "zone"),
    "/relais/first-steps/member": ("name", "myself"),
    "/relais/first-steps/role": ("role",),
}
TYPED = (
    "a\0b",
    "a\0b@test.example",
    "(@test.example",
    "\0",
    "٣",
    HUGE,
    "0001-01-01",
    "9999-12-31",
    "a\nb",
    "x" * 30_000,
    "\U0001f600",
    "[@x.fr",
    "a@[x.fr",
    '"',
    "\u202e",
)


@pytest.mark.both_databases(slow="postgresql")
def test_no_form_breaks_a_page(world: World, boss: Browser) -> None:
    world.user("root", admin=True)
    root = world.client("root")
    sent = [(address, names, value) for address, names in POSTED.items() for value in TYPED]

    broken = {
        (address, value[:40]): why
        for address, names, value in sent
        for who in (boss, root)
        if (why := fails(lambda: who.send(address, **dict.fromkeys(names, value))))  # noqa: B023 - called at once
    }

    assert broken == {}


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_to_go_back_to_is_one_of_this_site_or_none(world: World, boss: Browser, address: str) -> None:
    known = quote(address, safe="")

    signed = Browser(world.app).send(f"/login?next={known}", email="boss@test.example", password=PASSWORD)
    shown = boss.get(f"/relais/admin/member/edit/?id=1&url={known}")

    assert signed.location == "/"
    assert shown.status_code == 200
    assert "evil.example" not in shown.text
    assert 'href="javascript' not in shown.text


VALID = {
    "/relais/members/invite": {"name": "Awa", "email": "awa@test.example", "roles-accueil": "1"},
    "/relais/members/2/invite": {"email": "odile@test.example"},
    "/relais/admin/member/new/": {"name": "Odile", "work_email": "odile@test.example", "phone": "01 99 00 10 00"},
    "/relais/first-steps/structure": {"name": "Le Relais", "slug": "relais", "zone": "Europe/Paris"},
    "/relais/first-steps/member": {"name": "Nora Petit"},
    "/relais/settings/structure/": {
        "name": "Relais",
        "phone": "01 99 00 10 00",
        "zone": "Europe/Paris",
        "version": "1",
    },
    "/relais/admin/closure/new/": {"name": "August", "first_day": "2031-08-01", "last_day": "2031-08-15"},
}


@pytest.mark.both_databases(slow="postgresql")
def test_one_odd_field_among_good_ones_breaks_no_page(world: World, boss: Browser, smtp: Mailbox) -> None:
    world.user("root", admin=True)
    with world.inside("relais") as session:
        members.join(session, structure_of(session), None, name="Odile")
        session.commit()
    root = world.client("root")
    sent = [(address, name, value) for address, good in VALID.items() for name in good for value in TYPED]

    broken = {
        (address, name, value[:40]): why
        for address, name, value in sent
        if (why := fails(lambda: root.send(address, **{**VALID[address], name: value})))  # noqa: B023 - called at once
    }

    assert broken == {}
