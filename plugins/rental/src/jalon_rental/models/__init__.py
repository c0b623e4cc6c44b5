"""The bookings, the licences that were checked for them, the exceptions that were made, the contracts."""

from jalon_rental.models.booking import OPEN, PROMISING, TRANSITIONS, Booking, Reason, Side, State
from jalon_rental.models.contract import Contract, Ending
from jalon_rental.models.guard import WAIVABLE, Guard, Waiver
from jalon_rental.models.licence import CheckMode, LicenceCheck, LicenceState

__all__ = [
    "OPEN",
    "PROMISING",
    "TRANSITIONS",
    "WAIVABLE",
    "Booking",
    "CheckMode",
    "Contract",
    "Ending",
    "Guard",
    "LicenceCheck",
    "LicenceState",
    "Reason",
    "Side",
    "State",
    "Waiver",
]
