"""The fleet on the dashboard: how many vehicles there are, and whose papers are to be looked after."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jalon.declarations import Act, Card, CardList, Line
from jalon.models import Resource
from jalon.scope import scope_of
from jalon_fleet import papers
from jalon_fleet.i18n import _, ngettext
from jalon_fleet.models import Vehicle

SHOWN = 6
VEHICLES, READ, WRITE = "jalon_admin_fleet_vehicle.index_view", "fleet.read", "fleet.write"


def cards(session: Session) -> Sequence[Card]:
    """How many vehicles the fleet has, and of how many a paper is to be looked after: one query."""
    there = func.count().filter(Resource.archived_at.is_(None))
    query = select(there, func.count().filter(papers.to_look_after(session)))
    count, lacking = session.execute(query.select_from(Vehicle).join(Vehicle.resource)).one()
    detail = (
        ngettext("papers of %(n)s to look after", "papers of %(n)s to look after", lacking)
        if lacking
        else _("all their papers are valid")
        if count
        else ""
    )
    tone = "warn" if lacking else ""
    label = _("Vehicles in the fleet")
    return [Card(label, count, VEHICLES, READ, values={"show": "in"}, tone=tone, icon="car", detail=detail)]


def lists(session: Session) -> Sequence[CardList]:
    """Papers that are over, that end soon, that were never noted; three queries."""
    if not scope_of(session).may(READ):
        return []
    query = select(func.count()).select_from(Vehicle).where(papers.to_look_after(session))
    count = session.scalar(query) or 0
    rows = papers.most_urgent(session, limit=SHOWN) if count else []
    known = papers.expiries(session, [vehicle.id for vehicle in rows])
    return [
        CardList(
            "fleet.papers",
            _("Papers of the vehicles"),
            count,
            [_line(session, vehicle, papers.told(session, vehicle, known[vehicle.id])) for vehicle in rows],
            VEHICLES,
            READ,
            _("Every inspection and insurance is valid for two months at least."),
            values={"show": "papers"},
            icon="file-warning",
            first_for=("agent_location",),
            order=50,
        )
    ]


def _line(session: Session, vehicle: Vehicle, told: tuple[str, str] | None) -> Line:
    tone, words = told or ("", "")
    page = "edit_view" if scope_of(session).may(WRITE) else "details_view"
    return Line(
        str(vehicle),
        detail=words,
        endpoint=f"jalon_admin_fleet_vehicle.{page}",
        permission=READ,
        values={"id": vehicle.id},
        said=_("Over") if tone == "bad" else _("To look after"),
        tone=tone,
        act=Act(_("Note the paper"), "jalon_admin_fleet_vehicle.edit_view", WRITE, {"id": vehicle.id}),
    )
