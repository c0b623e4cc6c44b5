"""A person's situation on a day: noted, validated for good, corrected by another version with its reason."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import flag_modified

from jalon import history, sensitive, timeline
from jalon.clock import now, today
from jalon.errors import DomainError
from jalon.i18n import Text, _l
from jalon.models import Moment, Situation, SituationItem
from jalon.scope import scope_of, structure_of

RESOURCES: Mapping[str, Text] = {
    "rsa": _l("RSA (socle)"),
    "ass": _l("ASS"),
    "are": _l("ARE"),
    "aah": _l("AAH"),
    "activity_bonus": _l("Prime d'activité"),
    "wage": _l("Wage"),
    "youth": _l("CEJ or youth allowance"),
    "aspa": _l("ASPA"),
    "pension": _l("Pension"),
    "none": _l("No resource"),
    "other": _l("Other resource"),
}
LICENCES: Mapping[str, Text] = {
    "am": _l("AM (BSR)"),
    "b": _l("B"),
    "b_automatic": _l("B, automatic gearbox"),
    "a1": _l("A1 or A2"),
    "a": _l("A"),
    "foreign_eu": _l("Foreign, of the European Union"),
    "foreign": _l("Foreign, from elsewhere"),
    "learning": _l("Theory test being prepared"),
    "code": _l("Theory test passed"),
    "suspended": _l("Suspended"),
    "cancelled": _l("Cancelled or invalid"),
    "none": _l("No licence"),
}
MOST_CHILDREN = 15
history.name_values("jalon_situation_item", "value", {**RESOURCES, **LICENCES, "none": _l("None")})


class DayToCome(DomainError):
    """A situation is noted when it is known."""

    field = "on_day"
    message = _l("A situation is that of a day already there.")


class RegisteredLater(DomainError):
    """Registration cannot come after the day it is noted."""

    field = "registered_on"
    message = _l("The registration at France Travail cannot come after the day of the situation.")


class ChildrenUnlikely(DomainError):
    """Out of what is counted."""

    field = "children"
    message = _l("The number of dependent children lies between 0 and 15.")


class NothingAndSomething(DomainError):
    """“None” excludes the others."""

    message = _l("“None” is ticked beside another answer: keep one.")

    def __init__(self, field: str) -> None:
        super().__init__()
        self.field = field  # type: ignore[misc]


class SituationLocked(DomainError):
    """What was validated is not rewritten."""

    message = _l("This situation is validated: correct it by a new version, with the reason.")


class NotLocked(DomainError):
    """What is not validated is simply changed."""

    message = _l("This situation is not validated yet: change it.")


class CorrectionReasonNeeded(DomainError):
    """A correction says why."""

    field = "correction_reason"
    message = _l("Say why the validated situation is corrected.")


class AlreadyCorrected(DomainError):
    """A version is followed by one other."""

    message = _l("This situation has a newer version: correct that one.")


def note(
    session: Session,
    beneficiary_id: int,
    values: Mapping[str, Any],
    *,
    resources: Collection[str] = (),
    licences: Collection[str] = (),
) -> Situation:
    """Write down a situation, not validated yet. Raises DayToCome, RegisteredLater, ChildrenUnlikely,
    NothingAndSomething."""
    _check(session, values, resources, licences)
    situation = Situation(beneficiary_id=beneficiary_id, structure_id=structure_of(session).id, **values)
    session.add(situation)
    session.flush()
    _answer(session, situation, resources, licences)
    return situation


def change(
    session: Session,
    situation: Situation,
    values: Mapping[str, Any],
    *,
    resources: Collection[str] = (),
    licences: Collection[str] = (),
) -> None:
    """Change one that is not validated. Raises SituationLocked and as `note`."""
    if situation.locked_at is not None:
        raise SituationLocked
    _check(session, values, resources, licences)
    for name, value in values.items():
        setattr(situation, name, value)
    flag_modified(situation, "moment")  # answers alone count as a change too, for whoever saves at the same time
    # the answers of a draft are nothing known of the person yet, so they may go
    session.execute(delete(SituationItem).where(SituationItem.situation_id == situation.id))
    _answer(session, situation, resources, licences)


def validate(session: Session, situation: Situation) -> None:
    """Lock it for good. Raises SituationLocked when it was."""
    if situation.locked_at is not None:
        raise SituationLocked
    situation.locked_at = now()
    session.flush()
    said = f"{Moment.labels()[situation.moment]}, {situation.on_day:%d/%m/%Y}"
    timeline.tell(session, situation.beneficiary_id, "core.situation", said)


def correct(
    session: Session,
    situation: Situation,
    values: Mapping[str, Any],
    *,
    reason: str,
    resources: Collection[str] = (),
    licences: Collection[str] = (),
) -> Situation:
    """A new version in place of a validated one, which stays. Raises NotLocked, AlreadyCorrected,
    CorrectionReasonNeeded and as `note`."""
    if situation.locked_at is None:
        raise NotLocked
    if session.scalar(select(Situation.id).where(Situation.replaces_id == situation.id)) is not None:
        raise AlreadyCorrected
    if not reason.strip():
        raise CorrectionReasonNeeded
    sensitive.check(reason, field="correction_reason")
    replaced = {**values, "replaces_id": situation.id, "correction_reason": reason.strip()}
    return note(session, situation.beneficiary_id, replaced, resources=resources, licences=licences)


def of_person(session: Session, beneficiary_id: int) -> list[Situation]:
    """The situations that hold, the latest first, with their answers; what was corrected is left out."""
    replaced = select(Situation.replaces_id).where(Situation.replaces_id.is_not(None))
    query = select(Situation).where(Situation.beneficiary_id == beneficiary_id, Situation.id.not_in(replaced))
    latest = query.order_by(Situation.on_day.desc(), Situation.id.desc()).options(selectinload(Situation.items))
    return list(session.scalars(latest))


def _check(session: Session, values: Mapping[str, Any], resources: Collection[str], licences: Collection[str]) -> None:
    if values["on_day"] > today(scope_of(session).zone):
        raise DayToCome
    if values.get("registered_on") and values["registered_on"] > values["on_day"]:
        raise RegisteredLater
    if values.get("children") is not None and not 0 <= values["children"] <= MOST_CHILDREN:
        raise ChildrenUnlikely
    for field, answers in (("resources", resources), ("licences", licences)):
        if "none" in answers and len(answers) > 1:
            raise NothingAndSomething(field)


def _answer(session: Session, situation: Situation, resources: Collection[str], licences: Collection[str]) -> None:
    for kind, answers in (("resource", resources), ("licence", licences)):
        session.add_all(
            SituationItem(situation_id=situation.id, beneficiary_id=situation.beneficiary_id, kind=kind, value=value)
            for value in sorted(answers)
        )
    session.flush()
    session.expire(situation, ["items"])
