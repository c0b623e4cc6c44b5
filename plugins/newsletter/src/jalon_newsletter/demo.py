"""Invented readers and issues for the demo, and one row of each table for the conformance kit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from jalon.clock import today
from jalon.localtime import to_instant
from jalon.scope import scope_of, structure_of
from jalon_newsletter import blocks, issues, proofs, subscribers
from jalon_newsletter.models import Block, Fact, Issue, IssueState, Kind, Subscriber, Way

HERE = "plateforme"
FIRST = ("Nadia", "Hugo", "Inès", "Marc", "Léa", "Yanis", "Odile", "Karim", "Chloé", "Paul")
LAST = ("Vasseur", "Benali", "Lecorre", "Diallo", "Prevost", "Marchand")
TOWNS = ("Étampes", "Dourdan", "Méréville", "La Ferté-Alais", "Brétigny")
OLD = (
    (
        "Bouger en Sud-Essonne : la rentrée",
        75,
        (
            (
                Kind.TEXT,
                {"words": "Bonjour,\n\nLa rentrée est là, et avec elle les trajets du matin. Voici ce qui change."},
            ),
            (Kind.HEADING, {"words": "Deux scooters de plus"}),
            (Kind.TEXT, {"words": "Ils se louent à la semaine, casque compris. Le permis AM suffit."}),
            (Kind.BUTTON, {"label": "Voir les conditions", "address": "https://plateforme.example/location"}),
        ),
    ),
    (
        "Passer le permis en travaillant de nuit",
        33,
        (
            (
                Kind.TEXT,
                {"words": "Bonjour,\n\nCe mois-ci, nous parlons du permis : qui peut être aidé, et comment demander."},
            ),
            (Kind.HEADING, {"words": "Une réunion pour comprendre"}),
            (
                Kind.TEXT,
                {
                    "words": "Venez sans rendez-vous : nous regardons ensemble votre situation.\n\n"
                    "Le dossier se prépare avec votre conseiller."
                },
            ),
        ),
    ),
)


def load(session: Session) -> None:
    """About sixty readers, two issues that were sent and a draft; at one place of the demo only."""
    if structure_of(session).slug != HERE:
        return
    readers = [_reader(session, number) for number in range(len(FIRST) * len(LAST))]
    for number, reader in enumerate(readers):
        if number % 20 == 19:
            subscribers.leave(session, reader, reason="Trop de courriels")
    session.add(_waiting(session))
    for title, ago, told in OLD:
        _sent(session, title, ago, told, len(readers))
    _draft(session)


def _reader(session: Session, number: int) -> Subscriber:
    first, last = FIRST[number % len(FIRST)], LAST[number // len(FIRST)]
    email = f"{_plain(first)}.{_plain(last)}@lecteurs.example"
    day = today(scope_of(session).zone) - timedelta(days=20 + number * 5)
    way = (Way.PAPER, Way.WORK, Way.SPOKEN)[number % 3]
    source = {Way.PAPER: "Feuille d’accueil", Way.WORK: "Réunion de réseau"}.get(way, "Atelier")
    town = TOWNS[number % len(TOWNS)]
    return subscribers.enter(
        session, email=email, name=f"{first} {last}", way=way, source=f"{source}, {town}", given_on=day
    )


def _waiting(session: Session) -> Subscriber:
    """She asked on the page; a demo writes to nobody."""
    email = "emma.exemple@lecteurs.example"
    return Subscriber(email=email, name="Emma Exemple", digest=subscribers.digest_of(session, email))


def _plain(word: str) -> str:
    return word.lower().translate(str.maketrans("éèëïî", "eeeii"))


def _sent(session: Session, title: str, ago: int, told: Sequence[tuple[Kind, dict[str, str]]], count: int) -> None:
    """As if it had been sent then; nothing leaves from a demo."""
    issue = issues.add(session, title=title)
    for kind, values in told:
        blocks.add(session, issue, kind, **values)
    zone = scope_of(session).zone
    issue.sent_at = to_instant(datetime.combine(today(zone) - timedelta(days=ago), time(9, 30)), zone)
    issue.sent_by, issue.recipients = "Solène Brault", count
    issues.step(issue, IssueState.SENDING)
    issues.step(issue, IssueState.SENT)
    session.flush()


def _draft(session: Session) -> None:
    issue = issues.add(session, title="Ce qui roule cette semaine")
    blocks.add(session, issue, Kind.TEXT, words="Bonjour,\n\nVoici ce que nous pouvons vous proposer ces jours-ci.")
    blocks.add(session, issue, Kind.HEADING, words="Les véhicules libres")
    blocks.add(session, issue, Kind.LIVE, source="rental.free")
    day = today(scope_of(session).zone) + timedelta(days=9)
    at = to_instant(datetime.combine(day, time(14)), scope_of(session).zone)
    blocks.add(
        session,
        issue,
        Kind.EVENT,
        label="Atelier remise en selle",
        starts_at=at,
        place="Cour de la maison des associations, Étampes",
        words="Vélos prêtés. Gratuit, sur inscription auprès de votre conseiller.",
    )
    blocks.add(session, issue, Kind.BUTTON, label="Nous écrire", address="https://plateforme.example/contact")


def sample(session: Session, number: int) -> Sequence[object]:
    """One row of each table; `number` tells samples apart."""
    email, day = f"sample{number}@sample.example", today(scope_of(session).zone)
    reader = subscribers.enter(
        session, email=email, name=f"Sample reader {number}", way=Way.PAPER, source=f"Folder {number}", given_on=day
    )
    proof = proofs.note(session, reader, Fact.STAYED, Way.MAIL, remote="192.0.2.7")
    issue: Issue = issues.add(session, title=f"Issue {number}")
    block: Block = blocks.add(session, issue, Kind.TEXT, words=f"Words {number}")
    return [reader, proof, issue, block]
