"""Two files of one person side by side: where they differ, and what is kept of which."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from jalon import beneficiaries, communes, days, phones
from jalon.i18n import Text, _, _l
from jalon.models import Beneficiary, Commune, DisabledWorker
from jalon.person_files import PhoneDenied

KEPT, MERGED = "kept", "merged"
SOCIAL, HEALTH = "jalon.social.read", "jalon.health.read"


@dataclass(frozen=True)
class Aspect:
    """Columns that are chosen together: the street of one file and the commune of the other are no address."""

    name: str
    label: Text
    part: str
    columns: tuple[str, ...]
    permission: str | None = None


ADDRESS = (
    "street",
    "address_extra",
    "hamlet",
    "commune_insee",
    "out_of_territory_reason",
    "postal_only",
    "priority_district",
    "district_code",
    "district_checked_on",
)
ASPECTS = (
    Aspect("state", _l("State of the file"), "person", ("state",)),
    Aspect("title", _l("Title"), "identity", ("title",)),
    Aspect("usage_name", _l("Family name (in use)"), "identity", ("usage_name",)),
    Aspect("first_name", _l("First name"), "identity", ("first_name", "single_name")),
    Aspect("birth_name", _l("Birth name"), "identity", ("birth_name",)),
    Aspect("birth_date", _l("Date of birth"), "identity", ("birth_date", "birth_date_presumed")),
    Aspect("phone", _l("Telephone"), "file", ("phone", "no_phone")),
    Aspect("second_phone", _l("Second telephone"), "file", ("second_phone",)),
    Aspect("email", _l("E-mail"), "file", ("email",)),
    Aspect("channel", _l("Prefers to be reached by"), "file", ("channel",)),
    Aspect("address", _l("Address"), "file", ADDRESS),
    Aspect("emergency", _l("Whom to call in an emergency"), "file", ("emergency_name", "emergency_phone")),
    Aspect("housing", _l("Housing"), "file", ("housing", "landlord"), SOCIAL),
    Aspect("protection", _l("Legal protection"), "file", ("legal_protection", "legal_contact"), SOCIAL),
    Aspect("language", _l("Language"), "file", ("language",), SOCIAL),
    Aspect("interpreter", _l("Needs an interpreter"), "file", ("needs_interpreter",), SOCIAL),
    Aspect("reading", _l("Has difficulty reading"), "file", ("reading_difficulty",), SOCIAL),
    Aspect("nationality", _l("Nationality"), "file", ("nationality_group",), SOCIAL),
    Aspect(
        "disabled_worker",
        _l("Recognised as a disabled worker (RQTH)"),
        "health",
        ("recognised", "seen_on"),
        HEALTH,
    ),
)
SILENT = ("birth_date_presumed", "priority_district", "district_code", "district_checked_on")
TICKED: Mapping[str, Text] = {
    "single_name": _l("Single name: this person has no first name"),
    "no_phone": _l("No telephone"),
    "postal_only": _l("Address for letters only"),
}


@dataclass(frozen=True)
class Difference:
    """An aspect on which two files differ, as people read it, and the side that is proposed."""

    aspect: Aspect
    kept: str
    merged: str
    proposed: str

    @property
    def name(self) -> str:
        return self.aspect.name


def differences(
    session: Session, kept: Beneficiary, merged: Beneficiary, may: Callable[[str], bool] = lambda right: True
) -> list[Difference]:
    """Where two files differ, as far as the reader may know. Of an aspect of which one file says nothing, the other
    is proposed; else the file that stays."""
    one, other = _parts(session, kept), _parts(session, merged)
    found = []
    for aspect in ASPECTS:
        if aspect.permission is not None and not may(aspect.permission):
            continue
        mine, theirs = one[aspect.part], other[aspect.part]
        if _values(mine, aspect) != _values(theirs, aspect):
            found.append(Difference(aspect, said(mine, aspect), said(theirs, aspect), _proposed(mine, theirs, aspect)))
    return found


def choose(session: Session, kept: Beneficiary, merged: Beneficiary, choices: Mapping[str, str]) -> None:
    """Write into the file that stays what was chosen of the other; where nothing was chosen, what is proposed.

    `choices`: aspect -> KEPT or MERGED. Raises PhoneDenied when what is chosen contradicts itself.
    """
    one, other = _parts(session, kept), _parts(session, merged)
    for difference in differences(session, kept, merged):
        aspect = difference.aspect
        target, source = one[aspect.part], other[aspect.part]
        if target is None or source is None:  # a part that only one file has follows by its key
            continue
        if choices.get(aspect.name, difference.proposed) == MERGED:
            for column in aspect.columns:
                setattr(target, column, getattr(source, column))
    if kept.file is not None and kept.file.no_phone and (kept.file.phone or kept.file.second_phone):
        raise PhoneDenied


def said(part: Any, aspect: Aspect) -> str:
    """What a file says on an aspect, in a line; nothing when it says nothing."""
    if part is None:
        return ""
    words = [_word(part, column) for column in aspect.columns if column not in SILENT]
    return ", ".join(word for word in words if word)


def _word(part: Any, column: str) -> str:
    value = getattr(part, column)
    if column in TICKED:
        return str(TICKED[column]) if value else ""
    if column == "commune_insee":
        return communes.labelled(part.commune) if isinstance(part.commune, Commune) else ""
    if column.endswith("phone"):
        return phones.shown(value)
    if isinstance(value, enum.Enum):
        return str(type(value).labels()[value])  # type: ignore[attr-defined]
    if isinstance(value, date):
        return days.shown(value)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return str(value or "")


def _parts(session: Session, person: Beneficiary) -> dict[str, Any]:
    health: DisabledWorker | None = beneficiaries.disabled_worker(session, person)
    return {"person": person, "identity": person.identity, "file": person.file, "health": health}


def _values(part: Any, aspect: Aspect) -> tuple[Any, ...]:
    """What is compared: an empty text, an unticked box and nothing at all are the same silence."""
    return tuple(_spoken(getattr(part, column, None), column) for column in aspect.columns)


def _spoken(value: Any, column: str) -> Any:
    silent = value == "" or (value is False and (column in TICKED or column in SILENT))
    return None if silent else value


def _proposed(mine: Any, theirs: Any, aspect: Aspect) -> str:
    silent = all(value is None for value in _values(mine, aspect))
    return MERGED if silent else KEPT
