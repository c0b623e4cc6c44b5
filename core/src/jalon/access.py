"""What every route needs: one that says nothing answers nobody. And what is noted of reading the confidential."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import g, has_request_context

F = TypeVar("F", bound=Callable[..., Any])


def requires(permission: str) -> Callable[[F], F]:
    """This view needs that right in the structure of its address."""

    def mark(view: F) -> F:
        view.jalon_permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def open_to_all(why: str) -> Callable[[F], F]:
    """This core view answers without sign-in; `why` is kept for whoever reviews the list."""

    def mark(view: F) -> F:
        view.jalon_open = why  # type: ignore[attr-defined]
        return view

    return mark


def posts_to_read(why: str) -> Callable[[F], F]:
    """This view is posted to and changes nothing; `why` it is not a GET is kept for whoever reviews the list."""

    def mark(view: F) -> F:
        view.jalon_posts_to_read = why  # type: ignore[attr-defined]
        return view

    return mark


def needs_no_token(why: str) -> Callable[[F], F]:
    """This open view of the core's is posted to without form token; `why` is kept for whoever reviews the list."""

    def mark(view: F) -> F:
        view.jalon_needs_no_token = why  # type: ignore[attr-defined]
        return view

    return mark


def takes_files(max_bytes: int) -> Callable[[F], F]:
    """This view takes larger requests than the others; in bytes, the form around the file included."""

    def mark(view: F) -> F:
        view.jalon_max_bytes = max_bytes  # type: ignore[attr-defined]
        return view

    return mark


def max_bytes_of(view: Any) -> int | None:
    return getattr(view, "jalon_max_bytes", None)


def permission_of(view: Any) -> str | None:
    return getattr(view, "jalon_permission", None)


def is_open(view: Any) -> bool:
    return bool(getattr(view, "jalon_open", ""))


def asks_token(view: Any) -> bool:
    """Whether a POST must bring the form token: always, unless the view is open and says why not."""
    return not (is_open(view) and bool(getattr(view, "jalon_needs_no_token", "")))


@dataclass(frozen=True)
class Reading:
    """Something confidential is on the page that is being made: a record, or a list when `subject_id` is None.

    `reason` is why a copy of it leaves the house.
    """

    permission: str
    table: str
    subject_id: int | None
    rows: int
    reason: str | None = None


def note(permission: str, table: str, id: int | None = None, rows: int = 1) -> None:
    """This request shows what `permission` protects; it is logged once its answer is sent, unless it fails.

    One entry for each permission and record; a list is one entry with its number of `rows`. Does nothing outside
    a request, and for an empty list.
    """
    if has_request_context() and rows:
        noted = g.setdefault("jalon_readings", {})
        known = noted.get((permission, table, id))
        noted[permission, table, id] = Reading(permission, table, id, max(rows, known.rows if known else 0))


def readings() -> list[Reading]:
    """What this request noted so far."""
    return list(g.get("jalon_readings", {}).values())
