"""What the fleet refuses."""

from jalon.db import explains
from jalon.errors import DomainError
from jalon_fleet.i18n import _l


class BadPlate(DomainError):
    """The plate is neither of the current French series nor of the former one."""

    field = "plate"
    message = _l("A plate reads AB-123-CD, or 1234 AB 91 for an older vehicle.")


class PlateNeeded(DomainError):
    """A motor vehicle without plate."""

    field = "plate"
    message = _l("A motor vehicle has a plate.")


class IdentityNeeded(DomainError):
    """A cycle without anything to tell it from the others."""

    field = "serial_number"
    message = _l("Give the serial number or the marking of a cycle.")


@explains("ck_fleet_vehicle_make")
class MakeNeeded(DomainError):
    """Nothing that can be read says who made it."""

    field = "make"
    message = _l("Say the make of the vehicle.")


@explains("ck_fleet_vehicle_model")
class ModelNeeded(DomainError):
    """Nothing that can be read says which model it is."""

    field = "model"
    message = _l("Say the model of the vehicle.")


@explains("uq_fleet_vehicle_structure_id_plate")
class PlateTaken(DomainError):
    """Another vehicle of the structure has this plate."""

    field = "plate"
    message = _l("Another vehicle of the structure already has this plate.")


@explains("uq_fleet_vehicle_structure_id_serial_number")
class SerialTaken(DomainError):
    """Another vehicle of the structure has this serial number."""

    field = "serial_number"
    message = _l("Another vehicle of the structure already has this number.")


class VehicleRetired(DomainError):
    """The vehicle is already out of the fleet."""

    message = _l("This vehicle has already left the fleet.")


class PaperSeenLater(DomainError):
    """A paper is noted when it has been seen."""

    field = "seen_on"
    message = _l("A paper is noted once somebody has seen it: this day is still to come.")


class PaperTooFar(DomainError):
    """No inspection or insurance lasts so long, or it is over for years."""

    field = "valid_until"
    message = _l("Check the year: no inspection or insurance is valid until then.")


@explains("ck_fleet_vehicle_minimum_age")
class AgeUnlikely(DomainError):
    """Nobody's minimum age."""

    field = "minimum_age"
    message = _l("The minimum age lies between 14 and 99 years.")


@explains("ck_fleet_vehicle_licence_years")
class SeniorityUnlikely(DomainError):
    """No seniority of a licence."""

    field = "licence_years"
    message = _l("The years of licence lie between 0 and 50.")
