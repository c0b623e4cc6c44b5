"""Every form of every kind of page of the demo, sent back empty by each role: refused or harmless, and never broken."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from jalon import demo
from jalon.testing.conformance.forms import PageForm, forms_in
from jalon.testing.conformance.snapshot import Contents, contents
from jalon.testing.plugin import make_app
from jalon.testing.walk import Seen, kind_of, walk
from jalon.testing.world import Browser, World

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("empty forms")]
KEPT = ("version",)  # without it a form is another one than the page's
OF_A_BUTTON = frozenset({"csrf_token", "back", "once", "agreed"})  # nothing to fill in: it is sent last
LEAVES = ("/logout", "/account/sessions")  # whoever signs out can send no more
ROLES = {email.partition("@")[0]: email for email, _work in reversed(demo.ACCOUNTS_SHOWN)}
MAY_SHRINK = {"jalon_session", "jalon_attempt"}


@pytest.fixture(scope="module")
def copied(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A demo of one's own; what a form breaks shows as a 500, as it would to whoever sent it."""
    path = tmp_path_factory.mktemp("empty") / "demo.sqlite"
    shutil.copyfile(demo_file, path)
    world = World(make_app(f"sqlite:///{path}", PROPAGATE_EXCEPTIONS=False, JALON_DATA_DIR=str(path.parent)))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("JALON_ENV", "demo")
        patched.setenv("JALON_TODAY", "2027-01-03")
        yield world
    with world.app.app_context():
        world.jalon.db.engine.dispose()


@pytest.mark.parametrize("role", sorted(ROLES))
def test_no_empty_form_breaks_a_page_or_loses_a_row(copied: World, role: str) -> None:
    browser = Browser(copied.app)
    browser.send("/login", email=ROLES[role], password=demo.PASSWORD)
    pages = list(walk(browser, role, "/", most=600))
    forms = {(kind_of(where), frozenset(form.fields)): (where, form) for page in pages for where, form in posted(page)}
    before, last = held(copied), lambda kind: kind[1] <= OF_A_BUTTON  # it switches a module off, or sees as another

    answers = {}
    for kind in sorted(forms, key=last):
        where, form = forms[kind]
        answers[where] = browser.send(where, **emptied(form)).status_code

    assert browser.get("/account/").status_code == 200, "none of the forms signed out whoever sent the others"
    assert len(answers) > 5
    assert {where: code for where, code in answers.items() if code >= 500} == {}
    assert lost(before, held(copied)) == {}


def posted(page: Seen) -> Iterator[tuple[str, PageForm]]:
    """Where each form of a page is sent."""
    for form in forms_in(page.html):
        address = urljoin(page.address, form.action) if form.action else page.address
        if form.method == "post" and not urlsplit(address).path.startswith(LEAVES):
            yield address, form


def emptied(form: PageForm) -> dict[str, str]:
    """Its fields with nothing in them; the form's token is the browser's."""
    kept = {name: form.fields[name] for name in KEPT if name in form.fields}
    return {**dict.fromkeys(form.fields.keys() - {"csrf_token"}, ""), **kept}


def held(world: World) -> Contents:
    with world.app.app_context():
        return contents(world.jalon.db.engine)


def lost(before: Contents, after: Contents) -> dict[str, int]:
    """Tables that have fewer rows than before, and how many fewer."""
    fewer = {table: len(rows) - len(after[table]) for table, rows in before.items()}
    return {table: n for table, n in fewer.items() if n > 0 and table not in MAY_SHRINK}
