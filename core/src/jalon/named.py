"""Words for the members of an enum, beside each of them."""

from __future__ import annotations

import enum
from typing import Self

from jalon.i18n import Text


class Named(enum.Enum):
    """Members are written `VALUE = "value", _l("What people read")`: what is stored, and its label."""

    label: Text

    def __new__(cls, value: str, label: Text | None = None) -> Self:
        """A member, while the class is made. Raises TypeError without its label."""
        if label is None:
            raise TypeError(f"{cls.__name__} has no words for {value!r}")
        member = object.__new__(cls)
        member._value_ = value
        member.label = label
        return member

    @classmethod
    def labels(cls) -> dict[Self, Text]:
        """Each member and its words, in the order in which they are written."""
        return {member: member.label for member in cls}
