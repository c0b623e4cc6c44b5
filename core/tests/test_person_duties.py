"""The screens and commands of what is owed to a person: copies with a reason, erasure with the code, files to purge."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo
from sqlalchemy import select

from jalon import retention
from jalon.app_of import mount
from jalon.cli.group import jalon_group
from jalon.clock import today
from jalon.i18n import _
from jalon.models import (
    AccessEntry,
    Beneficiary,
    BeneficiaryStructure,
    Cause,
    Erasure,
    File,
    FileState,
    Identity,
    Note,
    Task,
)
from jalon.scope import PARIS
from jalon.testing.plugin import make_app
from jalon.testing.world import World

OLD = today(PARIS) - timedelta(days=900)


def person(world: World, structure_id: int, name: str, *, since: date = OLD, **link: Any) -> Beneficiary:
    with world.across() as session:
        made = Beneficiary(code=f"B-2026-{len(name):03}{ord(name[0])}")
        made.identity, made.file = Identity(usage_name=name, first_name="Ida"), File(phone="+33199001001")
        session.add_all(
            [
                made,
                BeneficiaryStructure(structure_id=structure_id, beneficiary=made, reason="Helped", since=since, **link),
            ]
        )
        session.commit()
        session.refresh(made)
        session.expunge(made)
        return made


def about(made: Beneficiary, structure_id: int) -> dict[str, Any]:
    return {
        "structure_id": structure_id,
        "subject_table": "jalon_beneficiary",
        "subject_id": made.id,
        "beneficiary_id": made.id,
    }


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Any:
    """Our own site, with a data folder of its own."""
    made = make_app(database_url, JALON_DATA_DIR=str(tmp_path / "data"))
    yield made
    with made.app_context():
        mount(made).db.engine.dispose()


def test_a_copy_asks_why_is_logged_with_its_rows_and_is_not_made_without(world: World) -> None:
    relais = world.structure("relais")
    made = person(world, relais.id, "Berthelot")
    world.user("dora", relais=["direction"])
    browser = world.client("dora")
    where = f"/relais/beneficiaries/{made.id}/copy"

    page, refused = browser.get(where), browser.send(where, reason=" ")
    answer = browser.send(where, reason="Asked for at the desk")

    assert (page.status_code, refused.status_code, answer.status_code) == (200, 422, 200)
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    assert json.loads(archive.read("dossier.json"))["tables"]["jalon_identity"][0]["usage_name"] == "Berthelot"
    assert archive.read("dossier.pdf").startswith(b"%PDF")
    with world.inside("relais") as session:
        copied = AccessEntry.permission == "jalon.beneficiaries.copy"
        noted = session.scalars(select(AccessEntry).where(copied, AccessEntry.subject_id == made.id)).all()
        assert [(n.actor_name, n.reason) for n in noted] == [("Dora", "Asked for at the desk")]
        assert noted[0].rows >= 4
    assert "Asked for at the desk" in browser.get("/relais/access-log/").text


@pytest.mark.parametrize("what", ["copy", "erase"])
def test_whoever_may_not_and_whoever_is_not_named_meets_nothing(world: World, what: str) -> None:
    relais = world.structure("relais")
    shown = person(world, relais.id, "Shown")
    hidden = person(world, relais.id, "Hiddenly", restricted=True)
    world.user("dora", relais=["direction"])
    world.user("carl", relais=["conseiller"])
    world.structure("scop")
    world.user("sam", scop=["direction"])

    answers = [
        world.client("carl").get(f"/relais/beneficiaries/{shown.id}/{what}"),
        world.client("dora").get(f"/relais/beneficiaries/{hidden.id}/{what}"),
        world.client("sam").get(f"/scop/beneficiaries/{shown.id}/{what}"),
    ]

    assert [answer.status_code for answer in answers] == [403, 404, 404]


def test_a_person_is_erased_by_typing_the_code_once_nothing_is_open(world: World) -> None:
    relais = world.structure("relais")
    made = person(world, relais.id, "Berthelot")
    with world.across() as session:
        session.add(Task(title="Call", due_on=date(2031, 3, 4), **about(made, relais.id)))
        session.commit()
    world.user("dora", relais=["direction"])
    browser = world.client("dora")
    where = f"/relais/beneficiaries/{made.id}/erase"

    busy = browser.get(where).text
    refused = browser.send(where, code=made.code)
    with world.across() as session:
        session.scalars(select(Task)).one().done_at = datetime(2026, 1, 1, tzinfo=PARIS)
        session.commit()
    wrong = browser.send(where, code="B-1")
    done = browser.send(where, code=made.code.lower())

    assert "04/03/2031" in busy
    assert 'name="code"' not in busy
    assert (refused.status_code, wrong.status_code, done.status_code) == (422, 422, 302)
    assert made.code in wrong.text
    page = browser.get(f"/relais/beneficiaries/{made.id}/").text
    assert _("This person was erased: only what statistics count is left, under this code.") in page
    assert "erthelot" not in page
    assert browser.get(where).status_code == 404
    with world.inside("relais") as session:
        certificate = session.scalars(select(Erasure)).one()
        assert (certificate.cause, certificate.actor_name, certificate.whole) == (Cause.REQUEST, "Dora", True)
        assert certificate.swept_at is not None


# --- whose time is over: planted case 31 of the domain model, a file two years silent ---


def contacts(world: World, structure_id: int) -> dict[str, Beneficiary]:
    """Persons, each with another last contact."""
    recent = today(PARIS) - timedelta(days=30)
    found = {
        "Silent": person(world, structure_id, "Silent"),
        "Noted": person(world, structure_id, "Noted"),
        "Fresh": person(world, structure_id, "Freshly", since=recent),
        "Ended": person(world, structure_id, "Endedly", until=recent),
        "Closed": person(world, structure_id, "Closedlong", until=OLD + timedelta(days=1)),
        "Gone": person(world, structure_id, "Goneforgood"),
    }
    with world.across() as session:
        session.add(Note(internal="Called us", author_name="Zoe", **about(found["Noted"], structure_id)))
        session.get_one(Beneficiary, found["Gone"].id).state = FileState.ANONYMISED
        session.commit()
    return found


@pytest.mark.both_databases
def test_persons_without_contact_for_two_years_are_due_the_longest_silent_first(world: World) -> None:
    relais = world.structure("relais")
    found = contacts(world, relais.id)

    with world.across() as session:
        due = retention.due(session, relais.id, today(PARIS))
        to_the_day = retention.due(session, relais.id, OLD.replace(year=OLD.year + 2))

    assert [d.person_id for d in due] == [found["Silent"].id, found["Closed"].id]
    assert to_the_day == []


def test_all_that_are_due_are_erased_with_one_confirmation_and_whoever_has_something_open_stays(world: World) -> None:
    relais = world.structure("relais")
    found = contacts(world, relais.id)
    with world.across() as session:
        session.add(Task(title="Call", due_on=date(2031, 3, 4), **about(found["Closed"], relais.id)))
        session.commit()
    world.user("dora", relais=["direction"])
    browser = world.client("dora")

    page = browser.get("/relais/retention/").text
    answer = browser.send("/relais/retention/", person=[str(p.id) for p in found.values()])

    assert "SILENT" in page
    assert "NOTED" not in page
    assert answer.status_code == 302
    told = browser.get("/relais/retention/").text
    assert "SILENT" not in told
    assert found["Closed"].code in told
    with world.across() as session:
        states = {name: session.get_one(Beneficiary, p.id).state for name, p in found.items()}
    assert {name for name, state in states.items() if state is FileState.ANONYMISED} == {"Silent", "Gone"}


def command(world: World, *arguments: str) -> Any:
    return CliRunner().invoke(jalon_group, arguments, obj=ScriptInfo(create_app=lambda: world.app))


def test_commands_export_and_erase_across_structures_and_log_in_each(world: World, tmp_path: Path) -> None:
    relais, scop = world.structure("relais"), world.structure("scop")
    made = person(world, relais.id, "Berthelot")
    with world.across() as session:
        session.add(BeneficiaryStructure(structure_id=scop.id, beneficiary_id=made.id, reason="Scop too", since=OLD))
        session.commit()
    file = tmp_path / "copy.zip"

    written = command(world, "person", "export", made.code, "--to", str(file), "--reason", "The person asked")
    again = command(world, "person", "export", made.code, "--to", str(file), "--reason", "The person asked")
    unknown = command(world, "person", "export", "B-0", "--to", str(tmp_path / "x"), "--reason", "x")
    wrong = command(world, "person", "erase", made.code, "--confirm", "B-1")
    erased = command(world, "person", "erase", made.code, "--confirm", made.code)

    assert [r.exit_code for r in (written, again, unknown, wrong, erased)] == [0, 1, 1, 1, 0], written.output
    assert len(json.loads(zipfile.ZipFile(file).read("dossier.json"))["tables"]["jalon_beneficiary_structure"]) == 2
    with world.across() as session:
        noted = session.scalars(select(AccessEntry.structure_id).order_by(AccessEntry.structure_id)).all()
        assert noted == [relais.id, scop.id]
        assert len(session.scalars(select(Erasure)).all()) == 2
        assert session.get_one(Beneficiary, made.id).state is FileState.ANONYMISED
