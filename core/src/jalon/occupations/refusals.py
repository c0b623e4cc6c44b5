"""What the engine refuses, each with its own sentence."""

from __future__ import annotations

from jalon.db import explains
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models.overlap import FACT, PROMISE


@explains("ck_jalon_occupation_period")
class BadPeriod(DomainError):
    """The end is not after the start."""

    field = "ends_at"
    message = _l("The end must come after the start.")


@explains(PROMISE)
class ResourceTaken(DomainError):
    """The resource is already promised for a part of the period."""

    field = "starts_at"
    message = _l("It is already taken for a part of this period.")


class StillPromised(ResourceTaken):
    """An unavailability or a withdrawal would break promises; `conflicts` lists them."""

    message = _l("It is promised then, or out: move or cancel that first.")


@explains(FACT)
class StillOut(DomainError):
    """The resource has not come back from an earlier use."""

    field = "starts_at"
    message = _l("It has not come back yet from an earlier use.")


class NotUsable(DomainError):
    """The period leaves the dates between which the resource can be used."""

    field = "starts_at"
    message = _l("It cannot be used during the whole of this period.")


class ResourceArchived(NotUsable):
    """The resource was taken out of use."""

    message = _l("It was taken out of use and can no longer be booked.")


class UnknownResource(DomainError):
    """No such resource in this structure."""

    message = _l("This does not exist, or no longer.")


class ChangedMeanwhile(DomainError):
    """Somebody else moved the promise while this waited for its turn."""

    message = _l("Somebody else has just moved it: look at it again.")


class BufferNeedsReason(DomainError):
    """The time kept after a use was shortened without saying why."""

    field = "buffer_reason"
    message = _l("Say why the preparation time is shortened.")


class HoldExpired(DomainError):
    """The option was not confirmed in time."""

    message = _l("The option has expired: book again.")


class AlreadyReleased(DomainError):
    """The occupation promises nothing any more."""

    message = _l("It was already released.")


class AlreadyDeparted(DomainError):
    """The resource has already left."""

    message = _l("It has already left.")


class PromiseOver(DomainError):
    """A departure after the end of the promise."""

    message = _l("The end of this period is past: move it before it can leave.")


@explains("ck_jalon_occupation_return_has_departure")
class NotDeparted(DomainError):
    """A return without a departure."""

    message = _l("It has not left yet.")


class AlreadyReturned(DomainError):
    """A second return, or a change to what is over."""

    message = _l("It has already come back.")


@explains("ck_jalon_occupation_return_after_departure")
class ReturnBeforeDeparture(DomainError):
    """The return is not after the departure."""

    field = "returned_at"
    message = _l("The return must come after the departure.")
