"""On whose behalf, and for which structure, a session works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from jalon.errors import ScopeViolation
from jalon.i18n import DEFAULT_LOCALE, speaking

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PARIS = ZoneInfo("Europe/Paris")
_KEY = "jalon_scope"


@dataclass(frozen=True)
class StructureRef:
    """A structure as a scope knows it: no row, so it outlives every session."""

    id: int
    slug: str
    name: str


@dataclass(frozen=True)
class Actor:
    """Who acts. `user_id` is None for a job, a command or a visitor without account."""

    name: str
    user_id: int | None = None
    platform_admin: bool = False


@dataclass(frozen=True)
class Scope:
    """Everything a rule may want to know about its caller; read with `scope_of(session)`.

    Without a structure no structure's rows are seen at all. `across` is the written reason why this
    session sees every structure's rows (migration, uninstall, sign-in): such a session serves nothing else.
    `roles` choose what comes first on a page; what is allowed is asked of `permissions` only.
    `origin` is what history says of a change: form, command, job, import, demo. `seen_as` names the member whose
    rights the actor looks with, without acting: empty but for that.
    """

    structure: StructureRef | None = None
    actor: Actor = Actor("jalon")
    enabled: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    locale: str = DEFAULT_LOCALE
    zone: ZoneInfo = field(default=PARIS)
    origin: str = "form"
    across: str = ""
    seen_as: str = ""

    @contextmanager
    def enter(self, session: Session) -> Iterator[Scope]:
        """Let `session` work in this scope. Another scope is another session: a second one is refused."""
        if _KEY in session.info:
            raise ScopeViolation("this session already works in a scope; open another session for another scope")
        _forget_guarded(session)
        session.info[_KEY] = self
        with speaking(self.locale):
            try:
                yield self
            finally:
                _forget_guarded(session)
                del session.info[_KEY]

    def may(self, permission: str) -> bool:
        return permission in self.permissions


@contextmanager
def allowed(session: Session, permission: str, *, origin: str) -> Iterator[Scope]:
    """Let a job write with the one right that was checked when somebody asked for it; a job has none of its own.

    Structure and actor stay, so what the session sees stays: it is no other scope. The caller flushes inside.
    """
    before = scope_of(session)
    with _instead(session, replace(before, permissions=before.permissions | {permission}, origin=origin)) as within:
        yield within


@contextmanager
def lifted(session: Session, why: str) -> Iterator[Scope]:
    """Let one rule that works across structures take part in the transaction of a structure's session.

    For what must be done or undone together with it, as erasing whom an import made; the rule reads by itself only
    what is of the records it is given, and hands out none.
    """
    before = scope_of(session)
    with _instead(session, Scope(actor=before.actor, zone=before.zone, origin=before.origin, across=why)) as within:
        yield within


@contextmanager
def _instead(session: Session, scope: Scope) -> Iterator[Scope]:
    before = scope_of(session)
    session.flush()
    session.info[_KEY] = scope
    try:
        yield scope
        session.flush()
    finally:
        session.info[_KEY] = before


def scope_of(session: Session) -> Scope:
    """The scope a session works in. Raises ScopeViolation when it has none."""
    scope = session.info.get(_KEY)
    if not isinstance(scope, Scope):
        raise ScopeViolation("this session works in no scope: enter one first")
    return scope


def current_scope(session: Session) -> Scope | None:
    """The scope of a session that may have none (a host's own pages)."""
    found = session.info.get(_KEY)
    return found if isinstance(found, Scope) else None


def structure_of(session: Session) -> StructureRef:
    """The structure a session works for. Raises ScopeViolation when its scope has none."""
    structure = scope_of(session).structure
    if structure is None:
        raise ScopeViolation("this session works for no structure")
    return structure


def _forget_guarded(session: Session) -> None:
    """Objects read under one scope must not answer a `get` under another."""
    from jalon.db.base import Base

    for held in [*session.identity_map.values(), *session.new]:
        if isinstance(held, Base) and held in session:  # expunging a parent takes its children along
            session.expunge(held)
