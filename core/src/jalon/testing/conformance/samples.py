"""A row of each of the core's tables, for checks that need a database with something in it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from jalon import links, structures
from jalon.clock import now
from jalon.models import (
    Commune,
    EnabledModule,
    Link,
    Member,
    MemberRole,
    ModuleEvent,
    Occupation,
    OccupationKind,
    OpenDuty,
    Resource,
    StructureAlias,
)


def core_rows(session: Session, slug: str, number: int) -> dict[str, Any]:
    """Rows of every core table for a structure; table -> id. `session` works across structures."""
    structure = structures.at(session, slug)
    assert structure is not None
    here = {"structure_id": structure.id}
    member = Member(name=f"Sample {number}", **here)
    member.roles = [MemberRole(role="direction", **here)]
    resource = Resource(module="core", kind="room", name=f"Room {number}", **here)
    session.add_all([member, resource])
    session.flush()
    start = now() + timedelta(days=number)
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
        OpenDuty(slug=f"sample{number}", duty="apply_retention", **here),
        Commune(
            insee=f"{90000 + number}", name="Sample", postcodes="00000", population=1, epci="", longitude=2, latitude=48
        ),
    ]
    session.add_all(rows)
    session.flush()
    return {row.__tablename__: getattr(row, "id", None) for row in [member, resource, structure, *rows]}
