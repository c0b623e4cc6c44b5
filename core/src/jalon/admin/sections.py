"""A form in parts with a heading each, as its screen declares them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jalon.i18n import Text, _

MANY = 4  # parts from which a form has a list of them above it
Declared = Sequence[tuple[Text, Sequence[str]]]


@dataclass(frozen=True)
class Section:
    """A part of a form; without a title it is the only one."""

    id: str
    title: str
    fields: Sequence[Any]

    @property
    def is_bad(self) -> bool:
        """Whether a field in it was refused."""
        return any(field.errors for field in self.fields)


def sections(form: Any, declared: Declared) -> list[Section]:
    """The visible fields of a form, in the parts that were declared; what is in none comes last.

    A part whose fields are all absent, for want of a right or at this moment, is absent.
    """
    shown = {field.name: field for field in form if getattr(field.widget, "input_type", "") != "hidden"}
    if not declared:
        return [Section("part-1", "", list(shown.values()))]
    parts = [(str(title), [shown.pop(name) for name in names if name in shown]) for title, names in declared]
    parts.append((_("More"), list(shown.values())))
    filled = [(title, fields) for title, fields in parts if fields]
    return [Section(f"part-{n}", title, fields) for n, (title, fields) in enumerate(filled, start=1)]
