"""What a structure may decide about its fleet."""

from __future__ import annotations

from dataclasses import dataclass

from jalon.setting_types import setting
from jalon_fleet.i18n import _l


@dataclass(frozen=True)
class FleetSettings:
    """When somebody is told that a paper must be renewed."""

    papers_days: int = setting(
        30,
        label=_l("A task is made when a paper of a vehicle ends within"),
        unit=_l("days"),
        minimum=1,
        maximum=180,
        help=_l("One task for each inspection or insurance; noting the new paper ticks it."),
    )
