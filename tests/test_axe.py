"""Axe on one page of each kind of the demo, on a desk's screen and on a phone's; and nothing inline on any."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page
from werkzeug.serving import make_server

from jalon import demo, jobs, links
from jalon.testing.browsing import Visitor
from jalon.testing.walk import Seen
from jalon.testing.world import PASSWORD, Browser, World
from jalon_newsletter import subscribers

pytestmark = pytest.mark.browser
AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
RUN = """async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})).violations
    .filter(v => ['serious', 'critical'].includes(v.impact))
    .map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(', '))"""
SIZES = {"desk": (1280, 860), "phone": (390, 800)}
BOTH = ["desk", pytest.param("phone", marks=pytest.mark.slow)]
SIGNED_OUT = {
    "sign-in": "/login",
    "a code that opens nothing": "/q/KNOWNTONOBODY",
    "password forgotten": "/account/forgotten",
    "a link that is over": "/account/link/abc",
}
PAGES = {
    "dashboard": "/plateforme/",
    "first steps on a dashboard": "/potager/",
    "list": "/plateforme/admin/rental_booking/",
    "part of a list": "/plateforme/admin/rental_booking/?show=out",
    "list without a row": "/plateforme/admin/fleet_vehicle/?search=nothing-is-called-so",
    "new record": "/plateforme/admin/rental_booking/new/",
    "what is free": "/plateforme/rental/free",
    "modules": "/plateforme/modules/",
    "one module": "/plateforme/modules/fleet/",
    "check of the installation": "/plateforme/check/",
    "first step 2": "/potager/first-steps/structure",
    "first step 3": "/potager/first-steps/member",
    "first step 4": "/potager/first-steps/module",
    "first step 5": "/plateforme/first-steps/record",
    "own account": "/account/",
    "second step": "/account/second-factor/",
    "members": "/plateforme/admin/member/",
    "new member": "/plateforme/admin/member/new/",
    "invitation": "/plateforme/members/invite",
    "settings": "/plateforme/settings/",
    "the structure and its logo": "/plateforme/settings/structure/",
    "opening hours": "/plateforme/settings/opening-hours/",
    "a module's settings": "/plateforme/settings/rental/",
    "closures": "/plateforme/admin/closure/",
    "new closure": "/plateforme/admin/closure/new/",
    "history": "/plateforme/history/",
    "who read what": "/plateforme/access-log/",
    "not found": "/plateforme/nowhere",
}
WORK = {
    "find a person": "/beneficiaries/found",
    "on the telephone": "/phone/",
    "add a person": "/beneficiaries/new",
    "possible duplicates": "/beneficiaries/doubles",
    "questions of the collective": "/duplicates/",
    "referrals": "/referrals/",
    "the plan": "/rental/planning",
    "a month of the plan": "/rental/planning?length=month",
    "the day": "/rental/day",
    "import, first step": "/imports/",
    "export": "/exports/",
    "automatic tasks": "/jobs/",
    "tasks": "/tasks/",
}
LIST = (
    "Civilité;Nom;Prénom;Date de naissance;Portable\n"
    "Mme;Kervadec-Essai;Lou;12/03/1990;06 39 98 01 02\nMme;Kervadec-Essai;;31/31/1990;\n"
)
SECRET = re.compile(r"<code>([A-Z2-7 ]{39})</code>")
EVENTS = re.compile(r"on[a-z]+")


@pytest.fixture(scope="module")
def site(demo_browsers: dict[str, Browser]) -> Iterator[str]:
    """Where the demo answers."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, demo_browsers["nobody"].client.application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def visitor(chromium: Chromium, site: str) -> Iterator[Callable[[str], Visitor]]:
    """Makes visitors with a screen of that size; none meets an error in its console, nor leaves the site."""
    made: list[Visitor] = []

    def visit(size: str) -> Visitor:
        width, height = SIZES[size]
        context = chromium.new_context(locale="fr-FR", viewport={"width": width, "height": height})
        context.set_default_timeout(10_000)
        made.append(Visitor(context, site))
        return made[-1]

    yield visit
    for each in made:
        each.context.close()
    assert [c for v in made for c in v.complaints] == []
    assert [u for v in made for u in v.elsewhere] == []


def faults(page: Page) -> list[str]:
    page.evaluate(AXE)  # not as a script of the page: its policy refuses that
    found: list[str] = page.evaluate(RUN)
    return found


def enter(visitor: Visitor, email: str, password: str = demo.PASSWORD) -> Page:
    page = visitor.open("/login")
    page.get_by_label("Adresse électronique").fill(email)
    page.get_by_label("Mot de passe").fill(password)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_selector("main#main[tabindex]")
    return page


def test_axe_sees_a_field_that_lost_its_label(visitor: Callable[[str], Visitor]) -> None:
    page = visitor("desk").open("/login")

    page.evaluate("document.querySelector('label').remove()")

    assert faults(page) == ["label: #email"]


@pytest.mark.parametrize("size", BOTH)
def test_axe_finds_nothing_serious_on_any_kind_of_page(visitor: Callable[[str], Visitor], size: str) -> None:
    page = visitor(size).open("/login")
    found: dict[str, Any] = {}
    root = page.url.partition("/login")[0]
    for kind, address in SIGNED_OUT.items():
        page.goto(root + address)
        found[kind] = faults(page)

    page = enter(visitor(size), "admin@plateforme.example")
    root = page.url.partition("/plateforme/")[0]
    for kind, address in PAGES.items():
        page.goto(root + address)
        found[kind] = faults(page)

    assert {kind: said for kind, said in found.items() if said} == {}


@pytest.mark.parametrize("size", BOTH)
def test_axe_finds_nothing_serious_on_what_somebody_at_the_desk_opens(
    visitor: Callable[[str], Visitor], size: str
) -> None:
    page = enter(visitor(size), "agent_location@relais.example")
    found: dict[str, Any] = {}

    page.goto(page.url.partition("/relais/")[0] + "/relais/admin/rental_booking/")
    page.locator("a.rowlink").first.click()
    found["a record"] = faults(page)
    page.goto(page.url.partition("/edit/")[0] + "/new/")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    page.wait_for_selector("[aria-invalid=true]")
    found["a refused form"] = faults(page)
    page.goto(page.url.partition("/relais/")[0] + "/relais/modules/")
    found["a right that is missing"] = faults(page)
    if size == "phone":
        page.get_by_role("button", name="Ouvrir le menu").click()
        found["the menu on a phone"] = faults(page)

    assert {kind: said for kind, said in found.items() if said} == {}


@pytest.mark.parametrize("size", BOTH)
def test_axe_finds_nothing_serious_on_what_a_direction_opens(visitor: Callable[[str], Visitor], size: str) -> None:
    page = enter(visitor(size), "direction@relais.example")
    root = page.url.partition("/relais/")[0] + "/relais"
    found: dict[str, Any] = {}

    page.goto(f"{root}/admin/member/")
    page.locator("a.rowlink").first.click()
    page.locator(".past-of summary").click()
    found["a member and the history"] = faults(page)
    page.get_by_role("link", name="Quitte la structure").click()
    found["leaving"] = faults(page)
    page.goto(page.url.replace("/leave", "/rights"))
    found["rights, and why"] = faults(page)
    page.goto(f"{root}/settings/rental/")
    page.get_by_label("Durée maximale").fill("3")
    page.get_by_role("button", name="Voir ce qui change").click()
    page.get_by_role("heading", name="Ce qui change").wait_for()
    found["a change before it is saved"] = faults(page)
    page.goto(f"{root}/settings/opening-hours/")
    page.get_by_label("Lundi").fill("?")
    page.get_by_role("button", name="Voir ce qui change").click()
    page.wait_for_selector("[aria-invalid=true]")
    found["opening hours refused"] = faults(page)
    page.evaluate("document.querySelector('#lock').showModal()")
    found["a locked desk"] = faults(page)

    assert {kind: said for kind, said in found.items() if said} == {}


@pytest.mark.parametrize("size", BOTH)
def test_axe_finds_nothing_serious_on_what_is_done_for_a_person(visitor: Callable[[str], Visitor], size: str) -> None:
    page = enter(visitor(size), "direction@plateforme.example")
    root = page.url.partition("/plateforme/")[0] + "/plateforme"
    found: dict[str, Any] = {}

    for kind, address in WORK.items():
        page.goto(root + address)
        found[kind] = faults(page)
    page.goto(f"{root}/beneficiaries/doubles")
    page.get_by_role("link", name="Comparer et fusionner").first.click()
    page.wait_for_url("**/merge?other=*")
    found["two files side by side"] = faults(page)
    page.goto(f"{root}/admin/beneficiary/?show=active")
    page.locator("a.rowlink").last.click()
    page.wait_for_url("**/beneficiaries/*/")
    found["a person"] = faults(page)
    page.goto(f"{page.url}refer")
    found["a referral"] = faults(page)

    assert {kind: said for kind, said in found.items() if said} == {}


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_serious_on_the_letter_its_public_pages_and_those_of_its_links(
    visitor: Callable[[str], Visitor], demo_browsers: dict[str, Browser], size: str
) -> None:
    codes = _links_of_a_reader(World(demo_browsers["nobody"].client.application), size)
    page = visitor(size).open("/p/plateforme/newsletter/")
    root, found = page.url.partition("/p/")[0], {"asking": faults(page)}
    page.get_by_role("button", name="Recevoir la lettre").click()
    page.wait_for_selector("[aria-invalid=true]")
    found["asking, refused"] = faults(page)
    page.goto(f"{root}/p/plateforme/newsletter/archive")
    found["archive"] = faults(page)
    page.locator("main ul a").first.click()
    page.locator("article").wait_for()
    found["an issue"] = faults(page)
    for name, address in codes.items():
        page.goto(root + address)
        found[name] = faults(page)
    page.get_by_role("button", name="Me désabonner").first.click()
    page.locator("input[value=back]").wait_for(state="attached")
    found["left"] = faults(page)

    page = enter(visitor(size), "direction@plateforme.example")
    page.goto(f"{root}/plateforme/newsletter/")
    found["issues"] = faults(page)
    page.locator("tr", has_text="Brouillon").locator("a.rowlink").click()
    page.locator("#send").wait_for()
    found["writing"] = faults(page)
    page.locator("a[href*='kind=event']").click()
    page.locator("[name=starts_at]").first.wait_for(state="attached")
    found["a block"] = faults(page)

    assert {kind: said for kind, said in found.items() if said} == {}


def _links_of_a_reader(world: World, size: str) -> dict[str, str]:
    """To confirm, and to leave: of a reader who is nobody else's."""
    with world.inside("plateforme") as session:
        email = f"axe-{size}@lecteurs.example"
        subscribers.ask(session, email=email, agrees=True)
        reader = subscribers.find(session, email)
        assert reader is not None
        about: Any = {"module": "newsletter", "subject_table": "newsletter_subscriber", "subject_id": reader.id}
        confirming = links.issue(session, purpose="confirm", **about)
        subscribers.confirm(session, reader)
        leaving = links.steady(session, purpose="leave", **about)
        session.commit()
    return {"confirming": f"/m/{confirming}", "leaving": f"/m/{leaving}"}


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_serious_on_what_only_comes_after_another_page(
    visitor: Callable[[str], Visitor],
    demo_browsers: dict[str, Browser],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    size: str,
) -> None:
    world = World(demo_browsers["nobody"].client.application)
    monkeypatch.setitem(world.app.config, "JALON_DATA_DIR", str(tmp_path))
    world.user(f"axe-{size}", plateforme=["direction", "conseiller"])  # who switches a second step on is nobody else
    with world.inside("plateforme") as session:
        job_id = jobs.enqueue(session, "jalon.retention").id
        session.commit()
    page = enter(visitor(size), f"axe-{size}@test.example", PASSWORD)
    root = page.url.partition("/plateforme/")[0] + "/plateforme"
    found: dict[str, Any] = {}

    found |= {f"import, {step}": faults(page) for step in _steps_of_an_import(page, root)}
    page.goto(f"{root}/jobs/{job_id}/")
    found["a job"] = faults(page)
    page.goto(f"{root}/members/2/rights")
    page.locator("form[action$='/see'] button").click()
    page.locator("form.look").wait_for()
    found["seen as somebody else"] = faults(page)
    page.locator("form.look button").click()
    page.goto(root.replace("/plateforme", "/account/second-factor/"))
    page.locator("form[action$='/begin'] button").click()
    page.locator("form[action$='/confirm']").wait_for()
    found["the secret of a telephone"] = faults(page)
    secret = SECRET.search(page.content())
    assert secret is not None
    page.locator("form[action$='/confirm'] input[name=code]").fill(pyotp.TOTP(secret[1].replace(" ", "")).now())
    page.locator("form[action$='/confirm'] button").click()
    page.locator("code").nth(9).wait_for()
    found["codes on paper"] = faults(page)

    assert {kind: said for kind, said in found.items() if said} == {}


def _steps_of_an_import(page: Page, root: str) -> Iterator[str]:
    """The page stands at each step in turn; nothing is written, for other tests look at this demo."""
    page.goto(f"{root}/imports/")
    page.locator("input[name=what][value=persons]").check()
    sent: Any = {"name": "liste.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
    page.locator("input[type=file]").set_input_files(sent)
    page.get_by_role("button", name="Lire le fichier").click()
    page.locator("form[action$='/columns']").wait_for()
    yield "columns"
    page.locator("[name=all-reason]").fill("Ancienne liste")
    page.locator("form[action$='/columns'] button").click()
    page.get_by_role("button", name="Importer", exact=True).wait_for()
    yield "report"


def test_no_page_of_the_demo_has_anything_inline(demo_pages: list[Seen], demo_refusals: list[Seen]) -> None:
    inline = [
        f"{page.name}: <{tag} {name}>"
        for page in [*demo_pages, *demo_refusals]
        for tag, values in page.reader.elements
        for name in _inline(tag, values)
    ]

    assert len(demo_pages) > 50
    assert inline == []


def _inline(tag: str, values: dict[str, str]) -> Iterator[str]:
    """What the policy would refuse to run or to apply."""
    yield from (name for name in values if name == "style" or EVENTS.fullmatch(name))
    yield from (name for name, value in values.items() if value.strip().lower().startswith("javascript:"))
    if tag == "style" or (tag == "script" and not values.get("src")):
        yield "inside"
