"""What rental refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jalon.db import explains
from jalon.errors import DomainError
from jalon_rental.i18n import _l

if TYPE_CHECKING:
    from jalon_rental.models import Guard


class TransitionRefused(DomainError):
    """The booking's state does not allow this step."""

    message = _l("A booking that is “%(state)s” cannot become “%(wanted)s”.")


@explains("ck_rental_booking_person")
class RenterNeeded(DomainError):
    """Nobody is chosen."""

    field = "beneficiary"
    message = _l("Say who rents: look for the person, then choose among those found.")


@explains("ck_rental_booking_renter")
class NameUnreadable(DomainError):
    """The name typed before persons were known cannot be read."""

    message = _l("The renter’s name cannot be read.")


@explains("ck_rental_booking_wish")
class WishNeeded(DomainError):
    """Neither a vehicle nor a kind."""

    field = "category"
    message = _l("Say which kind of vehicle is wished for.")


@explains("ck_rental_booking_vehicle")
class VehicleNeeded(DomainError):
    """Only a request may be without vehicle."""

    field = "vehicle"
    message = _l("Choose a vehicle; without one, keep it as a request.")


@explains("ck_rental_booking_refusal")
class ReasonNeeded(DomainError):
    """A refusal says why: unmet requests are counted by reason."""

    field = "reason"
    message = _l("Say why the request is refused.")


class FileClosed(DomainError):
    """The structure no longer accompanies the person."""

    field = "beneficiary"
    message = _l("The file of this person is closed in your structure: open it again first.")


class PersonGone(DomainError):
    """Nobody rents any more."""

    field = "beneficiary"
    message = _l("The file of this person is “%(state)s”: no vehicle can be lent.")


class PersonNeeded(DomainError):
    """A vehicle is handed to a person whose right to drive is known."""

    message = _l("This booking has only a name: choose the person in the form below before the vehicle leaves.")


class WaiverReasonNeeded(DomainError):
    """An exception says why."""

    field = "reason"
    message = _l("Say why an exception is made: it is kept with the booking.")


class NotWaivable(DomainError):
    """The law's, or the insurer's."""

    message = _l("No exception can be made to this rule: “%(guard)s”.")


class VerifiedLater(DomainError):
    """A licence is verified before it is noted."""

    field = "verified_on"
    message = _l("A check is noted once it is made: this day is still to come.")


@explains("ck_rental_licence_check_adcs_number")
class NumberNeeded(DomainError):
    """A certificate has a number."""

    field = "adcs_number"
    message = _l("Copy the number of the certificate (ADCS).")


@explains("ck_rental_licence_check_obtained_on")
class ObtainedLater(DomainError):
    """The licence would be younger than its check."""

    field = "obtained_on"
    message = _l("The licence cannot have been obtained after the check.")


class CategoriesNeeded(DomainError):
    """A valid licence is valid for something."""

    field = "categories"
    message = _l("Tick the categories that are valid.")


class Held(DomainError):
    """A guard of domain model 3.1 does not let the booking pass."""

    message = _l("%(sentence)s")

    def __init__(self, guard: Guard, sentence: object, field: str) -> None:
        super().__init__(sentence=sentence)
        self.guard = guard
        self.field = field  # type: ignore[misc]


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


class NoteTooLong(DomainError):
    """What was typed of a booking waits in the browser, which keeps little."""

    field = "note"
    message = _l(
        "This note is too long to wait while a person is added: 1,500 characters at most. Shorten it, or add the "
        "person from the list of persons first."
    )


class ContractTooSoon(DomainError):
    """Nothing is promised yet."""

    message = _l("A contract is made once the vehicle is booked.")


class ContractTooLate(DomainError):
    """The rental is over, or was given up."""

    message = _l("The rental is over: no contract is made any more.")


class RenterHidden(DomainError):
    """What the contract says of the person stands in a file that is closed or protected."""

    message = _l("The file of this person is closed or protected for you: a member who reads it makes the contract.")


class CodeUnknown(DomainError):
    """A line of a list names nobody whom the structure knows."""

    field = "beneficiary"
    message = _l("Nobody here has this code: it stands on the person’s page, as in B-2026-00012.")
