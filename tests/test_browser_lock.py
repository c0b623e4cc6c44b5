"""A code by keyboard alone, and a desk left alone in the middle of a booking."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from jalon import second_factor
from jalon.clock import real_now
from jalon.models import OpenSession, User
from jalon.testing.browsing import Visitor
from jalon.testing.world import PASSWORD, World

pytestmark = pytest.mark.browser
AXE = (Path(__file__).parent / "axe/axe.min.js").read_text(encoding="utf-8")
RULES = "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})"
KEY = "a secret for tests"


@pytest.fixture(autouse=True)
def somebody(world: World) -> None:
    world.structure("relais", enabled=["rental"])
    world.user("zoe", relais=["agent_location"])


def complaints(page: Page) -> list[Any]:
    page.evaluate(AXE)
    return [(v["id"], [n["html"] for n in v["nodes"]]) for v in page.evaluate(RULES)["violations"]]


def codes_of(world: World) -> pyotp.TOTP:
    with world.across() as session:
        return pyotp.TOTP(second_factor.secret_of(session.scalars(select(User)).one(), KEY))


def leave(world: World) -> None:
    """As if nobody had done anything for an hour, on the server."""
    with world.across() as session:
        session.execute(update(OpenSession).values(seen_at=real_now() - timedelta(hours=1)))
        session.commit()


def test_the_second_step_is_switched_on_and_used_by_keyboard_alone(world: World, visit: Callable[..., Visitor]) -> None:
    page = visit().sign_in("zoe")
    page.get_by_role("link", name="Zoe").press("Enter")
    page.get_by_role("link", name="Activer…").press("Enter")
    assert complaints(page) == []
    page.get_by_role("button", name="Commencer").press("Enter")
    expect(page.locator(".qr svg")).to_be_visible()
    assert complaints(page) == []
    page.get_by_label("Les six chiffres affichés par le téléphone").fill(codes_of(world).now())
    page.keyboard.press("Enter")
    expect(page.locator(".codes li")).to_have_count(10)
    assert complaints(page) == []
    with world.across() as session:
        session.execute(update(User).values(totp_last_step=0))
        session.commit()

    other = visit().open("/login")
    other.get_by_label("Adresse électronique").press_sequentially("zoe@test.example")
    other.keyboard.press("Tab")
    other.keyboard.type(PASSWORD)
    other.keyboard.press("Enter")
    expect(other.get_by_label("Code")).to_be_focused()
    assert complaints(other) == []
    other.keyboard.type("000000")
    other.keyboard.press("Enter")
    expect(other.get_by_label("Code")).to_be_focused()
    expect(other.locator(".errs")).to_contain_text("Ce code n’est pas le bon")
    other.get_by_label("Code").fill(codes_of(world).now())
    other.keyboard.press("Enter")

    expect(other.get_by_role("heading", name="Bonjour")).to_be_visible()


def test_a_half_typed_booking_is_still_there_after_the_lock(world: World, visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.sign_in("zoe")
    page.clock.install()
    page.goto(f"{visitor.address}/relais/admin/rental_booking/new/")
    field = page.get_by_label("Remarque")
    field.fill("Half a na")
    dialog = page.get_by_role("dialog", name="Session verrouillée")
    leave(world)
    page.clock.fast_forward("01:00:00")

    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    assert complaints(page) == []
    page.get_by_label("Mot de passe").fill("not this one")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text("Ce n’est pas votre mot de passe.")
    expect(page.get_by_label("Mot de passe")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    expect(dialog).to_be_hidden()
    expect(field).to_have_value("Half a na")


def test_somebody_who_types_is_not_interrupted(world: World, visit: Callable[..., Visitor]) -> None:
    world.app.config["SESSION_IDLE_MINUTES"] = 3 / 60
    visitor = visit()
    visitor.sign_in("zoe")
    page = visitor.open("/relais/admin/rental_booking/new/")
    field = page.get_by_label("Remarque")

    field.press_sequentially("a slow typist here", delay=300)

    expect(page.get_by_role("dialog", name="Session verrouillée")).to_be_hidden()
    expect(field).to_have_value("a slow typist here")


def test_what_was_sent_to_a_locked_session_goes_on_with_the_password(
    world: World, visit: Callable[..., Visitor]
) -> None:
    visitor = visit()
    visitor.sign_in("zoe")
    page = visitor.open("/relais/admin/rental_booking/new/")
    page.get_by_label("Remarque").fill("Half a name")
    leave(world)
    page.get_by_role("button", name="Enregistrer", exact=True).click()

    expect(page.get_by_role("heading", name="Session verrouillée")).to_be_visible()
    assert complaints(page) == []
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Déverrouiller et envoyer").click()

    expect(page.get_by_label("Remarque")).to_have_value("Half a name")
    expect(page.get_by_role("alert").first).to_contain_text("Rien n’a été enregistré")


def test_own_account_on_a_phone_is_usable_and_closes_another_session(
    world: World, visit: Callable[..., Visitor]
) -> None:
    other = visit()
    other.sign_in("zoe")
    visitor = visit(viewport={"width": 390, "height": 800}, has_touch=True)
    visitor.sign_in("zoe")
    page = visitor.open("/account/")

    assert complaints(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Fermer").tap()
    page.get_by_role("dialog").get_by_role("button", name="Oui").tap()

    expect(page.locator("main [role=status]").first).to_contain_text("Cette session est fermée.")
    page = other.open("/relais/")
    expect(page.get_by_role("heading", name="Se connecter")).to_be_visible()
