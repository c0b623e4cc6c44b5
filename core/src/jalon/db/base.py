"""The declarative base of all Jalon tables, and the scope each of them declares."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, cast

from sqlalchemy import ForeignKey, MetaData, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
TableScope = Literal["platform", "person", "owned"]


class Base(DeclarativeBase):
    """All tables of the core and of the modules; the host's handle carries them."""

    metadata = MetaData(naming_convention=NAMES)
    __table_scope__: ClassVar[TableScope | None] = None


class Platform:
    """A table read by all structures and written by whoever holds `__write_permission__`."""

    __table_scope__: ClassVar[TableScope | None] = "platform"
    __write_permission__: ClassVar[str] = "jalon.platform.write"


class Owned:
    """A table whose every row belongs to one structure. The session guard acts on this class."""

    __table_scope__: ClassVar[TableScope | None] = "owned"

    @declared_attr
    def structure_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("jalon_structure.id"), index=True)


def table_of(cls: type[Base]) -> Table:
    """The bare table of a class, for what works under the guard: migrations, uninstalling, purging."""
    return cast(Table, cls.__table__)


def guarded_classes() -> list[type[Any]]:
    """Every mapped class of Jalon whose rows belong to a structure."""
    return [m.class_ for m in Base.registry.mappers if issubclass(m.class_, Owned)]


def owned_tables() -> frozenset[str]:
    """Names of the tables of `guarded_classes`."""
    return frozenset(str(cls.__tablename__) for cls in guarded_classes())
