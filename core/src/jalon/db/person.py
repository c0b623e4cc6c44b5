"""Tables about persons of the platform: who sees which of their rows is the session guard's to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from jalon.db.base import Base, TableScope


class PersonRow:
    """A row of the platform's that a structure sees when it is linked to the person."""

    __table_scope__: ClassVar[TableScope | None] = "person"
    __read_permission__: ClassVar[str] = "jalon.beneficiaries.read"  # of the history of its fields
    if TYPE_CHECKING:
        __tablename__: Any


class Person(PersonRow):
    """The person's own row, seen whatever the link says."""

    id: Mapped[int] = mapped_column(primary_key=True)


class PersonData(PersonRow):
    """A row about a person; its sisters say what must hold of the link besides."""

    beneficiary_id: Mapped[int] = mapped_column(ForeignKey("jalon_beneficiary.id"), index=True)


class PersonIdentity(PersonData):
    """What names a person: hidden from all but the named readers when the link is restricted."""


class PersonFile(PersonIdentity):
    """A person's file: hidden besides when the link is over."""


class Published(PersonData):
    """A row that its structure sees, and another linked one too when it is shared and the person agrees now."""

    shared: Mapped[bool] = mapped_column(default=False)
    structure_id: Mapped[int] = mapped_column(ForeignKey("jalon_structure.id"), index=True)


class AboutPerson:
    """Mixed into an owned table whose rows may be about a person: then they are seen as the person's file is."""

    beneficiary_id: Mapped[int | None] = mapped_column(ForeignKey("jalon_beneficiary.id"), index=True)


class NamesPerson:
    """Mixed into an owned table that names a person and outlives the file: a contract, a receipt.

    Its rows are hidden from all but the named readers when the link is restricted, and stay when it is over.
    """

    beneficiary_id: Mapped[int] = mapped_column(ForeignKey("jalon_beneficiary.id"), index=True)


@dataclass(frozen=True)
class Affair:
    """Said of a table of dealings with persons, as `__affair__`: what they last, and which are not over.

    `at` is the column of the last day or instant; it is a contact with the person. A row is open while the column
    `state` holds one of `open`, by value.
    """

    at: str
    state: str
    open: frozenset[str]


def affairs() -> dict[str, Affair]:
    """What the tables here say of themselves, by name. Of a module whose code is absent nothing is known but keys."""
    mapped: list[Any] = [mapper.class_ for mapper in Base.registry.mappers]
    return {cls.__tablename__: cls.__affair__ for cls in mapped if hasattr(cls, "__affair__")}


class BothEnds:
    """A row from one structure to another, readable at both ends and at no other."""

    __table_scope__: ClassVar[TableScope | None] = "person"
    __read_permission__: ClassVar[str] = "jalon.beneficiaries.read"
    if TYPE_CHECKING:
        __tablename__: Any

    from_structure_id: Mapped[int] = mapped_column(ForeignKey("jalon_structure.id"), index=True)
    to_structure_id: Mapped[int] = mapped_column(ForeignKey("jalon_structure.id"), index=True)


class Crossing(BothEnds):
    """What one structure tells another of a person: read while the person agrees, or once both are linked.

    Who may not name the person in their own structure, because the file is protected, reads it at neither end.
    """

    beneficiary_id: Mapped[int] = mapped_column(
        ForeignKey("jalon_beneficiary.id"),
        index=True,
        info={"unrecorded": "both ends read the history, and the person's code is not for both"},
    )
