"""Rules of bookings: promising, changing, giving up, handing over, taking back."""

from jalon_rental.bookings.people import followed_by, following, forget_renters, pass_on, renting
from jalon_rental.bookings.promise import MODULE, book, change, give, swap
from jalon_rental.bookings.questions import expired, free_vehicles, has_expired, is_late, refuse_withdrawal, waived
from jalon_rental.bookings.steps import allow, become, cancel, give_up, hand_over, no_show, take_back

__all__ = [
    "MODULE",
    "allow",
    "become",
    "book",
    "cancel",
    "change",
    "expired",
    "followed_by",
    "following",
    "forget_renters",
    "free_vehicles",
    "give",
    "give_up",
    "hand_over",
    "has_expired",
    "is_late",
    "no_show",
    "pass_on",
    "refuse_withdrawal",
    "renting",
    "swap",
    "take_back",
    "waived",
]
