"""Tables about persons of the platform: who sees which of their rows."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, synonym

from jalon.db.base import TableScope

Reach = Literal["row", "identity", "file"]


class PersonRow:
    """A row of the platform's that a structure sees when it is linked to the person, whatever the link says.

    The session guard acts on this class and its two sisters. `person_key` names the person in each of them.
    """

    __table_scope__: ClassVar[TableScope | None] = "person"
    person_key: ClassVar[Any]


class PersonData(PersonRow):
    """A row about a person; its sisters say what must hold of the link."""

    @declared_attr
    def beneficiary_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("jalon_beneficiary.id"), index=True)

    @declared_attr
    def person_key(cls) -> Any:
        return synonym("beneficiary_id")


class PersonIdentity(PersonData):
    """What names a person: hidden from all but the named readers when the link is restricted."""


class PersonFile(PersonIdentity):
    """A person's file: hidden besides when the link is over."""
