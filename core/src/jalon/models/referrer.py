"""Prescripteurs: the people of organisations who refer, and where each of them worked when."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.db import Base, Platform
from jalon.models.organisation import Organisation

PROFESSIONAL = {"personal": "names or reaches somebody at work"}


class Referrer(Platform, Base):
    """A prescripteur. `folded` is what search compares. Never deleted: gone from a day on."""

    __tablename__ = "jalon_referrer"
    __table_args__ = (Index("ix_jalon_referrer_folded", "folded"),)
    __write_permission__: ClassVar[str] = "jalon.organisations.write"

    id: Mapped[int] = mapped_column(primary_key=True)
    last_name: Mapped[str] = mapped_column(String(80), info={**PROFESSIONAL, "erased_as": "text:—"})
    first_name: Mapped[str | None] = mapped_column(String(80), info=PROFESSIONAL)
    email: Mapped[str | None] = mapped_column(String(254), index=True, info=PROFESSIONAL)
    phone: Mapped[str | None] = mapped_column(String(20), info=PROFESSIONAL)
    authorised: Mapped[bool] = mapped_column(default=True)
    charter_signed_on: Mapped[date | None] = mapped_column(Date)
    left_on: Mapped[date | None] = mapped_column(Date)
    folded: Mapped[str] = mapped_column(String(250), info={**PROFESSIONAL, "erased_as": "text:"})
    is_demo: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    posts: Mapped[list[ReferrerPost]] = relationship(
        back_populates="referrer", order_by="ReferrerPost.first_day.desc()"
    )

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return " ".join(part for part in (self.last_name.upper(), self.first_name) if part)


class ReferrerPost(Platform, Base):
    """Where a prescripteur worked, from a day to a day, both included; an open one is where they work now."""

    __tablename__ = "jalon_referrer_post"
    __table_args__ = (
        CheckConstraint("first_day <= last_day", name="period"),
        Index("ix_jalon_referrer_post_referrer_id", "referrer_id", "first_day"),
    )
    __write_permission__: ClassVar[str] = "jalon.organisations.write"

    id: Mapped[int] = mapped_column(primary_key=True)
    referrer_id: Mapped[int] = mapped_column(ForeignKey("jalon_referrer.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("jalon_organisation.id"), index=True)
    job_title: Mapped[str | None] = mapped_column(String(80))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date | None] = mapped_column(Date)

    referrer: Mapped[Referrer] = relationship(back_populates="posts")
    organisation: Mapped[Organisation] = relationship()
