"""What names a person, and how the person can be reached."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import DDL, CheckConstraint, Date, Index, String, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.db import Base, PersonIdentity
from jalon.db.types import choice, one_of
from jalon.i18n import _l
from jalon.models.search_index import INDEX, sqlite_statements
from jalon.named import Named
from jalon.names import fold

if TYPE_CHECKING:
    from jalon.models.beneficiary import Beneficiary

FOLDED = 250  # characters
NAMES_THE_PERSON = {"personal": "names the person"}
REACHES_THE_PERSON = {"personal": "reaches the person"}


class Title(Named):
    """Source: the FSE+ asks for women, men and others; a person may also not say."""

    MADAM = "madam", _l("Ms")
    SIR = "sir", _l("Mr")
    NEUTRAL = "neutral", _l("Neutral, or rather not said")


class Channel(Named):
    """How a person wants to be reached."""

    SMS = "sms", _l("SMS")
    CALL = "call", _l("Call")
    MAIL = "mail", _l("E-mail")
    LETTER = "letter", _l("Letter")
    REFERRER = "referrer", _l("Through the person who referred them")


class Identity(PersonIdentity, Base):
    """Names and birth. `folded` is what search looks in: usage name, first name, birth name, made when it is saved."""

    __tablename__ = "jalon_identity"
    __recorded_in__: ClassVar[tuple[str, str]] = ("jalon_beneficiary", "beneficiary_id")
    __table_args__ = (
        UniqueConstraint("beneficiary_id"),
        one_of("title", Title),
        CheckConstraint("first_name IS NOT NULL OR single_name", name="first_name"),
        Index("ix_jalon_identity_birth_date", "birth_date", "folded"),
        # on PostgreSQL of trigrams, which find equal names too; SQLite keeps its trigrams in a table beside.
        # fastupdate would lay new names aside unsorted: after an import each search read them all, 60 ms for 4
        Index(
            "ix_jalon_identity_folded",
            "folded",
            postgresql_using="gin",
            postgresql_ops={"folded": "gin_trgm_ops"},
            postgresql_with={"fastupdate": "off"},
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[Title] = mapped_column(choice(Title), default=Title.NEUTRAL)
    usage_name: Mapped[str] = mapped_column(String(80), info={**NAMES_THE_PERSON, "erased_as": "text:—"})
    birth_name: Mapped[str | None] = mapped_column(String(80), info=NAMES_THE_PERSON)
    first_name: Mapped[str | None] = mapped_column(String(80), info={**NAMES_THE_PERSON, "erased_as": "text:"})
    single_name: Mapped[bool] = mapped_column(default=False)
    birth_date: Mapped[date | None] = mapped_column(Date, info={**NAMES_THE_PERSON, "erased_as": "year"})
    birth_date_presumed: Mapped[bool] = mapped_column(default=False)
    folded: Mapped[str] = mapped_column(
        String(FOLDED), info={**NAMES_THE_PERSON, "erased_as": "text:", "unrecorded": "it is made of the names"}
    )
    version: Mapped[int] = mapped_column(default=1)

    beneficiary: Mapped[Beneficiary] = relationship(back_populates="identity")

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return " ".join(part for part in (self.usage_name.upper(), self.first_name) if part)


@event.listens_for(Identity, "before_insert")
@event.listens_for(Identity, "before_update")
def _fold(mapper: Any, connection: Any, identity: Identity) -> None:
    """Whoever writes a name, it is found."""
    names = (identity.usage_name, identity.first_name, identity.birth_name)
    identity.folded = fold(" ".join(name for name in names if name))[:FOLDED]


for _statement in sqlite_statements():
    _made = DDL(_statement)  # type: ignore[no-untyped-call]
    event.listen(Identity.__table__, "after_create", _made.execute_if(dialect="sqlite"))
_dropped = DDL(f"DROP TABLE IF EXISTS {INDEX}")  # type: ignore[no-untyped-call]
event.listen(Identity.__table__, "before_drop", _dropped.execute_if(dialect="sqlite"))
_trigrams = DDL("CREATE EXTENSION IF NOT EXISTS pg_trgm")  # type: ignore[no-untyped-call]
event.listen(Identity.__table__, "before_create", _trigrams.execute_if(dialect="postgresql"))
