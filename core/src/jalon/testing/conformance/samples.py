"""A row of each of the core's tables, for checks that need a database with something in it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import links, structures
from jalon.clock import now
from jalon.models import (
    AccessEntry,
    AccountEvent,
    AccountLink,
    Attempt,
    Closure,
    Commune,
    EnabledModule,
    HistoryEntry,
    HistoryValue,
    Link,
    Logo,
    Member,
    MemberChange,
    MemberEvent,
    MemberRole,
    ModuleEvent,
    Occupation,
    OccupationKind,
    OpenDuty,
    OpenSession,
    QueuedJob,
    RecoveryCode,
    Resource,
    SchoolHoliday,
    Setting,
    StructureAlias,
    Upkeep,
    User,
)
from jalon.testing.conformance.persons import rows_about_persons


def core_rows(session: Session, slug: str, number: int) -> dict[str, Any]:
    """Rows of every core table for a structure; table -> id. `session` works across structures."""
    structure = structures.at(session, slug)
    assert structure is not None
    here = {"structure_id": structure.id}
    member = Member(name=f"Somebody {number}", **here)
    member.roles = [MemberRole(role="direction", **here)]
    resource = Resource(module="core", kind="room", name=f"Room {number}", **here)
    session.add_all([member, resource])
    session.flush()
    start = now() + timedelta(days=number)
    commune = Commune(
        insee=f"{90000 + number}", name="Sample", postcodes="00000", population=1, epci="", longitude=2, latitude=48
    )
    rows: list[Any] = [
        Occupation(
            resource_id=resource.id,
            module="core",
            kind=OccupationKind.USE,
            starts_at=start,
            ends_at=start + timedelta(hours=1),
            blocked_until=start + timedelta(hours=1),
            **here,
        ),
        Link(
            digest=links._digest(f"sample {number}"),
            module="core",
            purpose="sample",
            subject_table="jalon_resource",
            subject_id=resource.id,
            **here,
        ),
        EnabledModule(slug=f"sample{number}", **here),
        ModuleEvent(slug=f"sample{number}", action="enabled", actor_name="Sample", **here),
        StructureAlias(slug=f"sample-{number}", **here),
        MemberEvent(member_id=member.id, kind=MemberChange.JOINED, actor_name="Sample", **here),
        OpenDuty(slug=f"sample{number}", duty="apply_retention", **here),
        QueuedJob(module="core", name="jalon.retention", once=f"jalon.retention:sample{number}", **here),
        Upkeep(name=f"sample{number}"),
        commune,
    ]
    user = User(email=f"sample{number}@sample.example", name=f"Sample {number}")
    session.add_all([user, commune])
    session.flush()
    rows += _of_an_account(user, number) + _of_a_structure(session, structure.id, number)
    rows += rows_about_persons(session, structure, number, member=member, user=user, commune=commune)
    session.add_all(rows)
    session.flush()
    return {row.__tablename__: getattr(row, "id", None) for row in [member, resource, structure, *rows]}


def _of_an_account(user: User, number: int) -> list[Any]:
    digest = f"sample {number}"
    return [
        Attempt(key=digest),
        OpenSession(digest=digest, user_id=user.id, device="sample"),
        AccountLink(digest=digest, user_id=user.id, purpose="reset", expires_at=now()),
        RecoveryCode(digest=digest, user_id=user.id),
        AccountEvent(user_id=user.id, kind="signed_in"),
    ]


def _of_a_structure(session: Session, structure_id: int, number: int) -> list[Any]:
    here = {"structure_id": structure_id}
    day = date(2031, 1, 1) + timedelta(days=number)
    entry = HistoryEntry(
        actor_name="Sample", origin="form", action="created", subject_table="jalon_member", subject_id=number, **here
    )
    entry.fields = [HistoryValue(field="name", label="Name", after="Sample", **here)]
    drawn = session.scalar(select(Logo.id).where(Logo.structure_id == structure_id))
    logo = [] if drawn else [Logo(png=b"sample", width=1, height=1, **here)]  # one for each structure
    return [
        *logo,
        entry,
        AccessEntry(actor_name="Sample", permission="core.sample", subject_table="jalon_member", **here),
        Setting(module="core", key="sample", value="1", valid_from=day, **here),
        Closure(name=f"Sample {number}", first_day=day, last_day=day, **here),
        SchoolHoliday(zone="Z", name="Sample", first_day=day, last_day=day),
    ]
