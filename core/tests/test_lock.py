"""A desk left alone locks; what was being done goes on after the password."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select, update

from jalon import accounts
from jalon.clock import real_now
from jalon.i18n import _
from jalon.models import EnabledModule, OpenSession
from jalon.testing.conformance.forms import PageForm, forms_in
from jalon.testing.world import PASSWORD, Browser, World

JSON = {"Accept": "application/json"}


@pytest.fixture
def desk(world: World) -> Browser:
    """A browser that a platform administrator left half an hour ago."""
    world.structure("relais", enabled=["fleet"])
    world.user("ada", admin=True, relais=["direction"])
    browser = world.client("ada")
    browser.token()
    leave(world, timedelta(minutes=31))
    return browser


def leave(world: World, since: timedelta) -> None:
    with world.across() as session:
        session.execute(update(OpenSession).values(seen_at=real_now() - since))
        session.commit()


def enabled(world: World) -> list[str]:
    with world.across() as session:
        return sorted(session.scalars(select(EnabledModule.slug)))


def first_form(html: str) -> PageForm:
    return forms_in(html)[0]


def test_just_before_half_an_hour_nothing_is_asked(world: World, desk: Browser) -> None:
    leave(world, timedelta(minutes=29, seconds=50))

    assert desk.get("/relais/").status_code == 200


def test_an_opened_page_goes_on_to_where_it_was_going(world: World, desk: Browser) -> None:
    shown = desk.get("/relais/admin/fleet_vehicle/?show=all")
    form = first_form(shown.text)

    answer = desk.client.post(form.action, data={**form.fields, "jalon_password": PASSWORD})

    assert shown.status_code == 401
    assert _("Locked") in shown.text
    assert "Relais" not in shown.text
    assert answer.location == "/relais/admin/fleet_vehicle/?show=all"
    assert desk.get("/relais/").status_code == 200


def test_a_form_that_was_sent_is_kept_whole_and_done_with_the_password(world: World, desk: Browser) -> None:
    shown = desk.send("/relais/modules/rental/enable", agreed="1", note='two lines\n"quoted" & <b>')
    form = first_form(shown.text)
    before = enabled(world)

    done = desk.client.post(form.action, data={**form.fields, "jalon_password": PASSWORD})

    assert shown.status_code == 401
    assert form.fields["note"] == 'two lines\n"quoted" & <b>'
    assert before == ["fleet"]
    assert done.location == "/relais/modules/"
    assert enabled(world) == ["fleet", "rental"]


def test_a_wrong_password_keeps_the_form_and_does_nothing(world: World, desk: Browser) -> None:
    form = first_form(desk.send("/relais/modules/rental/enable", agreed="1").text)

    wrong = desk.client.post(form.action, data={**form.fields, "jalon_password": "not this one"})
    again = first_form(wrong.text)

    assert wrong.status_code == 401
    assert _("This is not your password.") in wrong.text
    assert again.fields["agreed"] == "1"
    assert enabled(world) == ["fleet"]
    assert "not this one" not in wrong.text


def test_no_password_that_was_typed_comes_back_in_a_page(desk: Browser) -> None:
    shown = desk.send("/account/password", old_password="old secret", password="new secret of ten")

    assert shown.status_code == 401
    assert "secret" not in shown.text


def test_files_are_said_to_be_lost(desk: Browser) -> None:
    data = {"csrf_token": desk.token(), "name": "kept", "photo": (BytesIO(b"picture"), "car.png")}

    shown = desk.client.post("/relais/modules/rental/enable", data=data)

    assert first_form(shown.text).fields["name"] == "kept"
    assert _("The files are not kept: choose them again on the page.") in shown.text


def test_the_lock_is_throttled_like_sign_in(world: World, desk: Browser) -> None:
    for _turn in range(8):
        desk.send("/account/unlock", jalon_password="not this one")

    right = desk.send("/account/unlock", jalon_password=PASSWORD)

    assert right.status_code == 401
    assert "15" in right.text
    assert str(accounts.BadCredentials()) not in right.text


def test_a_token_from_elsewhere_unlocks_nothing(desk: Browser) -> None:
    assert desk.send("/account/unlock", token=False, jalon_password=PASSWORD).status_code == 400


@pytest.mark.parametrize("outside", ["https://evil.example", "//evil.example"])
def test_unlocking_sends_nobody_elsewhere(desk: Browser, outside: str) -> None:
    data = {"csrf_token": desk.token(), "jalon_password": PASSWORD}

    assert desk.client.post("/account/unlock", query_string={"next": outside}, data=data).location == "/"


def test_after_twelve_hours_it_locks_however_busy(world: World, desk: Browser) -> None:
    with world.across() as session:
        session.execute(
            update(OpenSession).values(unlocked_at=real_now() - timedelta(hours=12, seconds=1), seen_at=real_now())
        )
        session.commit()

    assert desk.get("/relais/").status_code == 401
    desk.send("/account/unlock", jalon_password=PASSWORD)
    assert desk.get("/relais/").status_code == 200


def test_somebody_else_signs_out_of_a_locked_desk(desk: Browser) -> None:
    assert desk.send("/logout").location == "/login"
    assert desk.get("/relais/").location == "/login?next=/relais/"


def ask(desk: Browser, address: str, **fields: str) -> tuple[int, dict[str, object]]:
    data = {"csrf_token": desk.token(), **fields}
    answer = desk.client.post(address, data=data, headers=JSON)
    return answer.status_code, answer.get_json()


def test_a_page_left_open_is_told_and_unlocks_without_being_reloaded(desk: Browser) -> None:
    told = ask(desk, "/account/presence")
    typed_late = ask(desk, "/account/presence", active="1")
    wrong = ask(desk, "/account/unlock", jalon_password="not this one")
    right = ask(desk, "/account/unlock", jalon_password=PASSWORD)

    assert told == typed_late == (200, {"locked": True, "code": False})
    assert wrong == (401, {"refusal": _("This is not your password."), "code": False})
    assert right == (200, {"left": 1800.0})
    assert desk.get("/relais/").status_code == 200


def test_somebody_who_types_is_there_and_somebody_who_reads_is_not(world: World, desk: Browser) -> None:
    leave(world, timedelta(minutes=20))

    _status, reading = ask(desk, "/account/presence")
    _status, typing = ask(desk, "/account/presence", active="1")

    assert 590 < float(str(reading["left"])) <= 600
    assert typing["left"] == 1800.0


def test_a_page_of_a_session_that_ended_is_told(world: World, desk: Browser) -> None:
    with world.across() as session:
        session.execute(update(OpenSession).values(ended_at=real_now()))
        session.commit()

    assert ask(desk, "/account/presence") == (401, {"gone": True})
    assert ask(desk, "/account/unlock", jalon_password=PASSWORD) == (401, {"gone": True})
