"""Rules of blocks: what each kind must say, and their order."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jalon import sensitive
from jalon.clock import now
from jalon.texts import tidy
from jalon_newsletter import issues
from jalon_newsletter.errors import AddressNeeded, ExcerptNeeded, LabelNeeded, StartNeeded, WordsNeeded
from jalon_newsletter.models import Block, Issue, Kind

SAYS = {
    Kind.HEADING: ("words",),
    Kind.TEXT: ("words",),
    Kind.BUTTON: ("label", "address"),
    Kind.EVENT: ("label", "starts_at", "place", "words", "address"),
    Kind.LIVE: ("source",),
}
EMPTY: dict[str, Any] = {"words": "", "label": "", "address": "", "starts_at": None, "place": "", "source": ""}


def add(session: Session, issue: Issue, kind: Kind, **values: Any) -> Block:
    """One more at the end. Raises NotADraft, and what a block of that kind lacks."""
    issues.touch(session, issue)
    last = session.scalar(select(func.max(Block.position)).where(Block.issue_id == issue.id)) or 0
    block = Block(issue_id=issue.id, structure_id=issue.structure_id, kind=kind, position=last + 1)
    _fill(block, values)
    session.add(block)
    session.flush()
    session.expire(issue, ["blocks"])
    return block


def change(session: Session, block: Block, **values: Any) -> None:
    """Other words. Raises as `add` does."""
    issues.touch(session, block.issue)
    _fill(block, values)
    session.flush()


def move(session: Session, block: Block, *, by: int) -> None:
    """One place up (-1) or down (1); at an end nothing happens. Raises NotADraft."""
    issue = block.issue
    issues.touch(session, issue)
    order = list(issue.blocks)
    here = order.index(block)
    there = min(max(here + by, 0), len(order) - 1)
    order.insert(there, order.pop(here))
    for position, each in enumerate(order, 1):
        each.position = position
    session.flush()
    session.expire(issue, ["blocks"])


def remove(session: Session, block: Block) -> None:
    """Take it out; `put_back` undoes it until the issue is sent. Raises NotADraft."""
    issue = block.issue
    issues.touch(session, issue)
    block.removed_at = now()
    session.flush()
    session.expire(issue, ["blocks"])


def put_back(session: Session, block: Block) -> None:
    """Where it stood; nothing happens when it stands there. Raises NotADraft."""
    issue = block.issue
    issues.touch(session, issue)
    block.removed_at = None
    session.flush()
    session.expire(issue, ["blocks"])


def removed(session: Session, issue: Issue, id: int | None) -> Block | None:
    """The block of that number when it is one of the issue's that were removed."""
    mine = (Block.issue_id == issue.id, Block.removed_at.is_not(None))
    return session.scalar(select(Block).where(Block.id == id, *mine))


def forget_removed(session: Session, issue: Issue) -> None:
    """Once an issue is sent nothing is put back into it."""
    for block in session.scalars(select(Block).where(Block.issue_id == issue.id, Block.removed_at.is_not(None))).all():
        session.delete(block)
    session.flush()


def _fill(block: Block, values: dict[str, Any]) -> None:
    told = {**EMPTY, **{name: _clean(values.get(name)) for name in SAYS[block.kind]}}
    _check(block.kind, told)
    for name, value in told.items():
        setattr(block, name, value)


def _clean(value: Any) -> Any:
    return value if isinstance(value, datetime) else tidy(value or "")


def _check(kind: Kind, told: dict[str, Any]) -> None:
    if kind in (Kind.HEADING, Kind.TEXT) and not told["words"]:
        raise WordsNeeded
    if kind in (Kind.BUTTON, Kind.EVENT) and not told["label"]:
        raise LabelNeeded
    if kind is Kind.EVENT and not isinstance(told["starts_at"], datetime):
        raise StartNeeded
    if kind is Kind.LIVE and not told["source"]:
        raise ExcerptNeeded
    if (kind is Kind.BUTTON or told["address"]) and not is_page(told["address"]):
        raise AddressNeeded
    told["starts_at"] = told["starts_at"] or None
    for field in ("words", "label", "place"):
        sensitive.check(told[field], field=field)


def is_page(address: str) -> bool:
    """Whether a reader can open it safely: https, a host, and nothing that ends an attribute."""
    try:
        parts = urlsplit(address)
        return parts.scheme == "https" and "." in (parts.hostname or "") and not set(address) & set(" \"'<>\\")
    except ValueError:
        return False
