"""The second step: time codes once each, recovery codes once each, and who must have it."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select, update

from jalon import accounts, confidential, second_factor
from jalon.clock import PARIS, real_now, today
from jalon.declarations import Permission
from jalon.i18n import _
from jalon.models import AccountEvent, Member, MemberRole, OpenSession, RecoveryCode, User
from jalon.testing.world import PASSWORD, Browser, World

KEY = "a secret for tests"
RECOVERY = re.compile(r"<code>([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})</code>")
SECRET = re.compile(r"<code>([A-Z2-7 ]{39})</code>")


@pytest.fixture(autouse=True)
def somebody(world: World) -> User:
    world.structure("relais")
    return world.user("ada", relais=["direction"])


def enrol(world: World) -> list[str]:
    """Switch ada's second step on; her recovery codes. The code used for it is one of the past."""
    with world.across() as session:
        user = session.scalars(select(User)).one()
        second_factor.begin(user)
        session.flush()
        codes = second_factor.confirm(session, user, totp(user).now(), server_key=KEY)
        session.execute(update(User).values(totp_last_step=0))
        session.commit()
        return codes


def totp(user: User) -> pyotp.TOTP:
    return pyotp.TOTP(second_factor.secret_of(user, KEY))


def time_code(world: World, *, steps: int = 0) -> str:
    with world.across() as session:
        return totp(session.scalars(select(User)).one()).at(int(time.time()) + steps * second_factor.STEP)


def checked(world: World, code: str) -> str:
    """What a code opens, empty when it is refused."""
    with world.across() as session:
        try:
            kind = second_factor.check(session, session.scalars(select(User)).one(), code, server_key=KEY)
        except second_factor.WrongCode:
            return ""
        session.commit()
        return kind


def halfway(world: World) -> Browser:
    """A browser in which ada's password was given."""
    browser = Browser(world.app)
    assert (
        browser.send("/login?next=/relais/modules/", email="ada@test.example", password=PASSWORD).location
        == "/login/code"
    )
    return browser


def events(world: World) -> list[str]:
    with world.across() as session:
        return list(session.scalars(select(AccountEvent.kind).order_by(AccountEvent.id)))


@pytest.mark.parametrize(
    ("steps", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)], ids=lambda value: str(value)
)
def test_a_time_code_is_good_in_its_half_minute_and_beside_it(world: World, steps: int, opens: bool) -> None:
    enrol(world)

    assert bool(checked(world, time_code(world, steps=steps))) is opens


@pytest.mark.both_databases
def test_a_time_code_opens_once_whoever_is_first(world: World) -> None:
    enrol(world)
    code = time_code(world)

    with ThreadPoolExecutor(6) as pool:
        opened = list(pool.map(lambda _: checked(world, code), range(6)))

    assert sorted(opened) == [""] * 5 + ["time"]


def test_a_code_older_than_the_last_one_used_opens_nothing(world: World) -> None:
    enrol(world)

    assert checked(world, time_code(world)) == "time"
    assert checked(world, time_code(world, steps=-1)) == ""


@pytest.mark.both_databases
def test_a_recovery_code_opens_once_and_may_be_typed_carelessly(world: World) -> None:
    codes = enrol(world)
    careless = codes[0].lower().replace("-", " ")

    with ThreadPoolExecutor(6) as pool:
        opened = list(pool.map(lambda _: checked(world, careless), range(6)))

    assert sorted(opened) == [""] * 5 + ["recovery"]
    with world.across() as session:
        assert second_factor.codes_left(session, session.scalars(select(User.id)).one()) == 9


def test_neither_secret_nor_codes_are_in_the_database(world: World) -> None:
    codes = enrol(world)

    with world.across() as session:
        user = session.scalars(select(User)).one()
        stored = [user.totp_nonce, *session.scalars(select(RecoveryCode.digest))]
        secret = second_factor.secret_of(user, KEY)
        assert secret != second_factor.secret_of(user, "another key")

    assert not {secret, *codes, *(code.replace("-", "") for code in codes)} & set(stored)


def test_a_code_of_another_account_opens_nothing(world: World) -> None:
    codes = enrol(world)
    world.user("bob")

    with world.across() as session:
        bob = session.scalars(select(User).where(User.name == "Bob")).one()
        second_factor.begin(bob)
        bob.totp_since = real_now()
        with pytest.raises(second_factor.WrongCode):
            second_factor.check(session, bob, codes[0], server_key=KEY)


def test_the_password_alone_opens_nothing(world: World) -> None:
    enrol(world)

    browser = halfway(world)

    assert browser.get("/relais/").location == "/login?next=/relais/"
    assert browser.get("/account/").location == "/login?next=/account/"
    assert events(world) == []


def test_the_code_opens_the_page_first_asked_for(world: World) -> None:
    enrol(world)
    browser = halfway(world)

    answer = browser.send("/login/code", code=time_code(world))

    assert answer.location == "/relais/modules/"
    assert browser.get("/relais/").status_code == 200
    assert events(world) == ["signed_in"]


def test_a_code_seen_over_a_shoulder_opens_no_second_session(world: World) -> None:
    enrol(world)
    code = time_code(world)
    first, second = halfway(world), halfway(world)
    first.send("/login/code", code=code)

    answer = second.send("/login/code", code=code)

    assert answer.status_code == 422
    assert str(second_factor.WrongCode()) in answer.text
    assert second.get("/relais/").status_code == 302


@pytest.mark.both_databases
def test_six_codes_in_a_quarter_and_not_one_more(world: World) -> None:
    enrol(world)
    browser = halfway(world)

    answers = [browser.send("/login/code", code=f"{n:06}").text for n in range(7)]
    right = browser.send("/login/code", code=time_code(world))

    assert [str(second_factor.WrongCode()) in text for text in answers] == [True] * 6 + [False]
    assert right.status_code == 422
    assert "15" in right.text


def test_ten_minutes_after_the_password_it_is_asked_again(world: World) -> None:
    enrol(world)
    browser = halfway(world)
    with browser.client.session_transaction() as kept:
        kept["jalon_pending"] = {**kept["jalon_pending"], "at": int(time.time()) - 601}

    assert browser.get("/login/code").location == "/login?next=/relais/modules/"
    assert browser.send("/login/code", code=time_code(world)).location == "/login?next=/relais/modules/"


def test_a_recovery_code_at_sign_in_is_noted(world: World) -> None:
    codes = enrol(world)

    halfway(world).send("/login/code", code=codes[3])

    assert events(world) == ["recovery_code_used", "signed_in"]


def test_it_is_switched_on_with_a_telephone_and_ends_the_other_sessions(world: World) -> None:
    elsewhere = world.client("ada")
    browser = world.client("ada")

    browser.send("/account/second-factor/begin")
    page = browser.get("/account/second-factor/").text
    found = SECRET.search(page)
    assert found is not None
    wrong = browser.send("/account/second-factor/confirm", code="000000")
    done = browser.send("/account/second-factor/confirm", code=pyotp.TOTP(found[1].replace(" ", "")).now())

    assert "<svg" in page
    assert wrong.status_code == 422
    assert str(second_factor.WrongCode()) in wrong.text
    assert len(set(RECOVERY.findall(done.text))) == 10
    assert browser.get("/relais/").status_code == 200
    assert elsewhere.get("/relais/").status_code == 302
    assert events(world)[-1] == "second_factor_on"


def test_the_page_of_the_codes_reloaded_shows_none(world: World) -> None:
    browser = world.client("ada")
    browser.send("/account/second-factor/begin")
    code = time_code(world)
    browser.send("/account/second-factor/confirm", code=code)

    again = browser.send("/account/second-factor/confirm", code=code)

    assert again.location == "/account/second-factor/"


def signed_in_with_code(world: World) -> Browser:
    browser = halfway(world)
    browser.send("/login/code", code=time_code(world))
    return browser


def test_new_recovery_codes_replace_the_old_ones(world: World) -> None:
    old = enrol(world)
    browser = signed_in_with_code(world)

    shown = browser.send(
        "/account/second-factor/codes", **{"codes-password": PASSWORD, "codes-code": time_code(world, steps=1)}
    )

    fresh = RECOVERY.findall(shown.text)
    assert checked(world, old[0]) == ""
    assert checked(world, fresh[0]) == "recovery"


@pytest.mark.parametrize(("password", "right_code"), [("wrong", True), (PASSWORD, False), ("", True)])
def test_it_is_switched_off_with_password_and_code_only(world: World, password: str, right_code: bool) -> None:
    codes = enrol(world)
    browser = signed_in_with_code(world)
    code = codes[0] if right_code else "123456"

    refused = browser.send("/account/second-factor/off", **{"off-password": password, "off-code": code})

    assert refused.status_code == 422
    with world.across() as session:
        assert session.scalars(select(User)).one().totp_since is not None


def test_once_switched_off_the_password_is_enough(world: World) -> None:
    codes = enrol(world)
    browser = signed_in_with_code(world)

    browser.send("/account/second-factor/off", **{"off-password": PASSWORD, "off-code": codes[0]})

    assert browser.get("/relais/").status_code == 200
    assert world.client("ada").get("/relais/").status_code == 200
    assert events(world)[-2:] == ["second_factor_off", "signed_in"]


def test_whoever_runs_the_site_switches_it_off_for_somebody_who_lost_everything(world: World) -> None:
    enrol(world)
    browser = signed_in_with_code(world)

    done = world.app.test_cli_runner().invoke(args=["jalon", "user", "second-step-off", "ada@test.example"])

    assert done.exit_code == 0
    assert browser.get("/relais/").status_code == 302
    assert world.client("ada").get("/relais/").status_code == 200


@pytest.fixture
def production(app: Flask) -> Flask:
    """The site as it is outside a demo."""
    app.config["JALON_ENV"] = "production"
    return app


def make_confidential(world: World, *roles: str) -> None:
    """Let the loaded modules have a right to read what is confidential, and these roles hold it."""
    (module, *_others) = world.jalon.registry.loaded()
    right = Permission(f"{module.slug}.secrets.read", "read secrets", confidential=True)
    module.plugin = replace(
        module.plugin,
        permissions=[*module.plugin.permissions, right],
        grants={**module.plugin.grants, **dict.fromkeys(roles, (right.name,))},
    )


@pytest.mark.parametrize(
    ("admin", "held", "last_day", "left", "must"),
    [
        (False, "accueil", None, False, False),
        (False, "conseiller", None, False, True),
        (False, "conseiller", 0, False, True),
        (False, "conseiller", -1, False, False),
        (False, "conseiller", None, True, False),
        (True, "accueil", None, False, True),
    ],
    ids=["another role", "the role", "its last day", "the day after", "has left", "administrator"],
)
def test_who_reads_what_is_confidential_must_have_it(
    world: World, admin: bool, held: str, last_day: int | None, left: bool, must: bool
) -> None:
    make_confidential(world, "conseiller")
    world.user("bob", admin=admin, relais=[held])
    with world.across() as session:
        if last_day is not None:
            session.execute(
                update(MemberRole)
                .where(MemberRole.role == held)
                .values(last_day=today(PARIS) + timedelta(days=last_day))
            )
        if left:
            session.execute(update(Member).values(left_at=real_now()))
        bob = session.scalars(select(User).where(User.name == "Bob")).one()

        assert confidential.must_have_second_factor(session, world.jalon.registry, bob) is must


@pytest.mark.usefixtures("production")
def test_whoever_owes_it_goes_nowhere_else_before(world: World) -> None:
    world.user("root", admin=True)
    browser = Browser(world.app)
    browser.send("/login", email="root@test.example", password=PASSWORD)

    for address in ("/", "/relais/", "/relais/modules/", "/account/"):
        assert browser.get(address).location == "/account/second-factor/", address
    refused = browser.send("/relais/modules/fleet/enable", agreed="1")
    assert refused.location == "/account/second-factor/"
    assert _("Second step at sign-in") in browser.get("/account/second-factor/").text

    browser.send("/account/second-factor/begin")
    with world.across() as session:
        code = totp(session.scalars(select(User).where(User.name == "Root")).one()).now()
    browser.send("/account/second-factor/confirm", code=code)

    assert browser.get("/relais/").status_code == 200


@pytest.mark.usefixtures("production")
def test_nothing_more_is_asked_of_others(world: World) -> None:
    world.user("bob", relais=["accueil"])

    assert world.client("bob").get("/relais/").status_code == 200


def test_nobody_owes_it_in_a_demo(world: World) -> None:
    world.user("root", admin=True)

    assert world.client("root").get("/relais/").status_code == 200


def test_a_session_opened_with_the_password_alone_is_over_once_the_account_has_a_second_step(world: World) -> None:
    browser = world.client("ada")

    enrol(world)

    assert browser.get("/relais/").status_code == 302
    with world.across() as session:
        assert session.scalars(select(OpenSession.second_factor)).all() == [False]


def test_a_closed_account_gets_in_with_no_code(world: World) -> None:
    enrol(world)
    browser = halfway(world)
    with world.across() as session:
        session.execute(update(User).values(closed_at=real_now()))
        session.commit()

    browser.send("/login/code", code=time_code(world))

    assert browser.get("/relais/").status_code == 302
    assert str(accounts.BadCredentials())
