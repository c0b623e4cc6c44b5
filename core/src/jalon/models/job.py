"""Work that is done after the page was answered, and when the installation's own upkeep was done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from jalon.clock import real_now
from jalon.db import Base, Owned, Platform, UtcDateTime
from jalon.db.types import choice, one_of
from jalon.i18n import _l
from jalon.named import Named

COMES_WITHIN = timedelta(seconds=15)  # a worker that has nothing else to do


class JobState(Named):
    """Where a job stands."""

    WAITING = "waiting", _l("Waiting")
    RUNNING = "running", _l("Being done")
    DONE = "done", _l("Finished")
    FAILED = "failed", _l("Given up")  # tried as often as it may be
    REFUSED = "refused", _l("Not understood")  # this version of the code knows it no more
    CANCELLED = "cancelled", _l("Cancelled")


JOB_STEPS = frozenset(
    {
        (JobState.WAITING, JobState.RUNNING),
        (JobState.RUNNING, JobState.RUNNING),  # its worker was lost, or its next batch begins
        (JobState.RUNNING, JobState.WAITING),
        (JobState.RUNNING, JobState.DONE),
        (JobState.RUNNING, JobState.FAILED),
        (JobState.RUNNING, JobState.REFUSED),
        (JobState.RUNNING, JobState.CANCELLED),
        (JobState.WAITING, JobState.CANCELLED),
        (JobState.WAITING, JobState.WAITING),  # now instead of later
        (JobState.FAILED, JobState.WAITING),
        (JobState.REFUSED, JobState.WAITING),
        (JobState.CANCELLED, JobState.WAITING),
    }
)


class QueuedJob(Owned, Base):
    """One call of a declared job. `due_at` is from when a worker may take it; of a running one, when its lease ends.

    `run_at` is when it was asked to be done, `user_id` who asked for it or acted on it last, `arguments` and `cursor`
    JSON without any name, `error` a sentence without any name. `finished_at` says that no worker takes it any more.
    """

    __tablename__ = "jalon_job"
    __table_args__ = (
        one_of("state", JobState),
        CheckConstraint("(finished_at IS NULL) = (state IN ('waiting', 'running'))", name="finished"),
        UniqueConstraint("structure_id", "once"),
        Index(
            "ix_jalon_job_due",
            "due_at",
            "id",
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
        Index("ix_jalon_job_listed", "structure_id", "state", "id"),
        Index("ix_jalon_job_finished_at", "finished_at"),
    )
    __unrecorded__: ClassVar[str] = "it is a record of its own: what, when, how often, with what outcome"

    id: Mapped[int] = mapped_column(primary_key=True)
    module: Mapped[str] = mapped_column(String(30))
    name: Mapped[str] = mapped_column(String(80))
    arguments: Mapped[str] = mapped_column(Text, default="{}")
    once: Mapped[str | None] = mapped_column(String(160))
    state: Mapped[JobState] = mapped_column(choice(JobState), default=JobState.WAITING)
    run_at: Mapped[datetime] = mapped_column(UtcDateTime, default=real_now)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, default=real_now)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=real_now)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    worker: Mapped[str | None] = mapped_column(String(40))
    tries: Mapped[int] = mapped_column(default=0)
    cursor: Mapped[str | None] = mapped_column(Text)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    said: Mapped[str] = mapped_column(String(200), default="")
    error: Mapped[str] = mapped_column(String(500), default="")
    user_id: Mapped[int | None] = mapped_column(ForeignKey("jalon_user.id"))

    @property
    def is_left(self) -> bool:
        """Whether it is due and no worker has come for it, nor told why not: all are busy, or none runs."""
        return self.finished_at is None and self.due_at < real_now() - COMES_WITHIN


class Upkeep(Platform, Base):
    """One chore of the whole installation, of no structure: for which time it was done last, and what went wrong."""

    __tablename__ = "jalon_upkeep"
    __write_permission__: ClassVar[str] = "jalon.upkeep.write"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    done_for: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tried_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(String(500), default="")
