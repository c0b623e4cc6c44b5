"""Three workers of a real server, attacked from many sides at once, together stay within the limits."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyotp
import pytest
from serving import Visitor, serving
from sqlalchemy import select

from jalon import accounts, invitations, second_factor, throttle
from jalon.clock import real_now
from jalon.i18n import _
from jalon.models import User
from jalon.testing.smtp import Mailbox
from jalon.testing.world import HASH, PASSWORD, World

pytestmark = pytest.mark.both_databases(slow="postgresql")
KEY = "a secret for tests"


@pytest.fixture
def server(world: World, smtp: Mailbox, database_url: str, tmp_path: Path) -> Iterator[str]:
    """Our own site with three workers of four threads; ada works at relais."""
    world.structure("relais")
    world.user("ada", relais=["direction"])
    settings = {"JALON_SECRET_KEY": KEY, "JALON_MAIL_URL": smtp.url}
    with serving(database_url, tmp_path, workers=3, **settings) as address:
        yield address


def at_once(attempt: Callable[[int], str], count: int) -> Counter[str]:
    """What that many attempts, twelve at a time, were answered."""
    with ThreadPoolExecutor(12) as pool:
        return Counter(pool.map(attempt, range(count)))


def test_three_workers_together_stay_within_every_limit(world: World, server: str, smtp: Mailbox) -> None:
    """One server for all: each attack has limits of its own, but for passwords, of which a network has sixty."""
    assert use_one_link_many_times(world, server) == {"in": 1, "refused": 11}
    assert guess_passwords(server) == {"looked at": 8, "refused": 32}
    assert Visitor(server).send("/login", email="ada@test.example", password="four words in a row 0")[0] == 422
    assert ask_for_links(server) == {"sent": 3, "refused": 21}
    assert {message["To"] for message in smtp.wait(3)} == {"ada@test.example"}
    assert guess_links(world, server) == {"410": 30, "429": 30}
    assert guess_codes(world, server) == {"looked at": 6, "refused": 24}
    assert guess_passwords_of_many(server) == {"looked at": 60 - 8 - 1, "refused": 29}


def use_one_link_many_times(world: World, server: str) -> Counter[str]:
    with world.across() as session:
        token = invitations.issue(session, session.scalars(select(User)).one(), "invitation")
        session.commit()
    visitors = [Visitor(server) for _turn in range(12)]
    tokens = [visitor.token() for visitor in visitors]

    def use(n: int) -> str:
        fields = {"csrf_token": tokens[n], "password": f"four words in a row {n}"}
        status, _text = visitors[n].open(f"/account/link/{token}", **fields)
        return "in" if status == 200 else "refused"

    return at_once(use, 12)


def guess_passwords(server: str) -> Counter[str]:
    visitor = Visitor(server)
    token = visitor.token()

    def guess(n: int) -> str:
        _status, text = visitor.open("/login", csrf_token=token, email="ada@test.example", password=f"guess {n}")
        return "looked at" if str(accounts.BadCredentials()) in text else "refused"

    return at_once(guess, 40)


def ask_for_links(server: str) -> Counter[str]:
    visitor = Visitor(server)
    token = visitor.token()

    def ask(n: int) -> str:
        _status, text = visitor.open("/account/forgotten", csrf_token=token, email="ada@test.example")
        return "sent" if _("Look in your mail") in text else "refused"

    return at_once(ask, 24)


def guess_links(world: World, server: str) -> Counter[str]:
    """Near a good one, which is refused with the others once too many were tried."""
    with world.across() as session:
        good = invitations.issue(session, session.scalars(select(User)).one(), "reset")
        throttle.clear(session, "link-ip", "127.0.0.1")  # of what was refused before
        session.commit()
    visitor = Visitor(server)
    token = visitor.token()

    def guess(n: int) -> str:
        path = f"/account/link/{good[:-2]}{n:02}"
        return str(visitor.open(path, csrf_token=token, password="four words in a row")[0])

    answers = at_once(guess, 60)
    assert visitor.open(f"/account/link/{good}")[0] == 429
    return answers


def guess_codes(world: World, server: str) -> Counter[str]:
    with world.across() as session:
        bob = User(email="bob@test.example", name="Bob", totp_nonce="drawn", totp_since=real_now(), password_hash=HASH)
        session.add(bob)
        session.commit()
        codes = pyotp.TOTP(second_factor.secret_of(bob, KEY))
    right = {codes.at(int(time.time()) + 30 * step) for step in range(-2, 4)}
    wrong = [code for code in (f"{n:06}" for n in range(40)) if code not in right]
    visitor = Visitor(server)
    visitor.send("/login", email="bob@test.example", password=PASSWORD)
    token = visitor.token()

    def guess(n: int) -> str:
        _status, text = visitor.open("/login/code", csrf_token=token, code=wrong[n])
        return "looked at" if str(second_factor.WrongCode()) in text else "refused"

    return at_once(guess, 30)


def guess_passwords_of_many(server: str) -> Counter[str]:
    visitor = Visitor(server)
    token = visitor.token()

    def guess(n: int) -> str:
        _status, text = visitor.open("/login", csrf_token=token, email=f"{n}@test.example", password="guess")
        return "looked at" if str(accounts.BadCredentials()) in text else "refused"

    return at_once(guess, 80)
