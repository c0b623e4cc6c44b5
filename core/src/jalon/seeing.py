"""Looking at the site as a member sees it: which look this browser has open, kept in its signed session."""

from __future__ import annotations

from datetime import timedelta

from flask import session as browser

from jalon.clock import now
from jalon.scope import Scope

KEY = "jalon_seen_as"
LASTS = timedelta(minutes=30)
END = "jalon_members.stop_seeing"  # the one address that answers a form meanwhile


def begin(scope: Scope, member_id: int) -> None:
    """Look with this member's rights from the next request on, in the structure of the scope."""
    assert scope.structure is not None
    until = int((now() + LASTS).timestamp())
    browser[KEY] = [scope.actor.user_id, scope.structure.id, member_id, until]


def current(scope: Scope) -> int | None:
    """The member this browser's owner looks as in that structure; None when the look is over, or somebody else's."""
    if scope.structure is None or KEY not in browser:
        return None
    user_id, structure_id, member_id, until = browser[KEY]
    mine = (user_id, structure_id) == (scope.actor.user_id, scope.structure.id)
    return int(member_id) if mine and now().timestamp() < until else None


def end() -> None:
    browser.pop(KEY, None)
