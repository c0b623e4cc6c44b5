"""Parts of a list that people ask for every day, one click each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement

from jalon.i18n import Text


@dataclass(frozen=True)
class Preset:
    """A part of a list, `?show=<slug>`; `where` gives its condition at each request, on mapped attributes.

    `fields` are those its condition reads, when not everybody may read them. `argument` names a value of the
    address, the id of a record, that `where` is given too: such a part is reached by a link and is no chip.
    """

    slug: str
    label: Text
    where: Callable[..., ColumnElement[bool] | Any]
    fields: Sequence[str] = ()
    argument: str = ""

    def given(self, values: Mapping[str, str]) -> list[int]:
        """What `where` is given beside the session. Raises ValueError for what is no id."""
        if not self.argument:
            return []
        id = int(values.get(self.argument, ""))
        if not 0 <= id < 2**31:
            raise ValueError(id)
        return [id]
