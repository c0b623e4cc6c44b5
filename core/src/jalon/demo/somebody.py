"""One of the people whom the demo's structures helped, and the words that describe them."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date

from jalon.models import Diploma, Employment, Housing, OrganisationKind, Title

SEEKING = frozenset({Employment.SEEKER_UNDER_12, Employment.SEEKER_OVER_12})
EMPLOYED = frozenset(Employment) - SEEKING - {Employment.INACTIVE, Employment.STUDYING}


class Age(enum.Enum):
    """Years of age of the first and of the last, both on 1 January and on 31 December of the closed year."""

    MINOR = (16, 17)
    YOUNG = (18, 25)
    UNDER_30 = (26, 29)
    UNDER_45 = (30, 44)
    UNDER_55 = (45, 54)
    OLDER = (55, 63)


class Licence(enum.Enum):
    """What somebody may drive on entry."""

    NONE = "none"
    LEARNING = "learning"
    CODE = "code"
    B = "b"
    B_OFF_ROAD = "b_off_road"
    AM = "am"
    LOST = "lost"
    FOREIGN = "foreign"


class Exit(enum.Enum):
    """How an accompaniment ended. The first four are what the FSE+ calls positive."""

    LASTING_JOB = "lasting_job"
    SHORT_JOB = "short_job"
    TRAINING = "training"
    JOB_KEPT = "job_kept"
    AUTONOMY = "autonomy"
    LOST_TOUCH = "lost_touch"
    MOVED = "moved"
    OTHER = "other"


@dataclass
class Somebody:
    """One of the 280. `services` are slugs of modules; `rents_at` the structure that rents, when one does."""

    number: int
    age: Age
    housing: Housing
    title: Title = Title.NEUTRAL
    usage_name: str = ""
    first_name: str | None = ""
    birth_date: date = date.min
    employment: Employment = Employment.INACTIVE
    income: str = "none"
    recognised: bool = False
    diploma: Diploma = Diploma.BELOW_3
    licence: Licence = Licence.NONE
    rents_at: str = ""
    services: frozenset[str] = frozenset()
    referred_by: OrganisationKind | None = None
    insee: str = ""
    in_priority_district: bool = False
    exit: Exit | None = None
    entered: date = date.min
    left: date | None = None
    phone: str | None = None
    email: str | None = None
    street: str = ""
    planted: int | None = None  # number of the case of domain model 7.5
    away: tuple[date, date] | None = None  # last day of a first period, first day of the second
    came_from: str | None = None  # INSEE code of the commune where they lived on entry
    moved_on: date | None = None

    @property
    def young(self) -> bool:
        """Under 26."""
        return self.age in (Age.MINOR, Age.YOUNG)

    @property
    def employed(self) -> bool:
        return self.employment in EMPLOYED
