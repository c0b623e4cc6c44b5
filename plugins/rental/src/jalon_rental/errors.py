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


class VehicleStillBooked(DomainError):
    """The vehicle is promised or out."""

    message = _l(
        "This vehicle is still booked or out (bookings: %(count)s, the first on %(date)s): move or cancel them first."
    )


class NotChangeable(DomainError):
    """What is over is not rewritten."""

    message = _l("A booking that is “%(state)s” can no longer be changed.")
