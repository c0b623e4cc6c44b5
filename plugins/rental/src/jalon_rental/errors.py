"""What rental refuses."""

from jalon.db import explains
from jalon.errors import DomainError
from jalon_rental.i18n import _l


class TransitionRefused(DomainError):
    """The booking's state does not allow this step."""

    message = _l("A booking that is “%(state)s” cannot become “%(wanted)s”.")


@explains("ck_rental_booking_renter")
class RenterNeeded(DomainError):
    """Nobody is named."""

    field = "renter_name"
    message = _l("Say who rents.")


class FollowerLeft(DomainError):
    """Who should follow the booking no longer works here."""

    field = "member"
    message = _l("This person no longer works here: choose somebody else.")


class VehicleStillBooked(DomainError):
    """The vehicle is promised or out."""

    message = _l(
        "This vehicle is still booked or out (bookings: %(count)s, the first on %(date)s): move or cancel them first."
    )


class NotChangeable(DomainError):
    """What is over is not rewritten."""

    message = _l("A booking that is “%(state)s” can no longer be changed.")


class TooLong(DomainError):
    """Longer than the structure lends its vehicles."""

    field = "ends_at"
    message = _l("A rental lasts %(days)s days at most: the vehicle must be back by %(date)s.")


class ClosedAtStart(DomainError):
    """Nobody is there to hand the vehicle over."""

    field = "starts_at"
    message = _l("You are closed at that time: %(day)s.")


class ClosedAtEnd(DomainError):
    """Nobody is there to take the vehicle back."""

    field = "ends_at"
    message = _l("You are closed at that time: %(day)s.")
