"""Every route says what it needs; a route that says nothing answers nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

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
