"""What a person's page shows, gathered as the reader's rights allow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import current_app, g, render_template, request
from markupsafe import Markup
from sqlalchemy import select

from jalon import (
    access,
    beneficiaries,
    consents,
    crossings,
    duplicates,
    erasures,
    phones,
    referrals,
    situations,
    timeline,
    unmerging,
)
from jalon.clock import now, today
from jalon.db.current import session
from jalon.declarations import PersonTab
from jalon.models import FILE_STEPS, Beneficiary, Member, Purpose
from jalon.scope import scope_of, structure_of
from jalon.views.person_forms import ConsentForm

WHOSE = ("", timeline.OWN, timeline.OTHERS)


def drawn(person: Beneficiary, consent_form: ConsentForm | None = None) -> str:
    """The page of a person of the structure; `consent_form` is the one that was refused, if one was."""
    open_file = person.file is not None
    return render_template(
        "jalon/person.html",
        person=person,
        link=beneficiaries.link_of(session(), person),
        steps=[after for before, after in FILE_STEPS if before is person.state],
        day=today(scope_of(session()).zone),
        phone=phones.shown,
        held=consents.latest(session(), person.id),
        purposes=Purpose.labels(),
        consent_form=consent_form or ConsentForm(),
        asked=_asked(person),
        erasure=erasures.of_person(session(), person.id),
        printed_at=now(),
        **_readers(person),
        **_confidential(person),
        **_doubles(person),
        **of_modules(person),
        **(_path(person) if open_file else {}),
    )


def _readers(person: Beneficiary) -> dict[str, Any]:
    """Who reads a protected file, and who could."""
    working = select(Member).where(Member.user_id.is_not(None), Member.left_at.is_(None)).order_by(Member.in_order)
    readers = beneficiaries.readers_of(session(), person)
    return {"readers": {r.user_id for r in readers}, "members": list(session().scalars(working))}


def _confidential(person: Beneficiary) -> dict[str, Any]:
    """What takes a right of its own to read; what is shown of it is noted as read."""
    may, open_file = scope_of(session()).may, person.file is not None
    social = open_file and may("jalon.social.read")
    health = beneficiaries.disabled_worker(session(), person) if may("jalon.health.read") else None
    for permission, shown in (("jalon.social.read", social), ("jalon.health.read", health is not None)):
        if shown:
            access.note(permission, "jalon_beneficiary", person.id)
    return {
        "social": social,
        "situations": situations.of_person(session(), person.id) if social else [],
        "words": (situations.RESOURCES, situations.LICENCES),
        "health": health,
        "referred": referrals.about(session(), person.id) if open_file and may("jalon.referrals.read") else [],
    }


def _doubles(person: Beneficiary) -> dict[str, Any]:
    """Files that may be the same person's, and those that were merged into this one."""
    return {
        "alike": duplicates.of_person(session(), person) if person.file is not None else [],
        "merged": unmerging.of_kept(session(), person.id),
        "last_day": unmerging.last_day,
    }


def of_modules(person: Beneficiary) -> dict[str, Any]:
    hooks = current_app.extensions["jalon"].hooks
    shown = hooks.show(session(), "person_tabs", prepare=_rendered, beneficiary_id=person.id)
    return {"tabs": [tab for answer in shown for tab in answer.value], "failed": shown.failed}


def _path(person: Beneficiary) -> dict[str, Any]:
    """The person's path: whose part is asked for, and whether all of it or the latest."""
    asked = request.args.get("path", "")
    whose, whole = asked if asked in WHOSE else "", request.args.get("whole") == "1"
    limit = timeline.MOST if whole else timeline.SHOWN
    lines = timeline.of(session(), person.id, whose=whose, limit=limit + 1)
    return {"whose": whose, "whole": whole, "path": lines[:limit], "longer": len(lines) > limit}


def _asked(person: Beneficiary) -> Any:
    """Whether the collective was asked about the person, and who was recognised since."""
    answer = crossings.asked_about(session(), structure_of(session()).id, person.id)
    if answer is None:
        return None
    at, ids = answer
    return at, list(session().scalars(select(Beneficiary).where(Beneficiary.id.in_(ids)))) if ids else []


def _rendered(tabs: Sequence[PersonTab]) -> list[tuple[str, Markup]]:
    """Each part as the module draws it, in its own language; what fails is that module's failure."""
    drawn = []
    for tab in tabs:
        g.jalon_speaker = tab.template.partition("/")[0].removeprefix("jalon_")
        try:
            drawn.append((str(tab.label), Markup(render_template(tab.template, **tab.values))))  # noqa: S704 - rendered here
        finally:
            g.pop("jalon_speaker", None)
    return drawn
