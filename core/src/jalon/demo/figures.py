"""The figures of the 280: how many people give each answer, and whom it suits. Source: domain model 7.3."""

from __future__ import annotations

from jalon.demo.dealing import Share
from jalon.demo.somebody import SEEKING, Age, Exit, Licence, Somebody
from jalon.models import Diploma, Employment, Housing, OrganisationKind, Title

SIZE = 280
AT_HOME, ELSEWHERE = Housing.WITH_PARENTS, Housing.WITH_OTHERS
LEARNERS = (Licence.NONE, Licence.LEARNING, Licence.CODE)
DRIVERS = (Licence.B, Licence.B_OFF_ROAD)
# people by age and housing: 93 tenants of social housing, 24 of them young; 94 other young people; 93 others
HOMES: dict[tuple[Age, Housing], int] = {
    (Age.MINOR, Housing.SOCIAL_TENANT): 2,
    (Age.MINOR, AT_HOME): 6,
    (Age.YOUNG, Housing.SOCIAL_TENANT): 22,
    (Age.YOUNG, AT_HOME): 50,
    (Age.YOUNG, ELSEWHERE): 16,
    (Age.YOUNG, Housing.PRIVATE_TENANT): 12,
    (Age.YOUNG, Housing.HOSTEL): 9,
    (Age.YOUNG, Housing.HOMELESS): 1,
    (Age.UNDER_30, Housing.SOCIAL_TENANT): 12,
    (Age.UNDER_30, AT_HOME): 7,
    (Age.UNDER_30, ELSEWHERE): 3,
    (Age.UNDER_30, Housing.PRIVATE_TENANT): 11,
    (Age.UNDER_30, Housing.HOSTEL): 1,
    (Age.UNDER_45, Housing.SOCIAL_TENANT): 36,
    (Age.UNDER_45, AT_HOME): 2,
    (Age.UNDER_45, ELSEWHERE): 7,
    (Age.UNDER_45, Housing.PRIVATE_TENANT): 25,
    (Age.UNDER_45, Housing.OWNER): 5,
    (Age.UNDER_45, Housing.HOSTEL): 1,
    (Age.UNDER_45, Housing.HOMELESS): 2,
    (Age.UNDER_55, Housing.SOCIAL_TENANT): 16,
    (Age.UNDER_55, ELSEWHERE): 4,
    (Age.UNDER_55, Housing.PRIVATE_TENANT): 9,
    (Age.UNDER_55, Housing.OWNER): 5,
    (Age.UNDER_55, Housing.HOSTEL): 1,
    (Age.UNDER_55, Housing.HOMELESS): 1,
    (Age.OLDER, Housing.SOCIAL_TENANT): 5,
    (Age.OLDER, ELSEWHERE): 1,
    (Age.OLDER, Housing.PRIVATE_TENANT): 4,
    (Age.OLDER, Housing.OWNER): 4,
}
TITLES: list[Share[Title, Somebody]] = [Share(Title.MADAM, 150), Share(Title.SIR, 130)]
EMPLOYMENTS: list[Share[Employment, Somebody]] = [
    Share(Employment.STUDYING, 6, lambda s: s.age is Age.MINOR),
    Share(Employment.INACTIVE, 2, lambda s: s.age is Age.MINOR),
    Share(Employment.STUDYING, 8, lambda s: s.age is Age.YOUNG),
    Share(Employment.APPRENTICE, 4, lambda s: s.age in (Age.YOUNG, Age.UNDER_30)),
    Share(Employment.SEEKER_OVER_12, 58, lambda s: not s.young),
    Share(Employment.SEEKER_OVER_12, 16, lambda s: s.age is Age.YOUNG),
    Share(Employment.INACTIVE, 26, lambda s: not s.young),
    Share(Employment.INACTIVE, 12, lambda s: s.age is Age.YOUNG),
    Share(Employment.PERMANENT, 6, lambda s: not s.young),
    Share(Employment.SELF_EMPLOYED, 2, lambda s: not s.young),
    Share(Employment.INSERTION, 10),
    Share(Employment.SHORT, 12),
    Share(Employment.FIXED_6_MONTHS, 6),
    Share(Employment.SEEKER_UNDER_12, 112),
]
POOR = frozenset({*SEEKING, Employment.INACTIVE, Employment.SHORT, Employment.INSERTION})
INCOMES: list[Share[str, Somebody]] = [
    Share("rsa", 96, lambda s: not s.young and s.employment in POOR),
    Share("aah", 12, lambda s: not s.young and not s.employed),
    Share("youth", 44, lambda s: s.age is Age.YOUNG and s.employment in SEEKING),
    Share("are", 30, lambda s: s.employment is Employment.SEEKER_UNDER_12),
    Share("ass", 4, lambda s: s.employment is Employment.SEEKER_OVER_12 and not s.young),
    Share("wage", 20, lambda s: s.employed),
    Share("none", 74),
]
RECOGNISED: list[Share[bool, Somebody]] = [
    Share(True, 8, lambda s: s.income == "aah"),
    Share(True, 16, lambda s: s.income != "aah" and s.age is not Age.MINOR),
    Share(False, SIZE - 24),
]
DIPLOMAS: list[Share[Diploma, Somebody]] = [
    Share(Diploma.LEVEL_5, 28, lambda s: s.age is not Age.MINOR),
    Share(Diploma.LEVEL_4, 50, lambda s: s.age is not Age.MINOR),
    Share(Diploma.LEVEL_3, 74, lambda s: s.age is not Age.MINOR),
    Share(Diploma.BELOW_3, 128),
]
LICENCES: list[Share[Licence, Somebody]] = [
    Share(Licence.AM, 4, lambda s: s.age is Age.MINOR),
    Share(Licence.AM, 10, lambda s: s.age in (Age.YOUNG, Age.UNDER_30)),
    Share(Licence.NONE, 4, lambda s: s.age is Age.MINOR),
    Share(Licence.B_OFF_ROAD, 28),
    Share(Licence.B, 74),
    Share(Licence.LOST, 6, lambda s: not s.young),
    Share(Licence.FOREIGN, 4, lambda s: not s.young),
    Share(Licence.CODE, 18),
    Share(Licence.LEARNING, 32),
    Share(Licence.NONE, 100),
]
RENTERS: list[Share[str, Somebody]] = [
    Share("plateforme", 27, lambda s: s.licence in DRIVERS),
    Share("plateforme", 3, lambda s: s.licence is Licence.AM),
    Share("relais", 33, lambda s: s.licence in DRIVERS),
    Share("relais", 9, lambda s: s.licence is Licence.AM),
    Share("plateforme", 9, lambda s: s.licence in LEARNERS and s.age is not Age.MINOR),
    Share("relais", 9, lambda s: s.licence in LEARNERS and s.age is not Age.MINOR),
    Share("", SIZE - 90),
]


def _helped(count: int, *slugs: str, learner: bool = False) -> Share[frozenset[str], Somebody]:
    """So many people are helped by exactly these modules; a licence is prepared by those who have none."""
    rents = "rental" in slugs

    def fits(somebody: Somebody) -> bool:
        grown_learner = somebody.licence in LEARNERS and somebody.age is not Age.MINOR
        return bool(somebody.rents_at) == rents and (grown_learner or not learner)

    return Share(frozenset(slugs), count, fits)


SERVICES: list[Share[frozenset[str], Somebody]] = [
    _helped(2, "permis", "rental", learner=True),
    _helped(2, "permis", "transport", "training", learner=True),
    _helped(4, "permis", "transport", learner=True),
    _helped(10, "permis", "training", learner=True),
    _helped(8, "permis", learner=True),
    _helped(2, "rental", "transport", "training"),
    _helped(8, "rental", "transport"),
    _helped(20, "rental", "training"),
    _helped(58, "rental"),
    _helped(14, "transport", "training"),
    _helped(36, "transport"),
    _helped(74, "training"),
    _helped(42),
]
RUN_AT = {"transport": "tremplin", "training": "scop", "permis": "scop"}
KIND = OrganisationKind


def rents(somebody: Somebody) -> bool:
    return bool(somebody.rents_at)


REFERRED: list[Share[OrganisationKind | None, Somebody]] = [
    Share(KIND.CAP_EMPLOI, 6, lambda s: s.recognised),
    Share(KIND.SIAE, 10, lambda s: s.employment is Employment.INSERTION),
    Share(KIND.SOCIAL_LANDLORD, 6, lambda s: s.housing is Housing.SOCIAL_TENANT),
    Share(KIND.MISSION_LOCALE, 76, lambda s: s.young),
    Share(KIND.FRANCE_TRAVAIL, 50, lambda s: s.employment in SEEKING and s.income != "rsa"),
    Share(KIND.DEPARTMENT, 12, lambda s: s.income == "rsa" and s.employment is Employment.INACTIVE),
    Share(KIND.DEPARTMENT, 36, lambda s: s.income == "rsa"),
    Share(KIND.FRANCE_TRAVAIL, 34, lambda s: s.employment in SEEKING),
    Share(KIND.SIAE, 16),
    Share(KIND.CCAS, 12),
    Share(KIND.TOWN_HALL, 6),
    Share(KIND.TRAINING, 10),
    Share(KIND.SECOND_CHANCE, 2),
    Share(None, 4),
]
LAST_TO_LEAVE = 10  # month of entry of who leaves in the same year
OPEN_RENTERS: list[
    Share[Exit | None, Somebody]
] = [  # enough of them for the live week: who can drive, who can ride, who needs no licence
    Share(None, 8, lambda s: s.rents_at == "plateforme" and s.licence in DRIVERS),
    Share(None, 2, lambda s: s.rents_at == "plateforme" and s.licence is Licence.AM),
    Share(None, 6, lambda s: s.rents_at == "plateforme" and s.licence in LEARNERS),
    Share(None, 8, lambda s: s.rents_at == "relais" and s.licence in DRIVERS),
    Share(None, 4, lambda s: s.rents_at == "relais" and s.licence is Licence.AM),
    Share(None, 6, lambda s: s.rents_at == "relais" and s.licence in LEARNERS),
]
EXITS: list[Share[Exit | None, Somebody]] = [
    *OPEN_RENTERS,
    Share(Exit.JOB_KEPT, 12, lambda s: s.employed and s.entered.month <= LAST_TO_LEAVE),
    Share(None, 48, lambda s: not s.rents_at and s.entered.month > LAST_TO_LEAVE),
    Share(None, 22, lambda s: not s.rents_at),
    Share(Exit.TRAINING, 20, lambda s: not s.employed and s.employment is not Employment.STUDYING),
    Share(Exit.LASTING_JOB, 22, lambda s: not s.employed and s.age is not Age.MINOR),
    Share(Exit.SHORT_JOB, 30, lambda s: not s.employed and s.age is not Age.MINOR),
    Share(Exit.AUTONOMY, 36, lambda s: not s.employed),
    Share(Exit.MOVED, 10, lambda s: not s.employed),
    Share(Exit.OTHER, 12, lambda s: not s.employed),
    Share(Exit.LOST_TOUCH, 34),
]
SEASON = {1: 10, 2: 8, 3: 10, 4: 8, 5: 7, 6: 8, 7: 5, 8: 3, 9: 13, 10: 11, 11: 10, 12: 7}  # % of the year's requests
RENTERS_BY_MONTH: list[Share[int, Somebody]] = [  # every vehicle finds somebody for its first contract
    Share(1, 7, lambda s: s.rents_at == "plateforme" and s.licence in DRIVERS),
    Share(1, 3, lambda s: s.rents_at == "plateforme" and s.licence is Licence.AM),
    Share(1, 8, lambda s: s.rents_at == "relais" and s.licence in DRIVERS),
    Share(1, 7, lambda s: s.rents_at == "relais" and s.licence is Licence.AM),
    Share(1, 1, lambda s: s.rents_at == "plateforme" and s.licence in LEARNERS),
    Share(1, 1, lambda s: s.rents_at == "relais" and s.licence in LEARNERS),
    Share(2, 5, lambda s: s.rents_at == "plateforme" and s.licence in LEARNERS),
    Share(2, 5, lambda s: s.rents_at == "relais" and s.licence in LEARNERS),
    Share(4, 3, lambda s: s.rents_at == "plateforme" and s.licence in LEARNERS),
    Share(4, 3, lambda s: s.rents_at == "relais" and s.licence in LEARNERS),
    *(Share(month, n, rents) for month, n in ((2, 6), (3, 9), (4, 4), (5, 8), (6, 8), (7, 5), (8, 2), (9, 5))),
]
