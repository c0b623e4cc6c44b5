"""The fifth door and public pages: what a planted module opens to all, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import func, select

from jalon import Jalon, links, logos, structures
from jalon.app_of import mount
from jalon.clock import now
from jalon.db import sqlite_rules
from jalon.migrate import upgrade
from jalon.models import Link, Message, Structure
from jalon.registry import Registry
from jalon.site import SiteSession, driver_url
from jalon.testing.disk import Disk
from jalon.testing.plugin import make_app
from jalon.testing.smtp import Mailbox
from jalon.testing.world import TOKEN, World
from jalon.worker import Worker

LETTER = """
from flask import render_template_string, request
from jalon import links, messages
from jalon.addresses import public_url
from jalon.db.current import session as current
from jalon.declarations import Composed, MessageTemplate, Plugin, PublicEndpoint, PublicPage
from jalon.errors import DomainError
from jalon.models import Message, MessageChannel
from jalon.scope import scope_of, structure_of

FRAME = '{% extends "jalon/public.html" %}{% block title %}Lettre{% endblock %}{% block body %}'
FORM = FRAME + '''<form method="post"><input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
<a href="{{ url_for('jalon_public.letter_news', number=7) }}">news</a>{{ refusal }}</form>{% endblock %}'''
WORDS = FRAME + '{{ words }}{% endblock %}'

class Refused(DomainError):
    message = "not this one"

def about(session):
    return dict(module="letter", purpose="stop", subject_table="jalon_structure", subject_id=structure_of(session).id)

def index(session):
    assert scope_of(session) is scope_of(current()) and not scope_of(session).permissions
    if request.method == "GET":
        return render_template_string(FORM)
    links.steady(session, **about(session))
    messages.queue(session, "letter.issue", address=request.form["address"], once="1:" + request.form["address"])
    if request.form["address"] == "raises@test.example":
        raise Refused
    if request.form["address"] == "caught@test.example":
        return render_template_string(FORM, refusal="caught"), 422
    return render_template_string(WORDS, words="Merci")

def news(session, number):
    return None if number == 0 else render_template_string(WORDS, words=f"No {number}")

def writes(session):
    links.steady(session, **about(session))
    return "written"

def preferences(session, link):
    return render_template_string(WORDS, words=f"about {link.subject_id}")

def stop(session, link):
    if "keep" in request.form:
        messages.queue(session, "letter.issue", address="kept@test.example")
        return "kept", 422
    messages.queue(session, "letter.issue", address=request.form.get("List-Unsubscribe", "by-hand"))
    return render_template_string(WORDS, words="Terminé")

def compose(session, message):
    code = links.steady_code(session, **about(session))
    return Composed("Lettre", "Bonjour à tous", one_click=public_url("jalon_door.message", code=code))

plugin = Plugin(
    public=(
        PublicEndpoint("m", "stop", "one stops", preferences, gated=False, post=stop),
        PublicEndpoint("m", "read", "one reads", preferences),
    ),
    public_pages=(
        PublicPage("", "index", "one subscribes", index, methods=("GET", "POST")),
        PublicPage("news/<int:number>", "news", "one reads", news),
        PublicPage("writes", "writes", "it must not", writes),
        PublicPage("still", "still", "it stays", lambda session: "still", gated=False),
    ),
    messages=(MessageTemplate("letter.issue", "An issue", (MessageChannel.MAIL,), compose=compose),),
)
"""
HERE, PAGE = "relais", "/p/relais/letter/"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
STOP = {"module": "letter", "purpose": "stop", "subject_table": "jalon_structure"}


@pytest.fixture
def world(database_url: str, disk: Disk) -> Iterator[World]:
    """A site with the planted module, on in one of two structures."""
    app = make_app(
        database_url, registry=Registry([disk.module("letter", plugin=LETTER)]), JALON_PUBLIC_URL="https://site.example"
    )
    with app.app_context():
        upgrade(mount(app).db.engine, mount(app).registry)
    world = World(app)
    world.structure(HERE, enabled=["letter"])
    world.structure("other")
    yield world
    with app.app_context():
        mount(app).db.engine.dispose()


class Visitor:
    """Somebody who signs in nowhere."""

    def __init__(self, world: World) -> None:
        self.client = world.app.test_client()

    def get(self, where: str) -> Any:
        return self.client.get(where, buffered=True)

    def post(self, where: str, /, **fields: str) -> Any:
        return self.client.post(where, data=fields, buffered=True)

    def send(self, where: str, /, **fields: str) -> Any:
        """With the token of the page."""
        found = TOKEN.search(self.get(where).text)
        assert found
        return self.post(where, csrf_token=found[1], **fields)


@pytest.fixture
def visitor(world: World) -> Visitor:
    return Visitor(world)


def addresses(world: World) -> list[str | None]:
    """Who is written to."""
    with world.inside(HERE) as session:
        return list(session.scalars(select(Message.address).order_by(Message.id)))


def code(world: World, purpose: str = "stop", where: str = HERE) -> str:
    with world.inside(where) as session:
        made = links.steady(session, **{**STOP, "purpose": purpose}, subject_id=1)
        session.commit()
        return made


def test_a_page_without_sign_in_shows_whose_it_is_and_nothing_of_the_back_office(
    world: World, visitor: Visitor
) -> None:
    page = visitor.get(PAGE)

    assert page.status_code == 200
    assert "<title>Lettre · Relais</title>" in page.text
    assert 'href="/p/relais/letter/news/7"' in page.text
    assert "Menu principal" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "No 7" in visitor.get(f"{PAGE}news/7").text


def test_whoever_is_signed_in_visits_as_anybody_does(world: World, visitor: Visitor) -> None:
    world.user("zoe", relais=["direction"])
    browser = world.client("zoe")

    page = browser.get(PAGE)
    sent = browser.client.post(PAGE, data={"csrf_token": browser.token(), "address": "a@test.example"})

    assert "Zoe" not in page.text
    assert "lock.js" not in page.text
    assert sent.status_code == 200
    with world.inside(HERE) as session:
        assert session.scalars(select(Message.user_id)).all() == [None]


@pytest.mark.parametrize(
    "address", ["/p/nowhere/letter/", "/p/other/letter/", "/p/relais/absent/", "/p/relais/letter/news/0", "/p/relais/"]
)
def test_what_is_not_there_is_off_or_unknown_is_the_same_404(world: World, visitor: Visitor, address: str) -> None:
    assert visitor.get(address).status_code == 404


def test_a_closed_structure_has_no_pages(world: World, visitor: Visitor) -> None:
    with world.across() as session:
        session.scalars(select(Structure).where(Structure.slug == HERE)).one().closed_at = now()
        session.commit()

    assert visitor.get(PAGE).status_code == 404
    assert visitor.get("/p/relais/letter/still").status_code == 404


def test_off_leaves_what_must_answer_then(world: World, visitor: Visitor) -> None:
    stop, read = code(world), code(world, "read")
    world.disable(HERE, "letter")

    answers = [visitor.get(a).status_code for a in (PAGE, f"{PAGE}still", f"/m/{stop}", f"/m/{read}")]

    assert answers == [404, 200, 200, 404]
    assert visitor.post(f"/m/{stop}").status_code == 200


@pytest.mark.both_databases
def test_a_form_needs_its_token_and_is_saved_by_the_door(world: World, visitor: Visitor) -> None:
    assert visitor.post(PAGE, address="a@test.example").status_code == 400
    assert addresses(world) == []

    assert visitor.send(PAGE, address="a@test.example").status_code == 200
    assert addresses(world) == ["a@test.example"]


@pytest.mark.parametrize(("who", "said"), [("caught", "caught"), ("raises", "not this one")])
def test_a_refused_form_saves_nothing(world: World, visitor: Visitor, who: str, said: str) -> None:
    answer = visitor.send(PAGE, address=f"{who}@test.example")

    assert answer.status_code == 422
    assert said in answer.text
    assert addresses(world) == []


def test_opening_a_page_writes_nothing(world: World, visitor: Visitor) -> None:
    world.app.config["PROPAGATE_EXCEPTIONS"] = False

    assert visitor.get(f"{PAGE}writes").status_code == 500


def test_one_network_sends_a_form_thirty_times_in_a_quarter_of_an_hour(world: World, visitor: Visitor) -> None:
    token = TOKEN.search(visitor.get(PAGE).text)
    assert token

    answers = [visitor.post(PAGE, csrf_token=token[1], address="caught@test.example").status_code for _ in range(31)]

    assert answers == [422] * 30 + [429]
    last = visitor.post(PAGE, csrf_token=token[1], address="b@test.example")
    assert "Réessayez dans" in last.text
    assert int(last.headers["Retry-After"]) > 0
    assert visitor.get(PAGE).status_code == 200


def test_an_address_that_a_structure_once_had_is_followed(world: World, visitor: Visitor) -> None:
    with world.across() as session:
        structures.rename(session, session.scalars(select(Structure).where(Structure.slug == HERE)).one(), "neuf")
        session.commit()

    answer = visitor.get(f"{PAGE}news/7")

    assert (answer.status_code, answer.location) == (301, "/p/neuf/letter/news/7")
    assert visitor.get("/p/neuf/letter/news/7").status_code == 200


def test_a_logo_is_shown_to_all_and_kept_by_its_address(world: World, visitor: Visitor) -> None:
    assert visitor.get("/p/relais/logo").status_code == 404
    with world.inside(HERE) as session:
        logos.keep(session, logos.Drawn(b"\x89PNG", 1, 1))
        session.commit()

    (where,) = re.findall(r'<img src="([^"]+)"', visitor.get(PAGE).text)
    picture = visitor.get(where)

    assert where.startswith("/p/relais/logo?v=")
    assert (picture.data, picture.mimetype) == (b"\x89PNG", "image/png")
    assert "public" in picture.headers["Cache-Control"]
    assert "immutable" in picture.headers["Cache-Control"]


BADLY = {
    "no reason": 'public_pages=(PublicPage("", "index", " ", len),)',
    "a link without reason": 'public=(PublicEndpoint("m", "stop", "", len),)',
    "another method": 'public_pages=(PublicPage("", "index", "one reads", len, methods=("GET", "DELETE")),)',
    "a path from the root": 'public_pages=(PublicPage("/login", "index", "one reads", len),)',
    "no name": 'public_pages=(PublicPage("", "In dex", "one reads", len),)',
    "one name twice": 'public_pages=(PublicPage("a", "x", "one reads", len), PublicPage("b", "x", "one reads", print))',
}


@pytest.mark.parametrize("declared", BADLY.values(), ids=BADLY.keys())
def test_a_module_that_declares_a_page_badly_is_in_trouble_alone(database_url: str, disk: Disk, declared: str) -> None:
    code = f"from jalon.declarations import Plugin, PublicEndpoint, PublicPage\nplugin = Plugin({declared})\n"

    app = make_app(database_url, registry=Registry([disk.module("bad", plugin=code)]))

    bad = mount(app).registry.get("bad")
    assert bad is not None
    assert bad.trouble
    assert app.test_client().get("/p/relais/bad/").status_code == 404


# --- links in messages ---


@pytest.mark.both_databases
def test_a_mail_provider_unsubscribes_somebody_with_one_post(world: World, visitor: Visitor) -> None:
    where = f"/m/{code(world)}"

    opened = visitor.get(where)
    before = addresses(world)
    done = visitor.post(where, **ONE_CLICK)

    assert "about 1" in opened.text
    assert opened.headers["X-Robots-Tag"] == "noindex"
    assert before == []
    assert done.status_code == 200
    assert addresses(world) == ["One-Click"]


def test_what_a_link_refuses_is_not_saved(world: World, visitor: Visitor) -> None:
    assert visitor.post(f"/m/{code(world)}", keep="1").status_code == 422
    assert addresses(world) == []


def test_a_link_answers_at_its_own_door_and_in_its_own_way_only(world: World, visitor: Visitor) -> None:
    read = code(world, "read")

    assert visitor.post(f"/m/{read}").status_code == 405
    assert visitor.get(f"/q/{read}").status_code == 404
    assert visitor.post("/m/KNOWNTONOBODY").status_code == 404
    assert visitor.post("/q/KNOWNTONOBODY").status_code == 404


@pytest.mark.both_databases
def test_a_steady_code_is_the_same_each_time_and_stands_nowhere(world: World) -> None:
    with world.inside(HERE) as session:
        assert links.steady_code(session, **STOP, subject_id=1) is None
        first = links.steady(session, **STOP, subject_id=1)

        assert links.steady(session, **STOP, subject_id=1) == links.steady_code(session, **STOP, subject_id=1) == first
        assert links.steady(session, **STOP, subject_id=2) != first
        assert len(first) == 22
        assert session.scalar(select(func.count()).select_from(Link)) == 2
        session.commit()
    with world.inside("other") as session:
        assert links.steady(session, **STOP, subject_id=1) != first


def test_a_steady_code_revokes_none_and_is_another_once_revoked(world: World, visitor: Visitor) -> None:
    with world.inside(HERE) as session:
        issued = links.issue(session, **STOP, subject_id=1)
        first = links.steady(session, **STOP, subject_id=1)
        assert links.find(session, issued) is not None
        links.revoke(session, purpose="stop", subject_table="jalon_structure", subject_id=1)
        second = links.steady(session, **STOP, subject_id=1)
        session.commit()

    assert second != first
    assert [visitor.get(f"/m/{c}").status_code for c in (issued, first, second)] == [404, 404, 200]


def test_when_the_secret_changes_links_that_were_sent_still_open(world: World, visitor: Visitor) -> None:
    before = code(world)
    world.app.config["SECRET_KEY"] = "another secret of the site"

    after = code(world)

    assert after != before
    assert [visitor.get(f"/m/{c}").status_code for c in (before, after)] == [200, 200]


def test_whoever_subscribed_gets_a_mail_that_unsubscribes_them(
    world: World, visitor: Visitor, smtp_of: Callable[[Flask], Mailbox]
) -> None:
    mailbox = smtp_of(world.app)
    visitor.send(PAGE, address="a@test.example")

    with world.app.app_context():
        assert Worker(world.jalon).run_once() == {"done": 1}

    (mail,) = mailbox.wait()
    where = mail["List-Unsubscribe"].strip("<>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert where.startswith("https://site.example/m/")
    assert visitor.post(where.removeprefix("https://site.example"), **ONE_CLICK).status_code == 200
    assert addresses(world) == ["a@test.example", "One-Click"]


# --- in somebody else's application ---


def host(database_url: str, module: EntryPoint, structure: str | None) -> Flask:
    """A host with a CSRF protection of its own; nobody signs in there."""
    app = Flask("host")
    app.config |= {"SQLALCHEMY_DATABASE_URI": driver_url(database_url), "SECRET_KEY": "a secret of the host"}
    CSRFProtect(app)
    db = SQLAlchemy(app, session_options={"class_": SiteSession})
    with app.app_context():
        sqlite_rules(db.engine)
        site = Jalon(
            app, db=db, url_prefix="/mobilite", structure=structure, identify=lambda: None, registry=Registry([module])
        )
        upgrade(db.engine, site.registry)
    World(app).structure(HERE, enabled=["letter"])
    return app


@pytest.mark.parametrize(
    ("structure", "page"), [(HERE, "/mobilite/p/letter/"), (None, "/mobilite/p/relais/letter/")], ids=["one", "several"]
)
def test_a_host_with_tokens_of_its_own_has_the_same_doors(
    database_url: str, disk: Disk, structure: str | None, page: str
) -> None:
    app = host(database_url, disk.module("letter", plugin=LETTER), structure)
    world, visitor = World(app), Visitor(World(app))

    shown = visitor.get(page)
    sent = visitor.send(page, address="a@test.example")
    stopped = visitor.post(f"/mobilite/m/{code(world)}", **ONE_CLICK)

    assert (shown.status_code, sent.status_code, stopped.status_code) == (200, 200, 200)
    assert f'href="{page}news/7"' in shown.text
    assert addresses(world) == ["a@test.example", "One-Click"]
    assert visitor.post(page, address="b@test.example").status_code == 400
    with app.app_context():
        mount(app).db.engine.dispose()
