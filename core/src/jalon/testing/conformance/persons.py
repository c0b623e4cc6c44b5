"""A row of each of the core's tables about persons and partners, for the conformance kit."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from jalon.models import (
    Agreement,
    Apart,
    Beneficiary,
    BeneficiaryReader,
    BeneficiaryStructure,
    Cause,
    Commune,
    Consent,
    DisabledWorker,
    Document,
    DocumentKind,
    DuplicateRequest,
    Erasure,
    File,
    Identity,
    Member,
    Merge,
    MergedRow,
    Message,
    MessageState,
    Moment,
    Note,
    Organisation,
    OrganisationKind,
    OrganisationRemark,
    PartnerConvention,
    PersonalColumn,
    Place,
    PlaceKind,
    Proof,
    Purpose,
    Referral,
    Referrer,
    ReferrerPost,
    SentForm,
    Situation,
    SituationItem,
    Structure,
    Task,
    Territory,
    TimelineEntry,
    User,
)

DAY = date(2031, 1, 1)


def rows_about_persons(
    session: Session, structure: Structure, number: int, *, member: Member, user: User, commune: Commune
) -> list[Any]:
    """A person with a file and what hangs on it, in a structure; `session` works across structures."""
    person, link = _person(session, structure, number)
    subject = {"subject_table": "jalon_beneficiary", "subject_id": person.id}
    mine = {"structure_id": structure.id, "beneficiary_id": person.id}
    merge = Merge(structure_id=structure.id, kept_id=person.id, merged_id=person.id, actor_name="Sample")
    situation = Situation(moment=Moment.ENTRY, on_day=DAY, **mine)
    session.add_all([merge, situation])
    session.flush()
    return [
        person,
        link,
        merge,
        Apart(structure_id=structure.id, one_id=person.id, other_id=person.id, actor_name="Sample"),
        situation,
        BeneficiaryReader(user_id=user.id, **mine),
        DisabledWorker(beneficiary_id=person.id),
        SituationItem(situation_id=situation.id, beneficiary_id=person.id, kind="resource", value="rsa"),
        Consent(purpose=Purpose.SMS, agreement=Agreement.GIVEN, collected_by="Sample", proof=Proof.ORAL, **mine),
        Note(shareable=f"Shareable {number}", internal=f"Internal {number}", author_name="Sample", **subject, **mine),
        Task(title=f"Task to do {number}", due_on=DAY, member_id=member.id, **subject, **mine),
        Document(kind=DocumentKind.OTHER, name=f"Document {number}", seen_on=DAY, seen_by="Sample", **subject, **mine),
        Message(
            template="jalon.word",
            state=MessageState.TO_PRINT,
            pdf=b"sample",
            fields="{}",
            body=f"Written {number}",
            reference=f"sample{structure.id}x{number}",
            **mine,
        ),
        TimelineEntry(module="core", kind="sample", text=f"Timeline {number}", **mine),
        SentForm(structure_id=structure.id, digest=f"sample {number}", led_to="/"),
        MergedRow(structure_id=structure.id, merge_id=merge.id, table_name="jalon_note", row_key="1", before="{}"),
        Erasure(actor_name="Sample", cause=Cause.REQUEST, whole=False, rows=1, **mine),
        *_between(session, structure, person, number),
        *_partners(session, structure, number, commune),
    ]


def _person(session: Session, structure: Structure, number: int) -> tuple[Beneficiary, BeneficiaryStructure]:
    person = Beneficiary(code=f"B-SAMPLE-{structure.id}-{number}")
    person.identity = Identity(usage_name=f"Surname {number}", first_name=f"Forename {number}")
    person.file = File(phone=f"+331990010{number:02}")
    link = BeneficiaryStructure(structure_id=structure.id, beneficiary=person, reason=f"Reason {number}", since=DAY)
    session.add_all([person, link])
    session.flush()
    return person, link


def _between(session: Session, structure: Structure, person: Beneficiary, number: int) -> list[Any]:
    other = Structure(slug=f"other-{structure.id}-{number}", name="Other")
    session.add(other)
    session.flush()
    ends = {"from_structure_id": structure.id, "to_structure_id": other.id}
    return [
        Referral(
            beneficiary_id=person.id,
            person_name=f"Referred {number}",
            service="Sample",
            message=f"Message {number}",
            sent_by="Sample",
            **ends,
        ),
        DuplicateRequest(
            asked_id=person.id,
            known_id=person.id,
            asked_by="Sample",
            from_structure_id=other.id,
            to_structure_id=structure.id,
        ),
    ]


def _partners(session: Session, structure: Structure, number: int, commune: Commune) -> list[Any]:
    organisation = Organisation(name=f"Shared {number}", kind=OrganisationKind.OTHER, folded=f"shared {number}")
    referrer = Referrer(last_name=f"Shared {number}", folded=f"shared {number}")
    session.add_all([organisation, referrer])
    session.flush()
    here = {"structure_id": structure.id, "organisation_id": organisation.id}
    return [
        organisation,
        referrer,
        Territory(organisation_id=organisation.id, insee=commune.insee),
        OrganisationRemark(text=f"Remark {number}", **here),
        PartnerConvention(reference=f"Sample {number}", first_day=DAY, last_day=DAY + timedelta(days=1), **here),
        ReferrerPost(referrer_id=referrer.id, organisation_id=organisation.id, first_day=DAY),
        Place(structure_id=structure.id, name=f"Sample {number}", kind=PlaceKind.ROOM, commune_insee=commune.insee),
        PersonalColumn(module="sample", table_name=f"sample_{structure.id}", column_name=f"c{number}", why="Sample"),
    ]
