"""The bookings, the licences that were checked for them, and the exceptions that were made."""

from jalon_rental.models.booking import OPEN, PROMISING, TRANSITIONS, Booking, Reason, Side, State
from jalon_rental.models.guard import WAIVABLE, Guard, Waiver
from jalon_rental.models.licence import CheckMode, LicenceCheck, LicenceState

__all__ = [
    "OPEN",
    "PROMISING",
    "TRANSITIONS",
    "WAIVABLE",
    "Booking",
    "CheckMode",
    "Guard",
    "LicenceCheck",
    "LicenceState",
    "Reason",
    "Side",
    "State",
    "Waiver",
]
