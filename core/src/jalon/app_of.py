"""The Jalon mounted in an application, without importing what mounts it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from jalon.app import Jalon


def mount(app: Any) -> Jalon:
    """`app` may be the `current_app` proxy."""
    return cast("Jalon", app.extensions["jalon"])
