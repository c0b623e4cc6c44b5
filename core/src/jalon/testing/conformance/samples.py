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
    BulkChange,
    Closure,
    Commune,
    EnabledModule,
    Export,
    HistoryEntry,
    HistoryValue,
    Import,
    ImportRow,
    Link,
    Logo,
    Member,
    MemberChange,
    MemberEvent,
    MemberRole,
    MessageText,
    ModuleEvent,
    Number,
    Occupation,
    OccupationKind,
    OpenDuty,
    OpenSession,
    QueuedJob,
    RecoveryCode,
    Resource,
    RowState,
    SavedView,
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
    member = Member(name=f"Somebody {number}", structure_id=structure.id)
    member.roles = [MemberRole(role="direction", structure_id=structure.id)]
    resource = Resource(module="core", kind="room", name=f"Room {number}", structure_id=structure.id)
    user, commune = User(email=f"sample{number}@sample.example", name=f"Sample {number}"), _commune(number)
    session.add_all([member, resource, user, commune])
    session.flush()
    rows = [
        *_of_a_resource(resource, number),
        *_of_a_member(member),
        *_of_an_account(user, number),
        *_of_modules(structure.id, number),
        *_of_a_structure(session, structure.id, number),
        *rows_about_persons(session, structure, number, member=member, user=user, commune=commune),
    ]
    session.add_all(rows)
    session.flush()
    return {row.__tablename__: getattr(row, "id", None) for row in [member, resource, structure, commune, *rows]}


def _commune(number: int) -> Commune:
    return Commune(
        insee=f"{90000 + number}", name="Sample", postcodes="00000", population=1, epci="", longitude=2, latitude=48
    )


def _of_a_resource(resource: Resource, number: int) -> list[Any]:
    here = {"structure_id": resource.structure_id, "module": "core"}
    start, end = (now() + timedelta(days=number, hours=hours) for hours in (0, 1))
    use = {"kind": OccupationKind.USE, "starts_at": start, "ends_at": end, "blocked_until": end}
    subject = {"subject_table": "jalon_resource", "subject_id": resource.id}
    return [
        Occupation(resource_id=resource.id, **use, **here),
        Link(digest=links._digest(f"sample {number}"), purpose="sample", **subject, **here),
    ]


def _of_a_member(member: Member) -> list[Any]:
    joined = {"kind": MemberChange.JOINED, "actor_name": "Sample"}
    return [MemberEvent(member_id=member.id, structure_id=member.structure_id, **joined)]


def _of_modules(structure_id: int, number: int) -> list[Any]:
    here = {"structure_id": structure_id, "slug": f"sample{number}"}
    return [
        EnabledModule(**here),
        ModuleEvent(action="enabled", actor_name="Sample", **here),
        OpenDuty(duty="apply_retention", **here),
        QueuedJob(
            module="core", name="jalon.retention", once=f"jalon.retention:sample{number}", structure_id=structure_id
        ),
        Upkeep(name=f"sample{number}"),
        Number(module="core", name="jalon.erasure", year=2000 + number, last=number, structure_id=structure_id),
        MessageText(
            module="core", template=f"jalon.sample{number}", subject="Sample", body="Sample", structure_id=structure_id
        ),
    ]


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
    run = Import(
        importable="organisations", file_name=f"Sample {number}", digest="sample", actor_name="Sample", lines=1, **here
    )
    session.add(run)
    session.flush()
    return [
        *logo,
        run,
        ImportRow(import_id=run.id, line=number, state=RowState.REFUSED, **here),
        Export(importable="organisations", kind="csv", reason="sample", rows=1, actor_name="Sample", **here),
        entry,
        SavedView(screen="jalon_admin_organisation", name=f"Sample {number}", query="show=active", **here),
        BulkChange(screen="jalon_admin_organisation", said="Sample", touched=1, actor_name="Sample", **here),
        StructureAlias(slug=f"sample-{number}", **here),
        AccessEntry(actor_name="Sample", permission="core.sample", subject_table="jalon_member", **here),
        Setting(module="core", key="sample", value="1", valid_from=day, **here),
        Closure(name=f"Sample {number}", first_day=day, last_day=day, **here),
        SchoolHoliday(zone="Z", name="Sample", first_day=day, last_day=day),
    ]
