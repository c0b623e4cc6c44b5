"""Parts of a list that people ask for every day, one click each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from jalon.i18n import Text


@dataclass(frozen=True)
class Preset:
    """A part of a list, `?show=<slug>`; `where` gives its condition at each request, on mapped attributes.

    `fields` are those its condition reads, when not everybody may read them.
    """

    slug: str
    label: Text
    where: Callable[[Session], ColumnElement[bool] | Any]
    fields: Sequence[str] = ()
