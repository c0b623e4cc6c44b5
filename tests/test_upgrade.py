"""From the version of the previous issue, with its demo and work that was queued, to this one: nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import upgrades
from sqlalchemy import select
from upgrades import Left

from jalon import checks, demo
from jalon.migrate import CORE, status, upgrade
from jalon.models import Beneficiary, Identity, JobState, Message, MessageState, QueuedJob
from jalon.testing.conformance import Kit
from jalon.testing.conformance.databases import GivenEmpty
from jalon.testing.conformance.forms import forms_in
from jalon.testing.conformance.migrations import difference
from jalon.testing.conformance.snapshot import contents, rows_of
from jalon.testing.plugin import make_app
from jalon.testing.smtp import receiving
from jalon.testing.walk import Reader, kind_of
from jalon.testing.world import TESTER, Browser, World
from jalon.worker import Worker
from jalon_rental.models import Booking, State

pytestmark = pytest.mark.xdist_group("upgrade")
BOTH = pytest.mark.both_databases(slow="postgresql")
FROM = "issue-5"
FOLLOW_THE_REVISIONS = {"jalon_module", "jalon_personal_column"}
CHANGED_BY_A_MIGRATION: dict[str, str] = {}  # table: why it has other rows than before
SECRET = "Kdj29s_kdLs93-hf83hGGd83jslQpe74hUqz0s91"
SOUND = {"SECRET_KEY": SECRET, "JALON_PUBLIC_URL": "https://jalon.example.org", "JALON_TRUSTED_PROXIES": "1"}


@dataclass(frozen=True)
class Upgraded:
    """The site of now on what the earlier version left; `before` and `after` are rows by table."""

    world: World
    left: Left
    before: dict[str, int]
    after: dict[str, int]

    def browser(self, email: str) -> Browser:
        browser = Browser(self.world.app)
        assert browser.send("/login", email=email, password=demo.PASSWORD).status_code == 302
        return browser


@pytest.fixture(scope="module")
def upgraded(
    database_kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Upgraded]:
    left, folder = upgrades.read(FROM), tmp_path_factory.mktemp("upgrade")
    with pytest.MonkeyPatch.context() as patched, _empty(database_kind, request, folder) as url:
        patched.setenv("JALON_ENV", "demo")
        patched.setenv("JALON_TODAY", left.today)
        world = World(make_app(url, JALON_DATA_DIR=str(folder), PROPAGATE_EXCEPTIONS=False))
        with world.app.app_context():
            engine = world.jalon.db.engine
            upgrades.load(left, engine)
            before = rows_of(contents(engine))
            failed = [outcome for outcome in upgrade(engine, world.jalon.registry) if outcome.trouble]
            assert failed == []
        yield Upgraded(world, left, before, rows_of(contents(engine)))
        engine.dispose()


@contextmanager
def _empty(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'upgraded.sqlite'}"
        return
    cluster = request.getfixturevalue("cluster")
    name = cluster.create()
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture(scope="module")
def worked(upgraded: Upgraded) -> Iterator[Upgraded]:
    """What had been queued before is done after, with a mail server that answers."""
    app = upgraded.world.app
    with receiving() as mailbox, app.app_context():
        app.config["JALON_MAIL_URL"] = mailbox.url
        worker = Worker(upgraded.world.jalon)
        while worker.do_next():
            pass
        yield upgraded


@BOTH
def test_the_file_holds_the_demo_and_one_of_each_kind_of_work(upgraded: Upgraded) -> None:
    counts = upgraded.left.counts()

    assert {table: upgraded.before[table] for table in counts} == counts
    assert counts["rental_booking"] > 180
    assert counts["jalon_history_value"] > 20_000
    assert (counts["jalon_job"], counts["jalon_message"]) == (7, 3)


@BOTH
def test_no_table_loses_or_gains_a_row(upgraded: Upgraded) -> None:
    left_out = FOLLOW_THE_REVISIONS | set(CHANGED_BY_A_MIGRATION)
    before = {table: n for table, n in upgraded.before.items() if table not in left_out}

    assert {table: upgraded.after.get(table) for table in before} == before


@BOTH
def test_every_module_is_at_its_head_and_has_the_tables_that_its_models_say(upgraded: Upgraded, tmp_path: Path) -> None:
    with upgraded.world.app.app_context():
        engine, registry = upgraded.world.jalon.db.engine, upgraded.world.jalon.registry
        states = {position.slug: position.state for position in status(engine, registry)}
        kits = [Kit(slug, GivenEmpty([], print), tmp_path) for slug in states]

        assert set(states) >= {CORE, *upgraded.left.revisions}
        assert set(states.values()) == {"up to date"}
        assert [fault for kit in kits for fault in difference(kit, engine)] == []


@BOTH
def test_every_page_of_the_menu_answers_the_direction(upgraded: Upgraded) -> None:
    browser = upgraded.browser("direction@plateforme.example")
    links = Reader(browser.get("/plateforme/").text).links
    pages = {kind_of(link): link for link in links if link.startswith("/plateforme/")}

    answers = {link: browser.get(link, follow_redirects=True).status_code for link in pages.values()}

    assert len(answers) > 15
    assert {link: code for link, code in answers.items() if code != 200} == {}


@BOTH
def test_what_was_told_of_a_record_is_still_read(upgraded: Upgraded) -> None:
    browser = upgraded.browser("direction@relais.example")
    booking = _a_booking(upgraded)

    page = browser.get(f"/relais/admin/rental_booking/history/?id={booking.id}")
    everything = browser.get("/relais/history/")

    assert (page.status_code, everything.status_code) == (200, 200)
    told = Reader(page.text.split("<table", 1)[1]).texts
    assert {"démonstration", "Création", "Locataire", "État", "Réservé", "Retour"} <= set(told)


@BOTH
def test_a_person_is_found_by_a_name_with_a_typing_error(upgraded: Upgraded) -> None:
    browser = upgraded.browser("accueil@plateforme.example")

    found = browser.send("/plateforme/beneficiaries/search", q="suryalaksna")
    shown = browser.get("/plateforme/beneficiaries/found")

    assert found.status_code == 302
    assert "SURYALAKSANA" in shown.text


@BOTH
def test_a_booking_is_opened_and_changed(upgraded: Upgraded) -> None:
    browser = upgraded.browser("agent_location@relais.example")
    booking = _a_booking(upgraded)
    where = f"/relais/admin/rental_booking/edit/?id={booking.id}"
    form = next(f for f in forms_in(browser.get(where).text) if f.method == "post" and "note" in f.fields)

    answer = browser.send(where, **{**form.fields, "note": "Vu après la mise à jour"})

    assert answer.status_code == 302, Reader(answer.text).texts
    with upgraded.world.inside("relais") as session:
        changed = session.get_one(Booking, booking.id)
        assert (changed.note, changed.version) == ("Vu après la mise à jour", booking.version + 1)


@BOTH
def test_what_was_queued_before_is_done_or_says_why_not(worked: Upgraded) -> None:
    with worked.world.inside("relais") as session:
        rows = session.scalars(select(QueuedJob).where(QueuedJob.id <= 7).order_by(QueuedJob.id)).all()
        states = {(job.name, job.arguments): (job.state, job.error) for job in rows}
        messages = {m.template: (m.state, m.error) for m in session.scalars(select(Message).where(Message.id <= 3))}
    known = {
        key: state for key, (state, _said) in states.items() if "forgotten" not in key[0] and "before" not in key[1]
    }
    unknown = {key: said for key, said in states.items() if key not in known}

    assert set(known.values()) == {JobState.DONE}
    assert {state for state, _said in unknown.values()} == {JobState.REFUSED}
    assert all("version" in said for _state, said in unknown.values())
    assert len(messages) == 3
    assert {state for state, _said in messages.values()} <= {MessageState.SENT, MessageState.TO_PRINT}


@BOTH
def test_the_page_of_automatic_tasks_says_what_this_version_does_not_know(worked: Upgraded) -> None:
    browser = worked.browser("direction@relais.example")

    page = browser.get("/relais/jobs/?show=stuck")

    assert page.status_code == 200
    assert "autre version" in page.text
    assert "Traceback" not in page.text


@BOTH
def test_the_check_of_the_installation_finds_nothing_wrong(worked: Upgraded) -> None:
    app = worked.world.app
    with app.app_context(), checks.looking_at(app, TESTER) as place:
        found = checks.run(replace(place, config={**place.config, **SOUND}))

    assert [finding.sentence for finding in found if finding.level == "bad"] == []


def _a_booking(upgraded: Upgraded) -> Any:
    """One of Relais that is to come, with a person's name that can be read."""
    with upgraded.world.inside("relais") as session:
        named = select(Identity.beneficiary_id).join(Beneficiary, Beneficiary.id == Identity.beneficiary_id)
        coming = select(Booking).where(Booking.state == State.BOOKED, Booking.beneficiary_id.in_(named))
        booking = session.scalars(coming.order_by(Booking.id)).first()
        assert booking is not None
        session.expunge(booking)
        return booking
