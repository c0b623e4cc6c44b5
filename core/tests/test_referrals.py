"""Referring a person to another structure: who may, what is read before the answer, and what it opens."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from jalon import beneficiaries, consents, erasures, referral_answers, referrals, sensitive
from jalon.clock import today
from jalon.errors import DomainError
from jalon.models import (
    Agreement,
    Beneficiary,
    BeneficiaryStructure,
    Cause,
    HistoryEntry,
    Proof,
    Purpose,
    Referral,
    ReferralState,
    TimelineEntry,
    Title,
    User,
)
from jalon.scope import PARIS, Actor
from jalon.testing.world import Browser, World

NAMED: dict[str, Any] = {"title": Title.MADAM, "usage_name": "Lefèvre", "first_name": "Hélène"}
CALLED = "06 12 34 56 78"
ASKED = {"service": "Une voiture", "message": "Elle commence lundi à Étampes."}
THEIRS = 2  # the second structure that is founded
SENDING = "/mine/beneficiaries/1/refer"
NIR = "2 95 10 99 126 111 93"


@pytest.fixture
def collective(world: World) -> World:
    """`mine` follows a person who agrees to sharing; `theirs` may be asked; `third` has nothing to do with it."""
    for slug in ("mine", "theirs", "third"):
        world.structure(slug)
    world.user("adviser", mine=["conseiller"])
    world.user("colleague", mine=["conseiller"])
    world.user("reader", mine=["comptable"])
    world.user("desk", theirs=["accueil"])
    world.user("renter", theirs=["accueil"], third=["accueil"])
    with world.inside("mine") as session:
        beneficiaries.create(session, NAMED, {"phone": CALLED, "street": "1 rue du Pont"}, reason="test")
        session.commit()
    agree(world)
    return world


def agree(world: World, agreement: Agreement = Agreement.GIVEN) -> None:
    with world.inside("mine") as session:
        purpose = Purpose.SHARE_WITH_STRUCTURES
        consents.record(session, 1, purpose=purpose, agreement=agreement, proof=Proof.ORAL)
        session.commit()


def send(world: World, browser: Browser, **more: Any) -> Any:
    return browser.send(SENDING, **{"to_structure": str(THEIRS), **ASKED, **more})


def refer(world: World) -> int:
    """A referral that waits for an answer of `theirs`; its id."""
    with world.inside("mine") as session:
        person = session.get_one(Beneficiary, 1)
        sent = referrals.send(session, person, to_structure_id=THEIRS, **ASKED)
        session.commit()
        return sent.id


def states(world: World) -> list[ReferralState]:
    with world.across() as session:
        return list(session.scalars(select(Referral.state).order_by(Referral.id)))


def text_of(page: Any) -> str:
    return str(page.text).partition("<main")[2]


def test_a_person_is_referred_read_accepted_and_both_ends_know_it(collective: World) -> None:
    adviser, desk = collective.client("adviser"), collective.client("desk")

    sent = send(collective, adviser)
    inbox = desk.get("/theirs/referrals/")
    shown = desk.get("/theirs/referrals/1/")

    assert sent.location.endswith("/mine/referrals/1/")
    assert "LEFÈVRE Hélène" in text_of(inbox)
    assert "1 en attente" in inbox.text
    assert "Orientations à traiter" in desk.get("/theirs/").text
    assert ASKED["message"] in text_of(shown)
    for hidden in (CALLED, "rue du Pont", "B-2", "beneficiaries/1"):
        assert hidden not in text_of(shown) + text_of(inbox)
    assert desk.get("/theirs/beneficiaries/1/").status_code == 404

    assert desk.send("/theirs/referrals/1/accept").status_code == 302

    assert CALLED in desk.get("/theirs/beneficiaries/1/").text
    assert "Acceptée" in text_of(adviser.get("/mine/referrals/1/"))
    assert "Orientation acceptée" in text_of(adviser.get("/mine/beneficiaries/1/"))
    assert "en attente" not in desk.get("/theirs/").text
    with collective.across() as session:
        theirs = BeneficiaryStructure.structure_id == THEIRS
        link = session.scalars(select(BeneficiaryStructure).where(theirs)).one()
        assert (link.reason, link.since, link.until, link.restricted) == (
            "Orientation de Mine",
            today(PARIS),
            None,
            False,
        )


def test_a_refusal_says_why_and_opens_nothing(collective: World) -> None:
    adviser, desk = collective.client("adviser"), collective.client("desk")
    refer(collective)

    empty = desk.send("/theirs/referrals/1/refuse", answer="  ")
    number = desk.send("/theirs/referrals/1/refuse", answer=f"Voir {NIR}")
    assert (empty.status_code, number.status_code) == (422, 422)
    assert "Dites pourquoi" in empty.text
    assert f"Voir {NIR}</textarea>" in number.text
    desk.send("/theirs/referrals/1/refuse", answer="Plus de voiture ce mois-ci.")

    assert "Plus de voiture ce mois-ci." in text_of(adviser.get("/mine/referrals/1/"))
    assert desk.get("/theirs/beneficiaries/1/").status_code == 404
    assert "Orientation refusée" in text_of(adviser.get("/mine/beneficiaries/1/"))
    assert states(collective) == [ReferralState.REFUSED]


def test_the_sender_withdraws_before_the_answer_and_not_after(collective: World) -> None:
    adviser, desk = collective.client("adviser"), collective.client("desk")
    refer(collective)
    adviser.send("/mine/referrals/1/withdraw")

    assert "n’attend plus de réponse" in follow(desk, desk.send("/theirs/referrals/1/accept"))
    assert states(collective) == [ReferralState.WITHDRAWN]

    refer(collective)
    desk.send("/theirs/referrals/2/accept")

    assert "n’attend plus de réponse" in follow(adviser, adviser.send("/mine/referrals/2/withdraw"))
    assert states(collective) == [ReferralState.WITHDRAWN, ReferralState.ACCEPTED]


def follow(browser: Browser, answer: Any) -> str:
    return str(browser.get(answer.location).text)


def test_each_end_does_its_own_part_only(collective: World) -> None:
    adviser, desk = collective.client("adviser"), collective.client("desk")
    refer(collective)

    assert "Seule la structure qui reçoit" in follow(adviser, adviser.send("/mine/referrals/1/accept"))
    assert "Seule la structure qui a envoyé" in follow(desk, desk.send("/theirs/referrals/1/withdraw"))
    assert collective.client("reader").get("/mine/referrals/").status_code == 403
    renter = collective.client("renter")
    assert [renter.get("/third/referrals/1/").status_code, renter.send("/third/referrals/1/accept").status_code] == [
        404,
        404,
    ]
    assert states(collective) == [ReferralState.SENT]


@pytest.mark.parametrize(
    ("typed", "refusal", "field"),
    [
        ({"service": "  "}, referrals.ServiceNeeded, "service"),
        ({"service": "x" * 81}, referrals.ServiceNeeded, "service"),
        ({"message": "x" * 2001}, referrals.MessageTooLong, "message"),
        ({"message": f"Son numéro {NIR}"}, sensitive.NirFound, "message"),
        ({"service": "FR76 3000 6000 0112 3456 7890 189"}, sensitive.IbanFound, "service"),
        ({"to_structure_id": 999}, referrals.NotOneOfUs, "to_structure"),
        ({"to_structure_id": 1}, referrals.NotOneOfUs, "to_structure"),
        ({"message": ""}, None, None),
        ({"message": "🚲 مرحبا\n<script>"}, None, None),
    ],
)
def test_what_is_sent_is_short_harmless_and_to_somebody_else(
    collective: World, typed: dict[str, Any], refusal: type[DomainError] | None, field: str | None
) -> None:
    with collective.inside("mine") as session:
        person = session.get_one(Beneficiary, 1)
        values: dict[str, Any] = {"to_structure_id": 2, **ASKED, **typed}

        if refusal is None:
            assert referrals.send(session, person, **values).message == values["message"]
            return
        with pytest.raises(refusal) as refused:
            referrals.send(session, person, **values)
        assert refused.value.field == field


def test_nothing_is_sent_without_the_persons_agreement_and_the_page_says_how_to_note_it(collective: World) -> None:
    agree(collective, Agreement.WITHDRAWN)
    adviser = collective.client("adviser")

    page = adviser.get(SENDING)
    answer = send(collective, adviser)

    for shown in (page, answer):
        assert "Notez d’abord l’accord de la personne" in shown.text
        assert "/mine/beneficiaries/1/#agreements" in shown.text
    assert answer.status_code == 422
    assert "Elle commence lundi" in answer.text
    assert states(collective) == []


def test_who_takes_the_agreement_back_is_no_longer_read_by_the_receiver(collective: World) -> None:
    refer(collective)
    desk = collective.client("desk")
    assert desk.get("/theirs/referrals/1/").status_code == 200

    agree(collective, Agreement.WITHDRAWN)

    assert "LEFÈVRE" not in desk.get("/theirs/referrals/").text
    assert [desk.get("/theirs/referrals/1/").status_code, desk.send("/theirs/referrals/1/accept").status_code] == [
        404,
        404,
    ]
    adviser = collective.client("adviser")
    assert "LEFÈVRE" in adviser.get("/mine/referrals/?show=sent").text
    assert "theirs ne voit plus cette orientation" in adviser.get("/mine/referrals/1/").text.lower()
    with collective.across() as session, pytest.raises(referrals.AgreementNeeded):
        referral_answers.accept(session, 1, structure_id=2)


def test_a_protected_person_is_referred_by_a_named_reader_who_confirms(collective: World) -> None:
    protect(collective)
    adviser, colleague, desk = (collective.client(name) for name in ("adviser", "colleague", "desk"))

    assert "vous ne pouvez pas orienter" in colleague.get(SENDING).text
    assert send(collective, colleague, confirmed="y").status_code == 422
    unconfirmed = send(collective, adviser)
    assert unconfirmed.status_code == 422
    assert "ce dossier est protégé" in unconfirmed.text.lower()
    assert send(collective, adviser, confirmed="y").status_code == 302

    assert "LEFÈVRE" not in colleague.get("/mine/referrals/?show=sent").text
    assert colleague.get("/mine/referrals/1/").status_code == 404
    assert "LEFÈVRE" in desk.get("/theirs/referrals/").text
    desk.send("/theirs/referrals/1/accept")

    renter = collective.client("renter")
    assert CALLED in desk.get("/theirs/beneficiaries/1/").text
    assert "LEFÈVRE" not in renter.get("/theirs/beneficiaries/1/").text
    assert "LEFÈVRE" not in renter.get("/theirs/referrals/").text


def protect(world: World) -> None:
    with world.across() as session:
        reader = session.scalars(select(User).where(User.email == "adviser@test.example")).one()
        actor = Actor(reader.name, reader.id)
    with world.inside("mine", actor=actor) as session:
        beneficiaries.restrict(session, session.get_one(Beneficiary, 1), readers={actor.user_id or 0})
        session.commit()


def test_a_file_closed_here_is_referred_nowhere_and_one_closed_there_is_opened_again(collective: World) -> None:
    with collective.inside("theirs") as session:
        session.add(
            BeneficiaryStructure(
                beneficiary_id=1, reason="once", since=today(PARIS), until=today(PARIS), restricted=False
            )
        )
        session.commit()
    refer(collective)
    with collective.across() as session:
        referral_answers.accept(session, 1, structure_id=2)
        session.commit()

    with collective.inside("theirs") as session:
        link = session.scalars(select(BeneficiaryStructure)).one()
        assert (link.until, link.reason) == (None, "Orientation de Mine")

    with collective.inside("mine") as session:
        beneficiaries.link_of(session, session.get_one(Beneficiary, 1)).since = date_before()
        beneficiaries.close(session, session.get_one(Beneficiary, 1), until=date_before())
        session.commit()
    with collective.inside("mine") as session, pytest.raises(referrals.FileNotOpen):
        referrals.send(session, session.get_one(Beneficiary, 1), to_structure_id=3, **ASKED)


@pytest.mark.both_databases
def test_who_was_erased_here_alone_and_is_referred_again_has_whoever_accepts_as_reader(collective: World) -> None:
    with collective.inside("theirs") as session:
        session.add(BeneficiaryStructure(beneficiary_id=1, reason="once", since=date_before(), restricted=False))
        session.commit()
    with collective.across() as session:
        done = erasures.erase(session, 1, cause=Cause.REQUEST, structure_id=THEIRS)
        session.commit()
    desk, renter = collective.client("desk"), collective.client("renter")
    assert "jamais" not in follow(desk, desk.send("/theirs/beneficiaries/1/reopen", reason="back again"))
    refer(collective)

    desk.send("/theirs/referrals/1/accept")

    assert not done.whole
    assert CALLED in desk.get("/theirs/beneficiaries/1/").text
    assert "LEFÈVRE" not in renter.get("/theirs/beneficiaries/1/").text


def date_before() -> Any:
    return today(PARIS).replace(year=today(PARIS).year - 1, day=1)


@pytest.mark.both_databases
def test_a_double_click_refers_once_and_so_do_two_colleagues(collective: World) -> None:
    first, second = collective.client("adviser"), collective.client("colleague")
    key = re.findall(r'name="once" value="([\w-]+)"', first.get(SENDING).text)[0]

    clicked = [send(collective, first, once=key) for _twice in range(2)]
    other = send(collective, second)

    assert [a.location for a in clicked] == ["/mine/referrals/1/", "/mine/referrals/1/"]
    assert "n’a pas encore répondu" in other.text
    assert other.status_code == 422
    assert states(collective) == [ReferralState.SENT]


@pytest.mark.both_databases
def test_two_colleagues_who_answer_at_once_give_one_answer(collective: World) -> None:
    refer(collective)
    browsers = [collective.client("desk"), collective.client("renter")]
    for browser in browsers:
        browser.token()

    with ThreadPoolExecutor(2) as pool:
        sent = [pool.submit(b.send, "/theirs/referrals/1/accept") for b in browsers]
        answers = [s.result().status_code for s in sent]

    assert answers == [302, 302]
    assert states(collective) == [ReferralState.ACCEPTED]
    with collective.across() as session:
        kinds = session.scalars(select(TimelineEntry.kind).order_by(TimelineEntry.id)).all()
        assert kinds == ["opened", "referral_sent", "opened", "referral_accepted", "referral_accepted"]


def test_both_ends_keep_the_history_without_the_persons_code(collective: World) -> None:
    refer(collective)
    with collective.across() as session:
        referral_answers.refuse(session, 1, structure_id=2, answer="Full")
        session.commit()

    with collective.across() as session:
        told = select(HistoryEntry).where(HistoryEntry.subject_table == "jalon_referral").order_by(HistoryEntry.id)
        entries = session.scalars(told).all()
        values = [v.after or "" for entry in entries for v in entry.fields]

    assert sorted((e.structure_id, e.action) for e in entries) == [
        (1, "changed"),
        (1, "created"),
        (2, "changed"),
        (2, "created"),
    ]
    assert {"Une voiture", "Refusée", "Full", "Mine", "Theirs"} <= set(values)
    assert not any("B-2" in value for value in values)


def test_the_form_offers_the_other_structures_and_refuses_a_forged_one(collective: World) -> None:
    adviser = collective.client("adviser")

    page = adviser.get(SENDING).text

    assert re.findall(r'<option value="\d+">(\w+)</option>', page) == ["Theirs", "Third"]
    for forged in ("", "1", "999", "9" * 30, "٣", "-1", "<script>"):
        answer = send(collective, adviser, to_structure=forged)
        assert answer.status_code == 422
        assert "Choisissez une structure du collectif" in answer.text
    assert states(collective) == []


def test_only_open_structures_of_the_same_kind_are_asked(collective: World) -> None:
    from jalon.clock import now
    from jalon.models import Structure

    with collective.across() as session:
        session.get_one(Structure, 3).closed_at = now()
        session.add(Structure(slug="shown", name="Shown", is_demo=True))
        session.commit()
        registry = collective.jalon.registry

        assert [r.name for r in referral_answers.receivers(session, registry, 1)] == ["Theirs"]
        assert session.scalar(select(func.count()).select_from(Referral)) == 0
