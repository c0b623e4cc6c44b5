"""What a structure may decide about its rentals."""

from __future__ import annotations

from dataclasses import dataclass

from jalon.setting_types import setting
from jalon_rental.i18n import _l


@dataclass(frozen=True)
class RentalSettings:
    """Limits of a booking."""

    longest_days: int = setting(
        92,
        label=_l("Longest rental"),
        unit=_l("days"),
        minimum=1,
        maximum=366,
        help=_l("A longer booking is refused."),
    )
    only_when_open: bool = setting(
        False,
        label=_l("Departures and returns during opening hours only"),
        help=_l("Otherwise a vehicle may leave or come back at any hour, with a key box for instance."),
    )
