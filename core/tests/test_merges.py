"""Merging two files of one person, in every table of every module, and undoing it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session

from jalon import beneficiaries, consents, history, merges, notes, people, referrals, subjects, unmerging
from jalon.models import (
    Agreement,
    Beneficiary,
    BeneficiaryReader,
    BeneficiaryStructure,
    Consent,
    DisabledWorker,
    DuplicateRequest,
    FileState,
    Identity,
    Merge,
    MergedRow,
    Moment,
    Note,
    Proof,
    Purpose,
    Referral,
    Situation,
    User,
)
from jalon.person_keys import PERSONS
from jalon.scope import Actor, scope_of, structure_of
from jalon.testing.conformance.snapshot import Contents, contents
from jalon.testing.world import World

READS = ("jalon.beneficiaries.read", "jalon.notes.internal")
RECORDS = ("jalon_history", "jalon_history_value", "jalon_merge", "jalon_merged_row")
KEPT: dict[str, Any] = {"usage_name": "Lefèvre", "first_name": "Hélène", "birth_date": date(1985, 3, 12)}
SHARES: dict[str, Any] = {
    "purpose": Purpose.SHARE_WITH_STRUCTURES,
    "agreement": Agreement.GIVEN,
    "proof": Proof.ORAL,
}
TWIN: dict[str, Any] = {"usage_name": "Lefebvre", "first_name": "Helene", "birth_date": date(1985, 12, 3)}


@pytest.fixture
def three(world: World) -> World:
    """`mine`, `theirs` and `third`; adviser and colleague advise at mine."""
    for slug in ("mine", "theirs", "third"):
        world.structure(slug)
    for name in ("adviser", "colleague"):
        world.user(name, mine=["conseiller"])
    return world


def add(session: Session, identity: dict[str, Any], phone: str, **file: Any) -> int:
    known = set(session.scalars(select(Beneficiary.id)))
    return beneficiaries.create(session, identity, {"phone": phone, **file}, reason="test", apart=known).id


def pair(world: World, slug: str = "mine") -> tuple[int, int]:
    with world.inside(slug) as session:
        ids = add(session, KEPT, "06 12 34 56 78"), add(session, TWIN, "06 98 76 54 32", email="h@exemple.fr")
        session.commit()
        return ids


def actor(world: World, name: str) -> Actor:
    with world.across() as session:
        user = session.scalars(select(User).where(User.email == f"{name}@test.example")).one()
        return Actor(user.name, user.id)


@contextmanager
def across(world: World, slug: str = "mine", who: str = "adviser") -> Iterator[Session]:
    """As the page of a structure opens it."""
    with world.inside(slug, actor=actor(world, who)) as inside, world.across() as session:
        scope = replace(scope_of(inside), across="two files of one person")
    from jalon.db import open_session

    with world.app.app_context(), open_session(world.jalon.db, scope) as session:
        yield session


def merge(world: World, kept: int, merged: int, who: str = "adviser", **choices: str) -> int:
    with across(world, who=who) as session:
        made = merges.merge(session, kept, merged, choices=choices)
        session.commit()
        return made.id


def undo(world: World, merge_id: int) -> None:
    with across(world) as session:
        unmerging.undo(session, session.get_one(Merge, merge_id))
        session.commit()


def link(world: World, slug: str, person: int, **values: Any) -> None:
    with world.inside(slug) as inside, world.across() as session:
        structure = scope_of(inside).structure
        assert structure is not None
        facts = {"reason": "test", "since": date(2026, 1, 1), **values}
        session.add(BeneficiaryStructure(structure_id=structure.id, beneficiary_id=person, **facts))
        session.commit()


def dump(world: World) -> Contents:
    """Every row but those of the records; trigrams follow names and are told apart by searching."""
    with world.app.app_context():
        rows = contents(world.jalon.db.engine)
    return {t: lines for t, lines in rows.items() if t not in RECORDS and not t.startswith("jalon_identity_fts")}


def run(world: World, *statements: str, **values: Any) -> None:
    with world.across() as session:
        for statement in statements:
            session.connection().execute(text(statement), values)
        session.commit()


@pytest.mark.both_databases
def test_everything_follows_the_person_who_is_kept(three: World) -> None:
    kept, merged = pair(three)
    link(three, "third", merged, reason="sent there")
    with three.inside("mine", permissions=READS) as session:
        notes.write(session, subjects.find(session, PERSONS, merged), shareable="Came by bus", internal="")
        consents.record(session, merged, purpose=Purpose.SMS, agreement=Agreement.GIVEN, proof=Proof.ORAL)
        beneficiaries.set_disabled_worker(
            session, session.get_one(Beneficiary, merged), recognised=True, seen_on=date(2026, 1, 5)
        )
        session.commit()

    merge(three, kept, merged, phone="merged")

    with three.inside("mine", permissions=READS) as session:
        person = session.scalars(select(Beneficiary).where(Beneficiary.id == kept)).one()
        assert person.identity is not None
        assert person.file is not None
        assert (str(person), person.file.phone, person.file.email) == ("LEFÈVRE Hélène", "+33698765432", "h@exemple.fr")
        assert {n.shareable: (n.beneficiary_id, n.subject_id) for n in session.scalars(select(Note))} == {
            "Came by bus": (kept, kept)
        }
        assert consents.agrees(session, kept, Purpose.SMS)
        assert session.scalars(select(DisabledWorker.beneficiary_id)).all() == [kept]
        old = session.scalars(select(Beneficiary).where(Beneficiary.id == merged)).one()
        assert (old.state, old.merged_into_id, old.identity, old.file) == (FileState.MERGED, kept, None, None)
        assert [p.id for p in people.search(session, "lefebvre")] == [kept]  # nearly the same
        assert [p.id for p in people.search(session, old.code)] == [kept]
    with three.inside("third") as session:
        assert [str(i) for i in session.scalars(select(Identity))] == ["LEFÈVRE Hélène"]
        assert session.scalars(select(BeneficiaryStructure.reason)).all() == ["sent there", "sent there"]


@pytest.mark.both_databases
def test_the_name_chosen_is_the_one_found(three: World) -> None:
    kept, merged = pair(three)

    merge(three, kept, merged, usage_name="merged", birth_date="merged")

    with three.inside("mine") as session:
        assert [str(p) for p in people.search(session, "lefebvre")] == ["LEFEBVRE Hélène"]
        assert [p.id for p in people.search(session, "03/12/1985")] == [kept]


FACTS = ("note", "consent", "health", "third", "booking", "earlier")
RANDOM = st.lists(st.sampled_from(FACTS), max_size=6)


@pytest.mark.both_databases(slow="postgresql")
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(of_kept=RANDOM, of_merged=RANDOM, side=st.sampled_from(["kept", "merged"]))
def test_merging_then_undoing_gives_the_same_rows_in_every_table(
    three: World, of_kept: list[str], of_merged: list[str], side: str
) -> None:
    run(three, *_ghost(three))
    kept, merged = pair(three)
    for person, facts in ((kept, of_kept), (merged, of_merged)):
        for number, fact in enumerate(facts):
            _happen(three, person, fact, number)
    before = dump(three)

    made = merge(three, kept, merged, phone=side, usage_name=side, title=side)
    between = dump(three)
    undo(three, made)

    assert between != before
    assert dump(three) == before


def _happen(world: World, person: int, fact: str, number: int) -> None:
    if fact == "third":
        with world.across() as session:
            known = select(BeneficiaryStructure.id).where(
                BeneficiaryStructure.beneficiary_id == person, BeneficiaryStructure.structure_id == 3
            )
            linked = session.scalar(known) is not None
        if not linked:
            link(world, "third", person, until=date(2026, 6, 1) if number % 2 else None)
    elif fact == "booking":
        run(world, "INSERT INTO ghost_booking (beneficiary_id, structure_id, what) VALUES (:p, 1, 'x')", p=person)
    else:
        _note(world, person, fact, number)


def _note(world: World, person: int, fact: str, number: int) -> None:
    with world.inside("mine", permissions=READS, actor=actor(world, "adviser")) as session:
        someone = session.get_one(Beneficiary, person)
        if fact == "note":
            notes.write(session, subjects.find(session, PERSONS, person), shareable=f"Note {number}", internal="")
        elif fact == "consent":
            said = Agreement.GIVEN if number % 2 else Agreement.WITHDRAWN
            consents.record(session, person, purpose=Purpose.SMS, agreement=said, proof=Proof.ORAL)
        elif fact == "health":
            beneficiaries.set_disabled_worker(session, someone, recognised=bool(number % 2), seen_on=None)
        elif fact == "earlier":
            earlier = add(session, KEPT, "06 39 98 00 01")
            session.flush()
            row = session.get_one(Beneficiary, earlier)
            row.state, row.merged_into_id = FileState.MERGED, person
        session.commit()


def _ghost(world: World) -> list[str]:
    """Tables of a module whose code is absent: with a composite key, and with one row at most of a person."""
    number, raw = ("INTEGER", "BLOB") if _is_sqlite(world) else ("SERIAL", "BYTEA")
    key = "(beneficiary_id, structure_id)"
    person = f"beneficiary_id INTEGER NOT NULL, structure_id INTEGER NOT NULL, what TEXT, at TIMESTAMP, raw {raw}"
    link = f"FOREIGN KEY {key} REFERENCES jalon_beneficiary_structure {key}"
    return [
        f"CREATE TABLE IF NOT EXISTS ghost_booking (id {number} PRIMARY KEY, {person}, {link})",
        f"CREATE TABLE IF NOT EXISTS ghost_wish ({person}, PRIMARY KEY {key}, {link})",
    ]


def _is_sqlite(world: World) -> bool:
    with world.app.app_context():
        return bool(world.jalon.db.engine.dialect.name == "sqlite")


def ghosts(connection: Connection) -> Any:
    booked = connection.execute(text("SELECT beneficiary_id, what FROM ghost_booking ORDER BY id")).all()
    return booked, connection.execute(text("SELECT beneficiary_id, what FROM ghost_wish ORDER BY 1")).all()


@pytest.mark.both_databases
def test_rows_of_a_module_whose_code_is_absent_follow_and_come_back(three: World) -> None:
    kept, merged = pair(three)
    run(three, *_ghost(three))
    put = "INSERT INTO ghost_booking (beneficiary_id, structure_id, what, raw) VALUES (:p, 1, :what, :raw)"
    run(three, put, p=merged, what="a bicycle", raw=b"\x00\xff")
    for person in (kept, merged):
        wish = "INSERT INTO ghost_wish (beneficiary_id, structure_id, what) VALUES (:p, 1, 'x')"
        run(three, wish, p=person)
    before = dump(three)

    with across(three) as session:
        counted = dict(merges.followers(session, merged))
    made = merge(three, kept, merged)

    with three.across() as session:
        booked, wishes = ghosts(session.connection())
    assert [tuple(row) for row in booked] == [(kept, "a bicycle")]
    assert [row[0] for row in wishes] == [kept, merged]  # one of a person at most: it stays where it was
    assert counted == {"ghost_booking": 1, "ghost_wish": 1, "jalon_timeline": 1}
    undo(three, made)
    assert dump(three) == before


@pytest.mark.both_databases
def test_undoing_is_refused_with_the_list_of_what_changed_since(three: World) -> None:
    kept, merged = pair(three)
    with three.inside("mine", permissions=READS) as session:
        subject = subjects.find(session, PERSONS, merged)
        some = [notes.write(session, subject, shareable=f"Note {n}", internal="").id for n in range(3)]
        session.commit()
    made = merge(three, kept, merged, phone="merged")
    with three.inside("mine", permissions=READS) as session:
        session.get_one(Note, some[0]).shareable = "Corrected"
        session.delete(session.get_one(Note, some[1]))
        session.scalars(select(Beneficiary).where(Beneficiary.id == kept)).one().file.phone = "+33699999999"  # type: ignore[union-attr]
        session.commit()
    before = dump(three)

    with pytest.raises(unmerging.ChangedSince) as refused:
        undo(three, made)

    assert {(c.table, c.id, c.fields, c.gone) for c in refused.value.changes} == {
        ("jalon_note", some[0], ("shareable",), False),
        ("jalon_note", some[1], (), True),
        ("jalon_person_file", 1, ("phone",), False),
    }
    assert dump(three) == before


@pytest.mark.both_databases
def test_what_was_written_since_stays_with_the_kept_person(three: World) -> None:
    kept, merged = pair(three)
    link(three, "third", merged)
    run(three, *_ghost(three))
    made = merge(three, kept, merged)
    run(three, "INSERT INTO ghost_booking (beneficiary_id, structure_id, what) VALUES (:p, 3, 'later')", p=kept)

    undo(three, made)

    with three.inside("third") as session:
        assert sorted(session.scalars(select(Identity.beneficiary_id))) == [kept, merged]
    with three.across() as session:
        assert [tuple(r) for r in ghosts(session.connection())[0]] == [(kept, "later")]


def test_a_second_undo_and_a_late_one_are_refused(three: World) -> None:
    kept, merged = pair(three)
    made = merge(three, kept, merged)
    run(three, "UPDATE jalon_merge SET at = '2020-01-01 00:00:00'")

    with pytest.raises(unmerging.TooLate):
        undo(three, made)
    run(three, "UPDATE jalon_merge SET undone_at = '2020-01-01 00:00:00'")
    with pytest.raises(unmerging.AlreadyUndone):
        undo(three, made)


@pytest.mark.both_databases
def test_old_codes_lead_on_through_a_second_merge_and_it_is_undone_first(three: World) -> None:
    first, second = pair(three)
    with three.inside("mine") as session:
        last = add(session, KEPT, "06 39 98 00 02")
        code = session.get_one(Beneficiary, first).code
        session.commit()
    before = dump(three)
    one = merge(three, second, first)
    other = merge(three, last, second)

    with three.inside("mine") as session:
        assert [p.id for p in people.search(session, code)] == [last]
    with pytest.raises(unmerging.MergedOn):
        undo(three, one)
    undo(three, other)
    undo(three, one)

    assert dump(three) == before


def test_questions_between_the_two_are_closed(three: World) -> None:
    kept, merged = pair(three)
    link(three, "theirs", merged)
    with three.across() as session:
        for asked, known, start, end in ((kept, merged, 1, 2), (merged, merged, 1, 1)):
            session.add(
                DuplicateRequest(
                    asked_id=asked, known_id=known, from_structure_id=start, to_structure_id=end, asked_by="A"
                )
            )
        session.commit()

    merge(three, kept, merged)

    with three.across() as session:
        rows = session.scalars(select(DuplicateRequest).order_by(DuplicateRequest.id)).all()
    assert [(r.asked_id, r.known_id, r.state) for r in rows] == [(kept, kept, "closed"), (kept, kept, "asked")]


def protect(world: World, slug: str, person: int, *readers: str) -> None:
    """By the first of those who read it."""
    with world.across() as session:
        users = {u.email.partition("@")[0]: u.id for u in session.scalars(select(User))}
    with world.inside(slug, actor=Actor(readers[0], users[readers[0]])) as session:
        beneficiaries.restrict(session, session.get_one(Beneficiary, person), readers=[users[r] for r in readers])
        session.commit()


@pytest.mark.both_databases
def test_a_merge_widens_the_link_and_keeps_it_protected(three: World) -> None:
    kept, merged = pair(three)
    protect(three, "mine", merged, "adviser")
    run(three, "UPDATE jalon_beneficiary_structure SET since = '2025-01-01' WHERE beneficiary_id = :p", p=merged)

    merge(three, kept, merged)

    with three.across() as session:
        link = session.scalars(select(BeneficiaryStructure).where(BeneficiaryStructure.beneficiary_id == kept)).one()
        assert (link.since, link.until, link.restricted) == (date(2025, 1, 1), None, True)
        assert session.scalars(select(BeneficiaryReader.beneficiary_id)).all() == [kept]
    with three.inside("mine", actor=actor(three, "colleague")) as session:
        assert session.scalars(select(Identity)).all() == []


def test_who_may_not_name_a_person_may_not_merge_it(three: World) -> None:
    kept, merged = pair(three)
    protect(three, "mine", merged, "adviser")

    with pytest.raises(merges.NotYours):
        merge(three, kept, merged, who="colleague")
    with pytest.raises(merges.NotYours):
        merge(three, merged, kept, who="colleague")


def test_a_closed_file_and_a_foreign_one_are_not_merged(three: World) -> None:
    kept, merged = pair(three)
    (foreign, _) = pair(three, "theirs")
    run(
        three,
        "UPDATE jalon_beneficiary_structure SET since = '2020-01-01', until = '2020-02-01' WHERE beneficiary_id = :p",
        p=merged,
    )

    for other in (merged, foreign, 999):
        with pytest.raises(merges.NotYours):
            merge(three, kept, other)
    with pytest.raises(merges.OnePerson):
        merge(three, kept, kept)


def test_a_merge_opens_no_protected_file_to_another_structure(three: World) -> None:
    kept, merged = pair(three)
    protect(three, "mine", merged, "adviser")
    link(three, "theirs", kept)

    for one, other in ((kept, merged), (merged, kept)):
        with pytest.raises(merges.WouldReveal):
            merge(three, one, other)


def test_two_protected_files_have_the_same_readers_first(three: World) -> None:
    kept, merged = pair(three)
    protect(three, "mine", kept, "adviser", "colleague")
    protect(three, "mine", merged, "adviser")

    with pytest.raises(merges.ReadersDiffer):
        merge(three, kept, merged)
    protect(three, "mine", merged, "adviser", "colleague")
    assert merge(three, kept, merged)


def test_the_history_of_both_is_told_and_the_latest_word_wins(three: World) -> None:
    kept, merged = pair(three)
    with three.inside("mine") as session:
        for person, said in ((kept, Agreement.GIVEN), (merged, Agreement.WITHDRAWN)):
            consents.record(session, person, purpose=Purpose.PHOTO, agreement=said, proof=Proof.ORAL)
        session.add(Situation(beneficiary_id=merged, structure_id=1, moment=Moment.ENTRY, on_day=date(2026, 2, 1)))
        session.commit()

    merge(three, kept, merged)

    with three.inside("mine", permissions=[*READS, "jalon.history.read", "jalon.social.read"]) as session:
        assert not consents.agrees(session, kept, Purpose.PHOTO)
        lines = history.of_record(session, [(PERSONS, merged)], limit=10)
        assert "Lefebvre" in {v.after for line in lines for v in line.values}
        assert [line.kind for line in history.of_record(session, [("jalon_merge", 1)], limit=5)] == [
            "Fusion de deux dossiers"
        ]
        assert session.scalars(select(Consent.beneficiary_id)).all() == [kept, kept]


def test_journals_go_when_nothing_can_be_undone_any_more(three: World) -> None:
    from jalon import merge_journal

    kept, merged = pair(three)
    merge(three, kept, merged)
    with three.inside("mine") as session:
        assert merge_journal.forget(session) == 0
    with three.across() as session:
        made = session.scalars(select(Merge)).one()
        made.at -= timedelta(days=31)
        session.commit()

    with three.inside("mine") as session:
        assert merge_journal.forget(session) > 0
        session.commit()
    with three.across() as session:
        assert session.scalars(select(MergedRow)).all() == []


@pytest.mark.both_databases
def test_of_two_referrals_that_wait_at_one_structure_one_is_withdrawn_and_undoing_sends_it_again(three: World) -> None:
    kept, merged = pair(three)
    with three.inside("mine") as session:
        there = number_of(three, "theirs")
        for id in (kept, merged):
            consents.record(session, id, **SHARES)
            referrals.send(session, session.get_one(Beneficiary, id), to_structure_id=there, service="Car", message="")
        session.commit()

    merge_id = merge(three, kept, merged)

    assert states(three) == {kept: ["sent", "withdrawn"]}
    undo(three, merge_id)
    assert states(three) == {kept: ["sent"], merged: ["sent"]}


def number_of(world: World, slug: str) -> int:
    with world.inside(slug) as session:
        return structure_of(session).id


def states(world: World) -> dict[int, list[str]]:
    """Of the referrals, by person."""
    found: dict[int, list[str]] = {}
    with world.across() as session:
        for referral in session.scalars(select(Referral).order_by(Referral.id)):
            found.setdefault(referral.beneficiary_id, []).append(referral.state.value)
    return found
