"""Subscribers as a list that is imported and exported; none is imported without saying how they agreed."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from jalon.emails import normal_email
from jalon.errors import DomainError
from jalon.hooks import Hooks
from jalon.importable import CellKind, Column, Double, Importable, Values
from jalon_newsletter import subscribers
from jalon_newsletter.i18n import _, _l
from jalon_newsletter.models import STATED, Fact, State, Subscriber, Way

WORDS = {"Papier": Way.PAPER, "Formulaire": Way.PAPER, "Oral": Way.SPOKEN, "Professionnel": Way.WORK, "Pro": Way.WORK}
COLUMNS = (
    Column(
        "email",
        _l("E-mail address"),
        synonyms=("Courriel", "E-mail", "Email", "Mail", "Adresse", "Adresse mail"),
        required=True,
        longest=254,
        example="lecteur@exemple.example",
    ),
    Column("name", _l("Name"), synonyms=("Nom", "Nom et prénom", "Nom complet"), longest=120),
    Column(
        "way",
        _l("How they agreed"),
        CellKind.CHOICE,
        synonyms=("Accord", "Consentement", "Recueilli par", "Preuve"),
        required=True,
        choices={way: Way.labels()[way] for way in STATED},
        aliases=WORDS,
        for_all=True,
    ),
    Column(
        "source",
        _l("Where that is written"),
        synonyms=("Source", "Origine", "Référence"),
        longest=160,
        example="Classeur d’accueil 2026",
        for_all=True,
    ),
    Column(
        "given_on",
        _l("On which day"),
        CellKind.DAY,
        synonyms=("Date", "Date d'accord", "Date du consentement", "Le"),
        required=True,
        example="12/03/2026",
        for_all=True,
    ),
    Column("state", _l("State"), only_told=True),
)


def add(session: Session, values: Values, apart: Collection[int]) -> Subscriber:
    """Raises what `subscribers.enter` raises."""
    told = {name: values.get(name) for name in ("way", "given_on")}
    return subscribers.enter(
        session, email=values["email"], name=values.get("name") or "", source=values.get("source") or "", **told
    )


def find(session: Session, values: Values) -> Sequence[Double]:
    """The same address, subscribed already; who has left is refused by the rule instead."""
    try:
        known = subscribers.find(session, values.get("email") or "")
    except DomainError:
        return []
    if known is None or subscribers.has_left(known) or known.state is State.WAITING:
        return []
    return [Double(known.id, _("The same address"), hard=True, certain=True)]


def keys(values: Values) -> Iterable[Hashable]:
    try:
        yield "email", normal_email(values.get("email") or "").casefold()
    except DomainError:
        return


def take_back(session: Session, hooks: Hooks, subscriber: Subscriber) -> None:
    """Nothing was sent there yet, or the import is not undone: the row goes with its proof."""
    session.delete(subscriber)
    session.flush()


def listed(session: Session) -> Select[Any]:
    """Who gets the letter."""
    return select(Subscriber).where(subscribers.subscribed(session)).order_by(Subscriber.email, Subscriber.id)


def shown(subscriber: Subscriber) -> Mapping[str, Any]:
    """With the last proof that they agreed."""
    agreed = (Fact.ENTERED, Fact.CONFIRMED, Fact.CAME_BACK)
    proof = next((p for p in reversed(subscriber.proofs) if p.fact in agreed), None)
    way = proof.way if proof and proof.way in STATED else None
    day = (proof.given_on or proof.at.date()) if proof else None
    return {
        "email": subscriber.email,
        "name": subscriber.name,
        "way": way,
        "source": proof.source if proof else "",
        "given_on": day,
        "state": str(State.labels()[subscriber.state]),
    }


SUBSCRIBERS = Importable(
    name="subscribers",
    label=_l("Subscribers"),
    model=Subscriber,
    read_permission="newsletter.read",
    write_permission="newsletter.write",
    columns=COLUMNS,
    add=add,
    find=find,
    keys=keys,
    mark=lambda subscriber: str(subscriber.version),
    take_back=take_back,
    listed=listed,
    shown=shown,
    compared=("email", "name"),
    load=(selectinload(Subscriber.proofs),),
    parts={"newsletter_proof": 1},
    advice=_l("One address a line, with how its reader agreed and on which day: without that nothing is imported."),
    undo_advice=_l("The addresses and their proofs are removed."),
)
