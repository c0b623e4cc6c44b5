"""The core's whole contract with modules: every hook, its kind, its signature.

show: isolated in a savepoint, a failure is logged and noticed on the page. act: errors rise and the
transaction falls. duty: never gated by a switch, errors rise, an absent module leaves an open duty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import pluggy

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from jalon.declarations import Card, CardList, Hit, Missing, Owned, PersonTab

PROJECT = "jalon"
HookKind = Literal["show", "act", "duty"]
_F = TypeVar("_F", bound=Callable[..., Any])
_spec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


def hookspec(kind: HookKind) -> Callable[[_F], _F]:
    """Mark a function as the specification of a hook of one of the three kinds."""

    def mark(function: _F) -> _F:
        function.jalon_kind = kind  # type: ignore[attr-defined]
        return _spec(function)

    return mark


@hookspec("show")
def dashboard_cards(session: Session) -> Sequence[Card]:  # type: ignore[empty-body]
    """Figures for the structure's dashboard, each with the list behind it."""


@hookspec("show")
def dashboard_lists(session: Session) -> Sequence[CardList]:  # type: ignore[empty-body]
    """What is to be done today, line by line, for the dashboard of whoever has the session's rights."""


@hookspec("show")
def person_tabs(session: Session, beneficiary_id: int) -> Sequence[PersonTab]:  # type: ignore[empty-body]
    """Parts of a person's page, asked when it is opened; a module shows nothing that the reader has no right to."""


@hookspec("show")
def search(session: Session, text: str) -> Sequence[Hit]:  # type: ignore[empty-body]
    """Records of the module that answer what somebody typed, the likeliest first, six at most; asked at each pause of
    the keyboard, of a session that only reads. Persons are found by the core."""


@hookspec("show")
def person_missing(session: Session, beneficiary_id: int) -> Sequence[Missing]:  # type: ignore[empty-body]
    """What a person whose file is open to the reader lacks for what the module has open for them."""


@hookspec("show")
def running_items(session: Session) -> Sequence[str]:  # type: ignore[empty-body]
    """What is going on in the module here, counted in a sentence each; asked before it is switched off."""


@hookspec("show")
def describe_occupations(session: Session, ids: Sequence[int]) -> Mapping[int, str]:  # type: ignore[empty-body]
    """A label for each of the module's occupations among `ids`, without any person's name."""


@hookspec("show")
def settings_impact(  # type: ignore[empty-body]
    session: Session, module: str, before: object, after: object, valid_from: date
) -> Sequence[str]:
    """What a change of a module's settings would do here, a sentence each; asked before it is saved."""


@hookspec("act")
def resource_withdrawing(session: Session, resource_id: int) -> None:
    """A resource is about to be archived; raise a DomainError to refuse."""


@hookspec("show")
def owned_items(session: Session, member_id: int) -> Sequence[Owned]:  # type: ignore[empty-body]
    """What is open in the module and follows that member, with the list behind it; asked before somebody leaves."""


@hookspec("show")
def closure_items(session: Session, closure_id: int) -> Sequence[Owned]:  # type: ignore[empty-body]
    """What is open in the module and falls on the days of that closure, with the list behind it; shown beside it."""


@hookspec("act")
def hand_over(session: Session, from_member_id: int, to_member_id: int) -> int:  # type: ignore[empty-body]
    """Give what `owned_items` counts to another member; return the number of items. Raise a DomainError to refuse."""


@hookspec("duty")
def apply_retention(session: Session, before: datetime) -> int:  # type: ignore[empty-body]
    """Erase what names a person in affairs that ended before `before`; return the number of records."""
