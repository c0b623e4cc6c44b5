"""The core's own settings of a structure: when it is open, what stands on top of its letters, what it keeps."""

from __future__ import annotations

from dataclasses import dataclass

from jalon.holidays import Region, SchoolZone
from jalon.i18n import _l
from jalon.opening_hours import OpeningHours
from jalon.setting_types import setting

OFFICE = ("9h-12h30, 13h30-17h",) * 5


@dataclass(frozen=True)
class Opening:
    """When the structure receives people."""

    hours: OpeningHours = setting(
        OpeningHours.typed(*OFFICE, "", ""),
        label=_l("Opening hours"),
        help=_l("For instance 9h-12h30, 14h-18h. Leave a day empty when you are closed."),
    )
    closed_on_public_holidays: bool = setting(True, label=_l("Closed on public holidays"))
    region: Region = setting(
        Region.METROPOLE, label=_l("Public holidays of"), help=_l("They are computed: nothing to type.")
    )
    school_zone: SchoolZone = setting(
        SchoolZone.NONE,
        label=_l("School zone"),
        help=_l("School holidays are shown in calendars; they close nothing."),
    )


@dataclass(frozen=True)
class Letterhead:
    """What is printed on top of letters, receipts and contracts."""

    letterhead: str = setting(
        "",
        label=_l("Letterhead"),
        help=_l("Postal address, SIRET number, e-mail address: one line for each, as it must be printed."),
        maximum=600,
        lines=6,
    )


@dataclass(frozen=True)
class Keeping:
    """How long is kept what nobody needs for ever. No longer than a file is kept after the last contact."""

    message_months: int = setting(
        12,
        label=_l("Words of messages"),
        help=_l(
            "Subject, text and address of a message are deleted this long after it left or ended; to whom it went, "
            "when and with what outcome stays."
        ),
        unit=_l("months"),
        minimum=1,
        maximum=24,
    )


CORE_SETTINGS = (Opening, Letterhead, Keeping)
