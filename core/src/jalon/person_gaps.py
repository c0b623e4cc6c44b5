"""What a person's file lacks to be served: what to ask for while they are there. Source: reference/domain.md 2.1."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from jalon import consents, situations
from jalon.declarations import Missing
from jalon.i18n import _
from jalon.models import Agreement, Beneficiary, Channel, File, Purpose
from jalon.scope import scope_of


def of_person(session: Session, person: Beneficiary) -> list[Missing]:
    """What the core itself misses of somebody, the most hindering first; nothing of a file that is not open.

    That no situation is noted is told only to who may read situations.
    """
    if person.identity is None or person.file is None:
        return []
    change = {"endpoint": "jalon_beneficiaries.edit", "permission": "jalon.beneficiaries.write"}
    sentences = [*_unreached(person.file), *_unknown(person)]
    values = {"beneficiary_id": person.id}
    return [
        *(Missing(sentence, values=values, **change) for sentence in sentences),
        *_unagreed(session, person),
        *_untold(session, person),
    ]


def _unreached(file: File) -> Iterator[str]:
    if not file.phone and not file.email:
        yield _("No telephone nor e-mail: nobody can call back.")


def _unknown(person: Beneficiary) -> Iterator[str]:
    assert person.identity is not None
    assert person.file is not None
    if person.identity.birth_date is None:
        yield _("The date of birth is not known.")
    if person.file.commune_insee is None and not person.file.out_of_territory_reason:
        yield _("The commune is not known.")


def _unagreed(session: Session, person: Beneficiary) -> Iterator[Missing]:
    """Informing is due to everybody who has a file; an SMS is sent to those only who agreed to it."""
    assert person.file is not None
    held = consents.latest(session, person.id)
    where = {"endpoint": "jalon_person.show", "permission": "jalon.beneficiaries.read"}
    values = {"beneficiary_id": person.id, "_anchor": "agreement"}
    if Purpose.ACCOMPANIMENT not in held:
        yield Missing(_("The person was not informed yet that this file exists."), values=values, **where)
    answer = held.get(Purpose.SMS)
    if person.file.channel is Channel.SMS and (answer is None or answer.agreement is not Agreement.GIVEN):
        yield Missing(_("Prefers SMS, and has not agreed to receive any."), values=values, **where)


def _untold(session: Session, person: Beneficiary) -> Iterator[Missing]:
    if scope_of(session).may("jalon.social.read") and not situations.of_person(session, person.id):
        values = {"beneficiary_id": person.id}
        yield Missing(_("No situation is noted yet."), "jalon_situations.note", "jalon.social.write", values)
