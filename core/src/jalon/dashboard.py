"""The dashboard of a reader: the core's part and those of the enabled modules, isolated, allowed and in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import current_app, url_for
from sqlalchemy.orm import Session

from jalon import desk
from jalon.declarations import Act, Card, CardList, Line
from jalon.scope import Scope, scope_of


@dataclass(frozen=True)
class Tile:
    """A figure and the address of the list behind it."""

    card: Card
    url: str


@dataclass(frozen=True)
class Row:
    """A line, the address of its page and that of what to do about it: empty for who may not."""

    line: Line
    url: str
    act: Act | None
    act_url: str


@dataclass(frozen=True)
class Board:
    """A list of the dashboard, and the address of the whole of it."""

    list: CardList
    url: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class Dashboard:
    """What the page shows, the most urgent first; `failed` names the modules that could not answer."""

    tiles: list[Tile]
    boards: list[Board]
    failed: list[str]


def read(session: Session) -> Dashboard:
    """What the reader may open here. What a module answers is made into addresses inside the hook's isolation."""
    scope, hooks = scope_of(session), current_app.extensions["jalon"].hooks
    own = desk.cards(session)
    cards = hooks.show(session, "dashboard_cards", prepare=lambda answer: _tiles(scope, answer))
    lists = hooks.show(session, "dashboard_lists", prepare=lambda answer: _boards(scope, answer))
    tiles = [*_tiles(scope, own), *(tile for answer in cards for tile in answer.value)]
    boards = [*_boards(scope, desk.lists(session, own)), *(board for answer in lists for board in answer.value)]
    return Dashboard(
        sorted(tiles, key=lambda tile: tile.card.tone != "bad"),
        sorted(boards, key=lambda board: _place(scope, board)),
        list(dict.fromkeys([*cards.failed, *lists.failed])),
    )


def _place(scope: Scope, board: Board) -> tuple[bool, bool, bool, int]:
    """What is late before what is the reader's own work, that before the rest, and what is empty last."""
    late = any(row.line.tone == "bad" for row in board.rows)
    return not board.rows, not late, not _is_for(scope, board.list), board.list.order


def _is_for(scope: Scope, shown: CardList) -> bool:
    return not scope.roles.isdisjoint(shown.first_for)


def _tiles(scope: Scope, cards: Sequence[Card]) -> list[Tile]:
    return [
        Tile(replace(c, label=str(c.label), value=int(c.value), detail=str(c.detail)), url_for(c.endpoint, **c.values))
        for c in cards
        if scope.may(c.permission)
    ]


def _boards(scope: Scope, lists: Sequence[CardList]) -> list[Board]:
    """An empty one is shown to the roles whose work it is, and tells them that there is none."""
    return [
        Board(
            replace(shown, title=str(shown.title), empty=str(shown.empty), count=int(shown.count)),
            url_for(shown.endpoint, **shown.values),
            [_row(scope, line) for line in shown.lines],
        )
        for shown in lists
        if scope.may(shown.permission) and (shown.lines or _is_for(scope, shown))
    ]


def _row(scope: Scope, line: Line) -> Row:
    opens = line.endpoint and scope.may(line.permission)
    act = line.act if line.act is not None and scope.may(line.act.permission) else None
    return Row(
        line,
        url_for(line.endpoint, **line.values) if opens else "",
        act,
        url_for(act.endpoint, **act.values) if act else "",
    )
