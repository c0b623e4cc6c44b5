"""What a host may be like: without Babel, with its own CSRF protection, its own templates, its own session habits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Blueprint, Flask, render_template
from flask_admin import Admin
from flask_babel import get_locale
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from flask_wtf import CSRFProtect
from jinja2 import DictLoader
from sqlalchemy import event, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from jalon import GuardedSession, Identity, Jalon, ScopeViolation
from jalon.db import sqlite_rules
from jalon.models import Member
from jalon.testing.world import TOKEN, World


class Guarded(GuardedSession, Session):
    """A host's session class."""


class HostBase(DeclarativeBase):
    """A host's own tables."""


class Thing(HostBase):
    """A row of the host."""

    __tablename__ = "thing"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Host:
    """An application of somebody else, to be mounted in."""

    def __init__(self, url: str, *, session_class: type = Guarded) -> None:
        self.app = Flask("host", static_folder=None)
        self.app.config.update(SECRET_KEY="a host's secret", SQLALCHEMY_DATABASE_URI=url, TESTING=True)
        self.db = SQLAlchemy(self.app, model_class=HostBase, session_options={"class_": session_class})

    def mount(self, *, rules: bool = True) -> Jalon:
        """Mount with somebody of rental always signed in."""
        with self.app.app_context():
            if rules:
                sqlite_rules(self.db.engine)
            who = Identity("Zoé", external_id="zoe", roles=("agent_location",))
            return Jalon(self.app, db=self.db, url_prefix="/mobilite", structure="garage", identify=lambda: who)


@pytest.fixture
def make_host(database_url: str) -> Iterator[Callable[..., Host]]:
    made: list[Host] = []

    def make(**options: Any) -> Host:
        made.append(Host(database_url, **options))
        return made[-1]

    yield make
    for host in made:
        with host.app.app_context():
            host.db.engine.dispose()


def test_a_host_whose_session_is_not_guarded_is_refused(make_host: Callable[..., Host]) -> None:
    host = make_host(session_class=Session)

    with pytest.raises(RuntimeError, match=r"guarded session: mix jalon\.db\.GuardedSession into your session class"):
        host.mount()


def test_a_sqlite_engine_that_does_not_check_foreign_keys_is_refused(make_host: Callable[..., Host]) -> None:
    host = make_host()

    with pytest.raises(RuntimeError, match=r"PRAGMA foreign_keys=ON .* call jalon\.db\.sqlite_rules\(engine\)"):
        host.mount(rules=False)


def test_an_engine_whose_host_checks_foreign_keys_itself_is_accepted(make_host: Callable[..., Host]) -> None:
    host = make_host()
    with host.app.app_context():
        event.listen(host.db.engine, "connect", lambda dbapi, record: dbapi.execute("PRAGMA foreign_keys=ON"))

    host.mount(rules=False)
    World(host.app).structure("garage", enabled=["rental"])

    assert host.app.test_client().get("/mobilite/").status_code == 200


def test_a_host_without_babel_keeps_flask_admins_english(make_host: Callable[..., Host]) -> None:
    host = make_host()
    host.mount()
    Admin(host.app)
    World(host.app).structure("garage")
    host.app.add_url_rule("/locale", view_func=lambda: str(get_locale()))
    client = host.app.test_client()

    assert client.get("/mobilite/").status_code == 200
    assert client.get("/locale").text == "en"
    assert "<title>Home - Admin</title>" in client.get("/admin/").text


def test_a_hosts_own_form_protection_and_ours_do_not_ask_for_each_others_token(
    make_host: Callable[..., Host],
) -> None:
    host = make_host()
    CSRFProtect(host.app)
    host.app.add_url_rule("/theirs", view_func=lambda: "sent", methods=["POST"], endpoint="theirs")
    host.mount()
    World(host.app).structure("garage", enabled=["rental"])
    client = host.app.test_client()
    address = "/mobilite/admin/fleet_vehicle/new/"
    token = TOKEN.findall(client.get(address).text)[0]

    sent = client.post(
        address, data={"category": "CAR", "make": "Renault", "model": "Zoé", "plate": "AB-123-CD", "csrf_token": token}
    )

    assert sent.status_code == 302
    assert client.post("/theirs").status_code == 400
    assert client.post("/theirs", data={"csrf_token": token}).status_code == 400


@pytest.mark.parametrize("first", ["host", "jalon"])
def test_nothing_of_ours_shadows_a_hosts_templates_or_names(make_host: Callable[..., Host], first: str) -> None:
    host = make_host()
    theirs = Blueprint("theirs", __name__)
    theirs.add_url_rule("/theirs", view_func=lambda: render_template("admin/index.html"))
    loader = DictLoader({"admin/index.html": "the host's own: {{ _ }} {{ csrf_token }} {{ jalon_scope }}"})
    theirs.jinja_loader = loader  # type: ignore[misc]

    def register() -> None:
        host.app.register_blueprint(theirs)
        host.app.context_processor(lambda: {"_": "theirs", "csrf_token": "theirs", "jalon_scope": "theirs"})

    steps = [register, host.mount]
    for step in steps if first == "host" else reversed(steps):
        step()
    World(host.app).structure("garage")
    client = host.app.test_client()

    assert client.get("/theirs").text == "the host's own: theirs theirs theirs"
    assert "Tableau de bord" in client.get("/mobilite/").text


def test_a_page_of_the_host_may_write_on_a_get(make_host: Callable[..., Host]) -> None:
    host = make_host()
    host.mount()

    def count() -> str:
        host.db.session.add(Thing(name="visit"))
        host.db.session.commit()
        return str(len(host.db.session.scalars(select(Thing)).all()))

    host.app.add_url_rule("/count", view_func=count)
    with host.app.app_context():
        HostBase.metadata.create_all(host.db.engine)
    client = host.app.test_client()

    assert [client.get("/count").text, client.get("/count").text] == ["1", "2"]


HABITS: dict[str, Callable[[Any], Any]] = {
    "text": lambda s: s.execute(text("SELECT name FROM thing")).scalars().all(),
    "table": lambda s: s.execute(select(Thing.__table__.c.name)).scalars().all(),
    "insert of the table": lambda s: s.execute(Thing.__table__.insert().values(name="x")),
    "from_statement": lambda s: s.scalars(select(Thing).from_statement(text("SELECT * FROM thing"))).all(),
    "bulk_save_objects": lambda s: s.bulk_save_objects([Thing(name="x")]),
    "bulk_insert_mappings": lambda s: s.bulk_insert_mappings(Thing, [{"name": "x"}]),
    "bulk_update_mappings": lambda s: s.bulk_update_mappings(Thing, [{"id": 1, "name": "x"}]),
    "legacy query": lambda s: s.query(Thing).filter_by(name="one").update({"name": "x"}),
}


@pytest.fixture
def session_of_host(make_host: Callable[..., Host]) -> Iterator[Any]:
    """The session of a page of the host; `thing` has one row."""
    host = make_host()
    host.mount()
    with host.app.app_context():
        HostBase.metadata.create_all(host.db.engine)
        host.db.session.add(Thing(name="one"))
        host.db.session.commit()
        yield host.db.session()


@pytest.mark.parametrize("habit", HABITS)
@pytest.mark.both_databases
def test_the_hosts_own_tables_are_none_of_the_guards_business(session_of_host: Any, habit: str) -> None:
    HABITS[habit](session_of_host)
    session_of_host.commit()

    assert session_of_host.scalars(select(Thing.name)).first() in ("one", "x")


@pytest.mark.parametrize(
    "disguise",
    [
        lambda s: s.scalars(select(Thing).from_statement(text("SELECT id, name FROM jalon_member"))).all(),
        lambda s: s.bulk_save_objects([Thing(name="x"), Member(name="y")]),
        lambda s: s.bulk_insert_mappings(Member.__mapper__, [{"name": "y"}]),
    ],
)
def test_a_hosts_class_is_no_disguise_for_our_tables(session_of_host: Any, disguise: Callable[[Any], Any]) -> None:
    with pytest.raises(ScopeViolation):
        disguise(session_of_host)
