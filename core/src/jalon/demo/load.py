"""Loading the demo."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import accounts, communes, members, modules, structures
from jalon.clock import now
from jalon.db import open_session
from jalon.demo import endings, helping, opening, organisations, persons
from jalon.demo.people import FIXED_TERM, PASSWORD, PLACES, Place
from jalon.demo.purge import purge
from jalon.models import Structure, User
from jalon.registry import Registry
from jalon.scope import Actor, Scope, scope_of
from jalon.tenures import Held

if TYPE_CHECKING:
    from jalon.app import Jalon

DEMO = Actor("démonstration")


def load(mount: Jalon) -> bool:
    """Create the demo, all of it or nothing; False when it was there."""
    with open_session(mount.db, Scope(actor=DEMO, across="the demo founds structures", origin="demo")) as session:
        if session.scalar(select(Structure.id).where(Structure.is_demo).limit(1)) is not None:
            return False
        communes.import_communes(session, communes.demo_territory())
        hashed = accounts.hasher.hash(PASSWORD)
        organisations.load(session)
        for place in PLACES:
            _found(session, place, hashed)
        session.commit()
    try:
        for place in PLACES:
            _open(mount, place)
        _bring_people(mount)
        for place in PLACES:
            _tell(mount, place)
    except BaseException:
        purge(mount)  # half a demo is none
        raise
    return True


def _found(session: Session, place: Place, hashed: str) -> None:
    structure = structures.found(session, place.slug, name=place.name, is_demo=True, phone=place.phone)
    for role, (name, roles) in place.people.items():
        email = f"{role}@{place.slug}.example"
        user = User(
            email=email,
            name=name,
            password_hash=hashed,
            is_platform_admin=role == "admin",
            is_demo=True,
        )
        session.add(user)
        session.flush()
        end = date(now().year + 1, 12, 31) if email in FIXED_TERM else None
        members.join(session, structure, user, roles=[Held(held, last_day=end) for held in roles])
    for number, name in enumerate(place.volunteers, 1):
        members.join(session, structure, None, name=name, phone=f"06 39 98 10 {number:02}")


def _open(mount: Jalon, place: Place) -> None:
    """Switch the place's modules on, and say when it is open."""
    with open_session(mount.db, _scope(mount, place)) as session:
        for slug in place.modules:
            if _can_be_enabled(session, mount.registry, slug):
                modules.enable(session, mount.registry, slug, with_requirements=True)
        session.commit()
    with open_session(mount.db, _scope(mount, place)) as session:
        opening.load(session)
        session.commit()


def _bring_people(mount: Jalon) -> None:
    """The persons whom the first place meets, and then those among them whom each other place helps."""
    with open_session(mount.db, _scope(mount, PLACES[0])) as session:
        persons.load(session)
        session.commit()
    with open_session(mount.db, Scope(actor=DEMO, across="demo structures share persons", origin="demo")) as session:
        helping.load(session)
        session.commit()


def _tell(mount: Jalon, place: Place) -> None:
    """Let each module of the place load its part, then close the files that the year closed."""
    with open_session(mount.db, _scope(mount, place)) as session:
        for module in mount.registry.loaded():
            if modules.enabled(scope_of(session), module.slug) and module.plugin.demo:
                module.plugin.demo(session)
        endings.load(session)
        session.commit()


def _can_be_enabled(session: Session, registry: Registry, slug: str) -> bool:
    return any(c.slug == slug and c.state == "disabled" for c in modules.cards(session, registry))


def _scope(mount: Jalon, place: Place) -> Scope:
    with open_session(mount.db, Scope(actor=DEMO, across="find a demo structure"), read_only=True) as session:
        structure = structures.at(session, place.slug)
        assert structure is not None
        enabled = modules.read_enabled(session, mount.registry, structure.id)
        ref, zone = structures.ref(structure), ZoneInfo(structure.zone)
        return Scope(structure=ref, actor=DEMO, enabled=enabled, zone=zone, origin="demo")
