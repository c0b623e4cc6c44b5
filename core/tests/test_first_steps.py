"""From an installation where nobody has an account to a first record: five steps, none lost, none for a passer-by."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from jalon import first_steps, structures
from jalon.cli.first_steps import first_steps as command
from jalon.cli.first_steps import tell_first_steps
from jalon.clock import now
from jalon.first_steps import key as keys
from jalon.models import Member, MemberRole, Setting, Structure, User
from jalon.scope import Actor
from jalon.testing.plugin import make_app
from jalon.testing.world import PASSWORD, TOKEN, World

SECRET = "a secret for tests"
GOOD = {"name": "Camille Martin", "email": " Camille@Test.example ", "password": PASSWORD, "repeated": PASSWORD}


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Any:
    """Our own site with a data folder of its own."""
    made = make_app(database_url, JALON_DATA_DIR=str(tmp_path / "data"))
    yield made
    with made.app_context():
        made.extensions["jalon"].db.engine.dispose()


@pytest.fixture
def data_dir(app: Flask) -> Path:
    return Path(app.config["JALON_DATA_DIR"])


def send(client: FlaskClient, page: str, to: str = "", **fields: str) -> Any:
    """Fill the form of a page in and send it, to another address when told."""
    token = TOKEN.search(client.get(page).text)
    return client.post(to or page, data={**fields, "csrf_token": token[1] if token else ""})


@pytest.fixture
def address(app: Flask, data_dir: Path) -> str:
    """Where the first account is opened."""
    return f"/first-steps/{first_steps.new_key(data_dir, SECRET)}"


@pytest.fixture
def camille(app: Flask, address: str) -> FlaskClient:
    """The browser of whoever opened the first account."""
    client = app.test_client()
    assert send(client, address, **GOOD).location == "/first-steps/structure"
    return client


@pytest.fixture
def relais(camille: FlaskClient) -> FlaskClient:
    """The same, who founded a structure."""
    done = send(camille, "/first-steps/structure", name="Le Relais", slug="relais", zone="Indian/Reunion")
    assert done.location == "/relais/first-steps/member"
    return camille


# --- the key ---


def test_a_key_is_the_same_for_a_day_and_another_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = first_steps.new_key(tmp_path, SECRET)
    again = first_steps.new_key(tmp_path, SECRET)
    monkeypatch.setattr(keys, "now", lambda: now() + timedelta(hours=25))

    assert first == again
    assert not first_steps.good_key(tmp_path, SECRET, first)
    assert first_steps.new_key(tmp_path, SECRET) != first


@pytest.mark.parametrize("tried", ["", "x", "é", "a" * 32, "../../etc/passwd"])
def test_another_key_opens_nothing(tmp_path: Path, tried: str) -> None:
    good = first_steps.new_key(tmp_path, SECRET)

    assert first_steps.good_key(tmp_path, SECRET, good)
    assert not first_steps.good_key(tmp_path, SECRET, tried)
    assert not first_steps.good_key(tmp_path, "another secret", good)
    assert not first_steps.good_key(tmp_path / "elsewhere", SECRET, good)


@pytest.mark.parametrize("content", ["", "abc", " 1", "abc x", "abc 99999999999999999999", "abc -1", "é"])
def test_a_damaged_key_file_opens_nothing_and_is_replaced(tmp_path: Path, content: str) -> None:
    (tmp_path / keys.FILE).write_text(content)

    assert not first_steps.good_key(tmp_path, SECRET, keys._made_of(content.partition(" ")[0], SECRET))
    assert first_steps.good_key(tmp_path, SECRET, first_steps.new_key(tmp_path, SECRET))


def test_nobody_else_on_the_server_can_read_the_key(tmp_path: Path) -> None:
    first_steps.new_key(tmp_path, SECRET)

    assert (tmp_path / keys.FILE).stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == [keys.FILE]


# --- before any account ---


@pytest.mark.parametrize("page", ["/", "/login"])
def test_before_any_account_the_site_says_so_and_how_to_open_one(app: Flask, page: str) -> None:
    said = app.test_client().get(page).text

    assert "Personne n’a encore de compte ici" in said
    assert "jalon first-steps" in said
    assert "password" not in said


@pytest.mark.both_databases
def test_without_tables_the_sign_in_page_still_opens_and_the_server_starts_in_silence(
    empty_database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = {"JALON_ENV": "production", "JALON_PUBLIC_URL": "http://localhost"}
    app = make_app(empty_database_url, JALON_DATA_DIR=str(tmp_path / "data"), **site)

    page = app.test_client().get("/login")
    with app.app_context():
        tell_first_steps()
        app.extensions["jalon"].db.engine.dispose()

    assert page.status_code == 200
    assert capsys.readouterr().out == ""


def test_the_command_prints_the_address_while_nobody_has_an_account(world: World) -> None:
    runner = world.app.test_cli_runner()
    printed = runner.invoke(command)
    (address,) = re.findall(r"http://127\.0\.0\.1:8000(/first-steps/\S+)", printed.output)
    opened = world.app.test_client().get(address)
    world.user("zoe")
    refused = runner.invoke(command)

    assert opened.status_code == 200
    assert refused.exit_code == 1
    assert "already has an account" in refused.output


def test_a_passer_by_opens_no_account(world: World, address: str) -> None:
    client = world.app.test_client()

    looked = client.get("/first-steps/guessed-by-somebody")
    tried = send(client, address, "/first-steps/guessed-by-somebody", **GOOD)

    assert looked.status_code == tried.status_code == 404
    assert "jalon first-steps" in looked.text
    with world.across() as session:
        assert first_steps.nobody_yet(session)


# --- step 1 ---


@pytest.mark.parametrize(
    ("spoiled", "said"),
    [
        ({"name": "  "}, "Tapez votre nom."),
        ({"email": "camille"}, "Une adresse électronique s’écrit zoe@exemple.org"),
        ({"email": "a@b@c.example"}, "Une adresse électronique s’écrit zoe@exemple.org"),
        ({"password": "short", "repeated": "short"}, "Un mot de passe compte au moins 10 caractères"),
        ({"repeated": "another password"}, "doivent être identiques"),
    ],
)
def test_a_refused_account_says_why_at_its_field_and_keeps_what_was_typed(
    world: World, address: str, spoiled: dict[str, str], said: str
) -> None:
    answer = send(world.app.test_client(), address, **{**GOOD, **spoiled})

    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{ {**GOOD, **spoiled}["email"] }"' in answer.text
    assert PASSWORD not in answer.text
    with world.across() as session:
        assert first_steps.nobody_yet(session)


@pytest.mark.both_databases
def test_the_first_account_administers_the_platform_is_signed_in_and_spends_the_key(
    world: World, address: str, camille: FlaskClient, data_dir: Path
) -> None:
    second = send(world.app.test_client(), "/login", address, **GOOD)

    with world.across() as session:
        (user,) = session.scalars(select(User)).all()
        assert (user.name, user.email, user.is_platform_admin) == ("Camille Martin", "camille@test.example", True)
    assert second.status_code == 404
    assert not list(data_dir.iterdir())
    assert "Étape 2 sur 5" in camille.get("/", follow_redirects=True).text


@pytest.mark.both_databases
def test_a_key_that_two_hold_opens_one_account(world: World, address: str, data_dir: Path) -> None:
    with world.across() as session:
        session.add(User(name="Zoe", email="zoe@test.example"))
        session.commit()

    answer = send(world.app.test_client(), address, **GOOD)

    assert answer.status_code == 422
    assert "Quelqu’un a déjà un compte ici" in answer.text


# --- step 2 ---


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Garage solidaire d’Étampes", "garage-solidaire-d-etampes"),
        ("  L'Œuvre  ", "l-oeuvre"),
        ("91 Mobilités", "mobilites"),
        ("x" * 60, "x" * 31),
        ("Mobilité solidaire du Sud-Essonne et d’ailleurs", "mobilite-solidaire-du-sud-esson"),
        ("7", ""),
        ("日本", ""),
    ],
)
def test_an_address_is_proposed_from_a_name(name: str, slug: str) -> None:
    assert structures.proposed_slug(name) == slug


@pytest.mark.parametrize(
    ("slug", "said", "kept"),
    [
        ("", "En voici une tirée du nom", "le-relais"),
        ("Le Relais", "", "Le Relais"),
        ("login", "une page du site", "login"),
        ("first-steps", "une page du site", "first-steps"),
        ("x", "", "x"),
    ],
)
def test_an_address_that_cannot_be_is_refused_at_its_field(
    camille: FlaskClient, slug: str, said: str, kept: str
) -> None:
    answer = send(camille, "/first-steps/structure", name="Le Relais", slug=slug, zone="Europe/Paris")

    assert answer.status_code == 422
    assert said in answer.text.replace("\N{NO-BREAK SPACE}", " ")
    assert f'value="{kept}"' in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_a_zone_that_is_none_is_refused(camille: FlaskClient) -> None:
    answer = send(camille, "/first-steps/structure", name="Le Relais", slug="relais", zone="Mars/Olympus")

    assert answer.status_code == 422


def test_the_structure_step_is_for_platform_administrators_and_for_the_first_structure(world: World) -> None:
    world.user("zoe")
    world.user("camille", admin=True)
    admin, other, nobody = world.client("camille"), world.client("zoe"), world.client()

    before = [browser.get("/first-steps/structure").status_code for browser in (admin, other, nobody)]
    world.structure("relais")

    assert before == [200, 404, 302]
    assert admin.get("/first-steps/structure", follow_redirects=True).request.path == "/relais/"


def test_going_back_changes_name_address_and_zone_of_the_same_structure(world: World, relais: FlaskClient) -> None:
    shown = relais.get("/relais/first-steps/structure").text
    changed = send(relais, "/relais/first-steps/structure", name="Relais Sud", slug="sud", zone="Europe/Paris")

    assert 'value="Le Relais"' in shown
    assert changed.location == "/sud/first-steps/member"
    with world.across() as session:
        (found,) = session.scalars(select(Structure)).all()
        assert (found.name, found.slug, found.zone) == ("Relais Sud", "sud", "Europe/Paris")


# --- steps 3 to 5 ---


def directions(world: World) -> list[tuple[str, int | None]]:
    with world.inside("relais") as session:
        led = select(Member.name, Member.user_id).join(MemberRole, MemberRole.member_id == Member.id)
        return [tuple(row) for row in session.execute(led.where(MemberRole.role == "direction").order_by(Member.id))]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"myself": "y"}, [("Camille Martin", 1)]),
        ({"name": " Nora  Petit "}, [("Nora Petit", None)]),
        ({"myself": "y", "name": "Nora Petit"}, [("Camille Martin", 1), ("Nora Petit", None)]),
    ],
)
def test_oneself_somebody_else_or_both_lead_it_once(
    world: World, relais: FlaskClient, fields: dict[str, str], expected: list[tuple[str, int | None]]
) -> None:
    for _twice in range(2):
        assert send(relais, "/relais/first-steps/member", **fields).location == "/relais/first-steps/module"

    assert directions(world) == expected


def test_nobody_named_is_refused_at_the_field(world: World, relais: FlaskClient) -> None:
    answer = send(relais, "/relais/first-steps/member", name=" ")

    assert answer.status_code == 422
    assert "Cochez la case" in answer.text
    assert directions(world) == []


def test_where_somebody_leads_already_nobody_else_is_proposed(relais: FlaskClient) -> None:
    send(relais, "/relais/first-steps/member", name="Dora")

    page = relais.get("/relais/first-steps/member").text

    assert re.search(r"<input[^>]*name=\"myself\"[^>]*>", page)
    assert not re.search(r"<input[^>]*checked[^>]*name=\"myself\"", page)
    assert '<a class="btn primary" href="/relais/first-steps/module">Continuer</a>' in page


def test_no_role_is_taken_that_no_first_record_asks_for(world: World, relais: FlaskClient) -> None:
    send(relais, "/relais/first-steps/member", "/relais/first-steps/role", role="comptable")

    with world.inside("relais") as session:
        assert session.scalars(select(MemberRole)).all() == []
    assert "Ce rôle n’est pas nécessaire ici" in relais.get("/relais/first-steps/record").text


def test_a_module_that_is_none_is_404(relais: FlaskClient) -> None:
    assert send(relais, "/relais/first-steps/member", "/relais/first-steps/module/none").status_code == 404


# --- the reminder ---


def test_the_dashboard_reminds_of_what_is_next_until_it_is_dismissed(world: World, relais: FlaskClient) -> None:
    before = relais.get("/relais/").text
    send(relais, "/relais/first-steps/member", myself="y")
    later = relais.get("/relais/").text
    for _twice in range(2):
        send(relais, "/relais/", "/relais/first-steps/dismiss")

    assert "Suite : qui dirige" in before.replace("\N{NO-BREAK SPACE}", " ")
    assert "Suite : un module" in later.replace("\N{NO-BREAK SPACE}", " ")
    assert "Premiers pas" not in relais.get("/relais/").text
    with world.inside("relais") as session:
        assert [(s.module, s.key, s.value) for s in session.scalars(select(Setting))] == [
            ("core", "first_steps", '"dismissed"')
        ]


def test_members_who_do_not_administer_the_platform_are_not_reminded_nor_let_in(world: World) -> None:
    world.structure("relais")
    world.user("zoe", relais=["direction"])
    browser = world.client("zoe")

    assert "Premiers pas" not in browser.get("/relais/").text
    for page in ("structure", "member", "module", "record"):
        assert browser.get(f"/relais/first-steps/{page}").status_code == 403


def test_dismissing_in_one_structure_leaves_the_others(world: World) -> None:
    world.structure("relais")
    world.structure("scop")
    with world.inside("relais", permissions=["jalon.first_steps"], actor=Actor("test")) as session:
        first_steps.dismiss(session)
        session.commit()
    world.user("camille", admin=True)
    browser = world.client("camille")

    assert "Premiers pas" not in browser.get("/relais/").text
    assert "Premiers pas" in browser.get("/scop/").text
