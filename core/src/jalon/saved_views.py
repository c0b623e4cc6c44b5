"""Views of lists that are kept: mine, the structure's; how one has arranged a list, and what it opens with."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models import SavedView
from jalon.scope import scope_of
from jalon.texts import tidy

LONGEST = 60  # characters of a name
MOST = 40  # views of one list, for one person


class NoName(DomainError):
    """A view without a name is never found again."""

    field = "name"
    message = _l("Give the view a name, of 60 characters at most.")


class NameTaken(DomainError):
    """Two of the same name cannot be told apart."""

    field = "name"
    message = _l("A view of this list is called so already.")


class TooMany(DomainError):
    """Nobody finds anything among them."""

    message = _l("There are 40 views of this list already: remove one first.")


class NotYours(DomainError):
    """Somebody else's, or the structure's without the right to change what it lists."""

    message = _l("This view is not yours to change.")


class NoAccount(DomainError):
    """A host's visitor without account has nothing of their own."""

    message = _l("Without an account nothing can be kept for you.")


def of(session: Session, screen: str) -> list[SavedView]:
    """What is kept of a list: one's own, the structure's, and how one has arranged it; by name."""
    mine = SavedView.user_id == _me(session)
    query = select(SavedView).where(SavedView.screen == screen, or_(SavedView.user_id.is_(None), mine))
    return sorted(session.scalars(query), key=lambda view: view.name.casefold())


def find(session: Session, id: int) -> SavedView | None:
    """A named view that one may open, None for any other."""
    mine = or_(SavedView.user_id.is_(None), SavedView.user_id == _me(session))
    return session.scalar(select(SavedView).where(SavedView.id == id, SavedView.name != "", mine))


def save(session: Session, screen: str, *, name: str, query: str, shared: bool) -> SavedView:
    """Keep what a list's address asks under a name. The caller has checked the right to share.

    Raises NoName, NameTaken, TooMany, NoAccount.
    """
    owner = None if shared else _account(session)
    _check_name(session, screen, owner, name := tidy(name))
    if len(of(session, screen)) > MOST:
        raise TooMany
    view = SavedView(screen=screen, user_id=owner, name=name, query=query)
    session.add(view)
    session.flush()
    return view


def rename(session: Session, view: SavedView, name: str) -> None:
    """Raises NoName, NameTaken."""
    _check_name(session, view.screen, view.user_id, name := tidy(name), besides=view.id)
    view.name = name
    session.flush()


def remove(session: Session, view: SavedView) -> None:
    """Forget a view; lists that opened with it open whole again, everybody's."""
    _forget_opening(session, view.id)
    session.delete(view)
    session.flush()


def open_with(session: Session, screen: str, view: SavedView | None) -> None:
    """Let one's own list open with that view, or whole. Raises NoAccount."""
    arrangement(session, screen).opens_with_id = view.id if view else None
    session.flush()


def arrange(session: Session, screen: str, *, columns: Sequence[str], page_size: int | None) -> None:
    """Show one's own list with these columns and so many rows a page. Raises NoAccount."""
    own = arrangement(session, screen)
    own.columns, own.page_size = ",".join(columns), page_size
    session.flush()


def arrangement(session: Session, screen: str) -> SavedView:
    """How one has arranged a list, made when it is not there yet. Raises NoAccount."""
    me = _account(session)
    query = select(SavedView).where(SavedView.screen == screen, SavedView.user_id == me, SavedView.name == "")
    own = session.scalar(query)
    if own is None:
        own = SavedView(screen=screen, user_id=me, name="")
        session.add(own)
    return own


def forget(session: Session, user_id: int) -> None:
    """Somebody leaves the structure: what they kept for themselves goes."""
    theirs = SavedView.user_id == user_id
    session.execute(update(SavedView).where(theirs).values(opens_with_id=None))
    session.execute(delete(SavedView).where(theirs))


def _forget_opening(session: Session, id: int) -> None:
    session.execute(update(SavedView).where(SavedView.opens_with_id == id).values(opens_with_id=None))


def _me(session: Session) -> int | None:
    return scope_of(session).actor.user_id


def _account(session: Session) -> int:
    me = _me(session)
    if me is None:
        raise NoAccount
    return me


def _check_name(session: Session, screen: str, owner: int | None, name: str, besides: int | None = None) -> None:
    if not name or len(name) > LONGEST:
        raise NoName
    theirs = SavedView.user_id.is_(None) if owner is None else SavedView.user_id == owner
    same = select(SavedView.id).where(SavedView.screen == screen, theirs, SavedView.name == name)
    if session.scalar(same.where(SavedView.id != (besides or 0))) is not None:
        raise NameTaken
