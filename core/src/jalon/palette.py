"""One place to ask: what answers a few words typed, in sections, only what whoever asks may open. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from jalon import menu, people, referrers
from jalon.clock import today
from jalon.declarations import Hit
from jalon.hooks import Hooks
from jalon.i18n import _
from jalon.models import Beneficiary, Organisation, Place, Referrer, ReferrerPost
from jalon.names import fold
from jalon.scope import scope_of

FEWEST = 2  # characters from which records are looked for
MOST = 6  # lines of a section
SURE = 0.9  # of 1: a name that was meant, not one that only sounds alike
PLACES = 500  # of a structure; their names are folded here, for they have no folded column


@dataclass(frozen=True)
class Line:
    """An answer and where it leads."""

    label: str
    url: str
    icon: str
    detail: str = ""


@dataclass(frozen=True)
class Section:
    """Answers of one kind."""

    name: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class Found:
    """What answers, the likeliest section first, and the modules that failed to; `persons` how many are shown."""

    sections: Sequence[Section] = ()
    failed: Sequence[str] = field(default_factory=list)
    persons: int = 0


def ask(session: Session, hooks: Hooks, typed: str) -> Found:
    """Answers to what was typed; nothing typed is answered by all that may be done and opened."""
    words = fold(typed).split()
    own = [Section(_("Actions"), _actions(session, words)), *_screens(session, words)]
    if len(typed) < FEWEST:
        return Found([section for section in own if section.lines])
    persons = _persons(session, typed)
    who = Section(_("Persons"), [_person(person) for person in persons[:MOST]])
    shown, failed = _of_modules(session, hooks, typed)
    others = [*shown, *own, *(_partners(session, words) if words else [])]
    sections = [who, *others] if _are_meant(persons, typed, words) else [*others, who]
    return Found([section for section in sections if section.lines], failed, len(who.lines))


def _persons(session: Session, typed: str) -> list[Beneficiary]:
    return people.search(session, typed) if scope_of(session).may("jalon.beneficiaries.read") else []


def _are_meant(persons: Sequence[Beneficiary], typed: str, words: Sequence[str]) -> bool:
    """Whether the first was looked for: numbers, dates and codes find whom they mean, names whom they resemble."""
    if not persons or any(c.isdigit() for c in typed):
        return True
    return people.likeness(words, fold(str(persons[0])).split()) >= SURE


def _person(person: Beneficiary) -> Line:
    url = url_for("jalon_person.show", beneficiary_id=person.id)
    return Line(str(person), url, "users", people.told_apart(person))


def _of_modules(session: Session, hooks: Hooks, typed: str) -> tuple[list[Section], list[str]]:
    """Each module's records under its name; a module that fails is named, and the others answer."""
    may = scope_of(session).may

    def prepare(hits: Iterable[Hit]) -> list[Line]:
        return [_hit(hit) for hit in hits if may(hit.permission)][:MOST]

    shown = hooks.show(session, "search", prepare=prepare, text=typed)
    names = {module.slug: module.name for module in hooks.registry}
    return [Section(names[answer.slug], answer.value) for answer in shown], shown.failed


def _hit(hit: Hit) -> Line:
    return Line(str(hit.label), url_for(hit.endpoint, **hit.values), hit.icon, str(hit.detail))


def _actions(session: Session, words: Sequence[str]) -> list[Line]:
    offered = menu.actions(scope_of(session))
    return [Line(e.label, e.url, e.icon) for e in offered if _begin(words, fold(e.label).split())][: _most(words)]


def _screens(session: Session, words: Sequence[str]) -> Iterator[Section]:
    """The navigation as it is when nothing is typed, else what answers of it, in one section."""
    groups = menu.groups(scope_of(session), counted=False)
    found = [
        Line(entry.label, entry.url, entry.icon, group.name if group.name != entry.label else "")
        for group in groups
        for entry in group.entries
        if _begin(words, fold(f"{entry.label} {group.name}").split())
    ]
    home = Line(_("Dashboard"), url_for("jalon_home.dashboard"), "layout-dashboard")
    if _begin(words, fold(home.label).split()):
        found.insert(0, home)
    yield Section(_("Screens"), found[: _most(words)])


def _most(words: Sequence[str]) -> int | None:
    return MOST if words else None


def _begin(words: Sequence[str], of: Sequence[str]) -> bool:
    """Whether each word typed is the beginning of one of these."""
    return all(any(part.startswith(word) for part in of) for word in words)


def _partners(session: Session, words: Sequence[str]) -> Iterator[Section]:
    may = scope_of(session).may
    if may("jalon.organisations.read"):
        yield Section(_("Organisations"), [_organisation(o) for o in _organisations(session, words)])
        day = today(scope_of(session).zone)
        yield Section(_("Prescripteurs"), [_referrer(r, day) for r in _referrers(session, words)])
    if may("jalon.places.read"):
        yield Section(_("Places"), [_place(p) for p in _places(session, words)])


def _organisations(session: Session, words: Sequence[str]) -> Iterable[Organisation]:
    named = [Organisation.folded.contains(word) for word in words]
    found = select(Organisation).where(*named, Organisation.active.is_(True)).options(joinedload(Organisation.commune))
    return session.scalars(found.order_by(Organisation.folded, Organisation.id).limit(MOST))


def _organisation(organisation: Organisation) -> Line:
    url = url_for("jalon_admin_organisation.details_view", id=organisation.id)
    return Line(str(organisation), url, "building-2", str(organisation.commune or ""))


def _referrers(session: Session, words: Sequence[str]) -> Iterable[Referrer]:
    named = [Referrer.folded.contains(word) for word in words]
    posts = selectinload(Referrer.posts).joinedload(ReferrerPost.organisation)
    found = select(Referrer).where(*named, Referrer.left_on.is_(None)).options(posts)
    return session.scalars(found.order_by(Referrer.folded, Referrer.id).limit(MOST))


def _referrer(referrer: Referrer, day: Any) -> Line:
    url = url_for("jalon_admin_referrer.details_view", id=referrer.id)
    held = referrers.post(referrer, day)
    return Line(str(referrer), url, "contact", str(held.organisation) if held else "")


def _places(session: Session, words: Sequence[str]) -> list[Place]:
    usable = select(Place).where(Place.archived_at.is_(None)).options(joinedload(Place.commune))
    found = [p for p in session.scalars(usable.order_by(Place.id).limit(PLACES)) if _begin(words, fold(p.name).split())]
    return sorted(found, key=lambda place: fold(place.name))[:MOST]


def _place(place: Place) -> Line:
    return Line(place.name, url_for("jalon_admin_place.details_view", id=place.id), "map-pin", str(place.commune))
