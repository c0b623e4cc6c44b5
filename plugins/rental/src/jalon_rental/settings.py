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
    option_hours: int = setting(
        48,
        label=_l("An option is kept for"),
        unit=_l("hours"),
        minimum=1,
        maximum=240,
        help=_l("Afterwards the vehicle is free again by itself."),
    )
    licence_check_months: int = setting(
        4,
        label=_l("A check of the licence is good for"),
        unit=_l("months"),
        minimum=1,
        maximum=12,
        help=_l("Older ones are made again before a vehicle is handed over."),
    )
    papers_must_be_noted: bool = setting(
        False,
        label=_l("No departure while a paper of the vehicle is not noted"),
        help=_l("Otherwise a vehicle whose inspection or insurance nobody noted is only marked “to check”."),
    )
    contract_conditions: str = setting(
        "",
        label=_l("Conditions of the contract"),
        help=_l("Printed on every contract made from that day on; those made before keep the text of their day."),
        maximum=6000,
        lines=14,
    )
    contract_needed: bool = setting(
        False,
        label=_l("No departure without a contract"),
        help=_l("Otherwise a departure without contract is only marked “to check”."),
    )
