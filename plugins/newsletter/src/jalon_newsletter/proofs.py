"""Rules of proofs: what is kept of somebody's word, and no more."""

from __future__ import annotations

import ipaddress
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from jalon.scope import scope_of
from jalon_newsletter.models import Fact, Proof, Subscriber, Way


def note(
    session: Session,
    subscriber: Subscriber,
    fact: Fact,
    way: Way,
    *,
    words: str = "",
    source: str = "",
    given_on: date | None = None,
    remote: str | None = None,
) -> Proof:
    """Keep one; `remote` is the network address somebody came from, of which a part stays."""
    actor = scope_of(session).actor
    by = actor.name if way in (Way.PAPER, Way.SPOKEN, Way.WORK, Way.NONE) else ""
    proof = Proof(
        subscriber_id=subscriber.id,
        structure_id=subscriber.structure_id,
        fact=fact,
        way=way,
        words=words,
        source=source,
        given_on=given_on,
        network=shortened(remote),
        by=by,
    )
    session.add(proof)
    session.flush()
    return proof


def shortened(remote: str | None) -> str | None:
    """The network of an address: 192.0.2.0/24 of 192.0.2.7, the first 48 bits of IPv6; None for what is none."""
    try:
        address = ipaddress.ip_address((remote or "").partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    bits = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network(f"{address}/{bits}", strict=False))


def last_words(session: Session, subscriber: Subscriber) -> str:
    """The sentence beside the box when they last asked; empty when they never did."""
    mine = (Proof.subscriber_id == subscriber.id, Proof.fact == Fact.ASKED)
    return session.scalar(select(Proof.words).where(*mine).order_by(Proof.id.desc()).limit(1)) or ""


def forget_traces(session: Session, subscriber: Subscriber) -> None:
    """Of an address that is erased no network stays, nor where its paper lies, nor the reason that its reader typed."""
    mine = Proof.subscriber_id == subscriber.id
    session.execute(update(Proof).where(mine).values(network=None, source=""))
    session.execute(update(Proof).where(mine, Proof.fact == Fact.LEFT).values(words=""))
