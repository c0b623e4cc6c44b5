"""What the desk waits for among many persons: finding one, opening the page, saving."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from crowd import FIRST, PERSONS, Name, accented, names, settle, shortened, swapped
from figures import Figure, median, page
from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import beneficiaries, people
from jalon.models import Beneficiary, Identity, Title
from jalon.names import fold
from jalon.testing.world import Browser, World

AMONG = f"{PERSONS:,} persons: "
STRANGER = "kwezilbrandt quoxpimhely"


def measure(world: World, slug: str) -> list[Figure]:
    """Figures of a structure with PERSONS persons, and of a member who signs in there as adviser."""
    everybody = names(PERSONS)
    settle(world, slug, everybody)
    return [*_finding(world, slug, everybody[:: PERSONS // 10]), *_pages(world, slug), *_saving(world, slug)]


def _finding(world: World, slug: str, sought: Sequence[Name]) -> list[Figure]:
    """Search, ten names in turn, beside the plain LIKE for the same names on the same rows."""
    typed: dict[str, Callable[[str, str], str]] = {
        "found by name": lambda family, first: f"{family} {first}",
        "found by the beginnings of names": lambda family, first: f"{family[:4]} {first[:3]}",
        "one name, mistyped": lambda family, first: shortened(family),
        "two names, one mistyped": lambda family, first: f"{family} {swapped(first)}",
        "two names, both mistyped": lambda family, first: f"{shortened(family)} {swapped(first)}",
        "two names, inverted and mistyped": lambda family, first: f"{first} {shortened(family)}",
        "two names, capitals and accents": lambda family, first: accented(f"{family} {first}").upper(),
        "a name that nobody has": lambda family, first: STRANGER,
        "by telephone": lambda family, first: "06 12 34 56 78",
        "by a part of a number": lambda family, first: "345678",
        "by code": lambda family, first: "b 2031 1",
    }
    with world.inside(slug) as session:
        found = [_searching(session, name, [type(*each) for each in sought]) for name, type in typed.items()]
        return [
            *found,
            median(f"{AMONG}the plain LIKE, one name", lambda n: _plain(session, sought[n % 10][:1]), samples=30),
            median(f"{AMONG}the plain LIKE, two names", lambda n: _plain(session, sought[n % 10]), samples=30),
        ]


def _searching(session: Session, name: str, typed: Sequence[str]) -> Figure:
    return median(f"{AMONG}{name}", lambda n: people.search(session, typed[n % len(typed)]), samples=30)


def _plain(session: Session, words: Sequence[str]) -> object:
    wanted = [Identity.folded.contains(fold(word)) for word in words]
    return session.scalars(select(Identity).where(*wanted).limit(people.SHOWN)).all()


def _pages(world: World, slug: str) -> list[Figure]:
    world.user("ada", **{slug: ["conseiller"]})
    browser = world.client("ada")
    browser.send(f"/{slug}/beneficiaries/search", q="lefebre helenne")
    pages = {
        "list, first page": "admin/beneficiary/",
        "what a mistyped name finds": "beneficiaries/found",
        "a person": f"beneficiaries/{FIRST}/",
        "the form of a person": f"beneficiaries/{FIRST}/edit",
    }
    shown = [page(f"{AMONG}page: {name}", browser, f"/{slug}/{path}", samples=30) for name, path in pages.items()]
    return [*shown, *_palette(browser, slug)]


def _palette(browser: Browser, slug: str) -> list[Figure]:
    """What one waits for at a pause of the keyboard, from the request to the whole answer."""
    typed = {"a name": "lefevre hel", "a mistyped name": "lefebre helenne", "nobody": STRANGER, "a plate": "aa123bb"}

    def ask(words: str) -> None:
        answer = browser.send(f"/{slug}/palette", q=words, part="1")
        assert answer.status_code == 200, answer.status

    return [
        median(f"{AMONG}palette: {name}", lambda _, words=words: ask(words), samples=30)  # type: ignore[misc]
        for name, words in typed.items()
    ]


def _saving(world: World, slug: str) -> list[Figure]:
    return [
        median(f"{AMONG}one more, compared with all, with commit", lambda n: _add(world, slug, n), samples=30),
        median(f"{AMONG}one changed, with commit", lambda n: _change(world, slug, n), samples=30),
    ]


def _add(world: World, slug: str, number: int) -> None:
    with world.inside(slug) as session:
        letters = f"{chr(97 + number // 26)}{chr(97 + number % 26)}"
        identity = {"title": Title.NEUTRAL, "usage_name": f"Newcomer {letters}", "first_name": "Ada"}
        beneficiaries.create(session, identity, {"phone": f"+336{30000000 + number:08}"}, reason="bench")
        session.commit()


def _change(world: World, slug: str, number: int) -> None:
    with world.inside(slug) as session:
        person = session.scalars(select(Beneficiary).where(Beneficiary.id == FIRST + number + 1)).one()
        letters = f"{chr(97 + number // 26)}{chr(97 + number % 26)}"
        identity = {"title": Title.NEUTRAL, "usage_name": f"Changed {letters}", "first_name": "Ida"}
        reached = {"phone": f"+336{40000000 + number:08}", "address_extra": f"Door {number}"}
        beneficiaries.change(session, person, identity, reached)
        session.commit()
