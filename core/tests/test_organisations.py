"""The directory of organisations, and what a structure keeps for itself about them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from jalon import communes, conventions, emails, organisations, registrations
from jalon.clock import today
from jalon.errors import DomainError, ScopeViolation
from jalon.models import Member, Organisation, OrganisationKind, OrganisationRemark, PartnerConvention
from jalon.scope import PARIS
from jalon.testing.world import World

WRITE = {"jalon.organisations.write", "jalon.remarks.write"}
NEW = "/relais/admin/organisation/new/"
TYPED = {"name": "Mission locale des Deux Rives", "kind": "MISSION_LOCALE", "active": "y"}


@pytest.fixture
def relais(world: World) -> World:
    """`relais` and `scop` with the communes of the territory; lea keeps the desk at relais, max at scop."""
    world.structure("relais")
    world.structure("scop")
    world.user("lea", relais=["accueil"])
    world.user("max", scop=["comptable"])
    with world.across() as session:
        communes.import_communes(session, communes.demo_territory())
        session.commit()
    return world


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("732 829 320 00074", "73282932000074"),
        ("732.829.320.00074", "73282932000074"),
        ("732\u00a0829\u00a0320 00074", "73282932000074"),
        ("356 000 000 00048", "35600000000048"),
        ("35600000049837", "35600000049837"),
        ("73282932000075", registrations.WrongSiret),
        ("73282923000074", registrations.WrongSiret),
        ("732829320", registrations.BadSiret),
        ("7328293200007A", registrations.BadSiret),
        ("", registrations.BadSiret),
    ],
)
def test_a_siret_is_14_digits_with_their_key(typed: str, expected: Any) -> None:
    _check(registrations.normal_siret, typed, expected)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("W912345678", "W912345678"),
        ("w 912 345 678", "W912345678"),
        ("912345678", registrations.BadRna),
        ("W91234567", registrations.BadRna),
        ("W9123456789", registrations.BadRna),
    ],
)
def test_an_rna_is_w_and_9_digits(typed: str, expected: Any) -> None:
    _check(registrations.normal_rna, typed, expected)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Accueil@Mission-Locale.EXAMPLE", "Accueil@mission-locale.example"),
        ("a.b+c@sous.domaine.example", "a.b+c@sous.domaine.example"),
        ("accueil", emails.BadEmail),
        ("accueil@", emails.BadEmail),
        ("accueil@exemple", emails.BadEmail),
        ("a b@exemple.example", emails.BadEmail),
        ("a@b@exemple.example, c@d.example", emails.BadEmail),
        ("a" * 250 + "@b.example", emails.BadEmail),
    ],
)
def test_an_address_can_be_written_to(typed: str, expected: Any) -> None:
    _check(emails.normal_email, typed, expected)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("mission-locale.example", "https://mission-locale.example"),
        ("http://www.exemple.example/accueil?x=1", "http://www.exemple.example/accueil?x=1"),
        ("javascript:alert(1)", registrations.BadWebsite),
        ("javascript://exemple.example/%0aalert(1)", registrations.BadWebsite),
        ("exemple", registrations.BadWebsite),
        ("https://[", registrations.BadWebsite),
        ("https://exemple.example/a b", registrations.BadWebsite),
    ],
)
def test_a_web_site_can_be_opened(typed: str, expected: Any) -> None:
    _check(registrations.normal_website, typed, expected)


def _check(normal: Any, typed: str, expected: Any) -> None:
    if isinstance(expected, str):
        assert normal(typed) == expected
        return
    with pytest.raises(expected):
        normal(typed)


def test_an_organisation_added_at_one_structure_is_read_at_all(relais: World) -> None:
    desk, elsewhere = relais.client("lea"), relais.client("max")

    answer = desk.send(NEW, **TYPED, siret="732 829 320 00074", phone="0199001000", commune="etampes")

    assert answer.status_code == 302, answer.text
    page = elsewhere.get("/scop/admin/organisation/").text
    assert "Mission locale des Deux Rives" in page
    assert "01 99 00 10 00" in page
    assert "Étampes" in page


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("siret", "73282932000075", "Ce SIRET n’existe pas"),
        ("rna", "91", "W suivi de 9 chiffres"),
        ("phone", "0600000000", "pas un numéro de téléphone"),
        ("email", "accueil@", "Ce n’est pas une adresse de courriel"),
        ("website", "x", "pas l’adresse d’un site"),
        ("commune", "Atlantis", "Rien ne s’appelle"),
        ("territory", "Étampes, Atlantis", "Rien ne s’appelle"),
        ("kind", "", "Choisissez"),
        ("name", "…", "le nom de l’organisation"),
        ("first_contact_on", "2999-01-01", "dans le futur"),
        ("first_contact_on", "0026-01-01", "quatre chiffres"),
    ],
)
def test_a_refused_field_says_why_and_keeps_what_was_typed(
    relais: World, field: str, typed: str, sentence: str
) -> None:
    answer = relais.client("lea").send(NEW, **{**TYPED, field: typed})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert typed in answer.text
    with relais.across() as session:
        assert session.scalar(select(func.count()).select_from(Organisation)) == 0


@pytest.mark.both_databases
def test_two_organisations_never_share_a_siret(relais: World) -> None:
    with relais.inside("relais", permissions=WRITE) as session:
        organisations.add(session, name="One", kind=OrganisationKind.OTHER, siret="73282932000074")
        session.commit()

        with pytest.raises(organisations.SiretTaken):
            organisations.add(session, name="Two", kind=OrganisationKind.OTHER, siret="732 829 320 00074")


def test_an_organisation_may_be_saved_again_with_its_own_siret(relais: World) -> None:
    with relais.inside("relais", permissions=WRITE) as session:
        made = organisations.add(session, name="One", kind=OrganisationKind.OTHER, siret="73282932000074")
        organisations.change(session, made, name="One more", siret="73282932000074", rna="")

        assert (made.name, made.rna, made.folded) == ("One more", None, "one more")


def test_the_directory_is_written_with_its_right_only(relais: World) -> None:
    with relais.inside("relais") as session, pytest.raises(ScopeViolation):
        organisations.add(session, name="One", kind=OrganisationKind.OTHER)

    assert relais.client("max").get("/scop/admin/organisation/new/").status_code == 403


@pytest.mark.both_databases
def test_a_remark_is_its_structures_own(relais: World) -> None:
    with relais.inside("relais", permissions=WRITE) as session:
        made = organisations.add(session, name="Partner", kind=OrganisationKind.OTHER)
        member = session.scalars(select(Member)).one()
        organisations.write_remark(session, made, text="  Call on Mondays ", member=member)
        organisations.write_remark(session, made, text="Call on Tuesdays", member=member)
        session.commit()

        kept = organisations.remark(session, made.id)
        assert kept is not None
        assert (kept.text, kept.member_id) == ("Call on Tuesdays", member.id)
    with relais.inside("scop") as session:
        assert organisations.remark(session, 1) is None
    with relais.across() as session:
        assert session.scalar(select(func.count()).select_from(OrganisationRemark)) == 1


def test_a_remark_is_written_on_the_organisations_page_and_shown_to_its_structure_only(relais: World) -> None:
    desk = relais.client("lea")
    desk.send(NEW, **TYPED)

    answer = desk.send("/relais/organisations/1/remark", text="Ask for Nadia", member_id="1")

    assert answer.status_code == 302
    assert "Ask for Nadia" in desk.get("/relais/admin/organisation/edit/?id=1").text
    assert "Ask for Nadia" in desk.get("/relais/admin/organisation/details/?id=1").text
    assert "Ask for Nadia" not in relais.client("max").get("/scop/admin/organisation/details/?id=1").text


def test_a_remark_that_is_too_long_is_kept_in_its_form(relais: World) -> None:
    desk = relais.client("lea")
    desk.send(NEW, **TYPED)

    answer = desk.send("/relais/organisations/1/remark", text="x" * 5_001)

    assert answer.status_code == 422
    assert "x" * 5_001 in answer.text


def test_a_remark_follows_no_member_of_another_structure(relais: World) -> None:
    desk = relais.client("lea")
    desk.send(NEW, **TYPED)
    with relais.inside("scop") as session:
        stranger = session.scalars(select(Member.id)).one()

    assert desk.send("/relais/organisations/1/remark", text="x", member_id=str(stranger)).status_code == 404


def test_a_second_one_of_that_name_is_saved_with_a_warning(relais: World) -> None:
    desk = relais.client("lea")
    desk.send(NEW, **TYPED)

    desk.send(NEW, **TYPED)

    assert "figurait déjà dans l’annuaire" in desk.get("/relais/admin/organisation/").text


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Étampes", ["91223"]),
        ("ETAMPES", ["91223"]),
        ("Etampes (91150)", ["91223"]),
        ("étampes 91223", ["91223"]),
        ("Étampes 75001", []),
        ("Nowhere", []),
    ],
)
def test_a_commune_is_known_by_its_name(relais: World, typed: str, expected: list[str]) -> None:
    from jalon.choices import communes_called

    with relais.app.test_request_context():
        assert [c.insee for c in communes_called(typed)] == expected


def test_a_postcode_that_many_share_names_none(relais: World) -> None:
    answer = relais.client("lea").send(NEW, **{**TYPED, "commune": "91150"})

    assert answer.status_code == 422
    assert "Plusieurs portent ce nom" in answer.text


TODAY = today(PARIS)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (TODAY, None, {"running"}),
        (TODAY, TODAY, {"running", "soon"}),
        (TODAY + timedelta(1), None, set()),
        (TODAY - timedelta(9), TODAY - timedelta(1), {"over"}),
        (TODAY - timedelta(9), TODAY + timedelta(60), {"running", "soon"}),
        (TODAY - timedelta(9), TODAY + timedelta(61), {"running"}),
        (TODAY + timedelta(1), TODAY + timedelta(5), set()),
    ],
)
def test_a_convention_is_in_force_from_its_first_day_to_its_last(
    relais: World, first: date, last: date | None, expected: set[str]
) -> None:
    parts = {"running": conventions.running, "soon": conventions.ending_soon, "over": conventions.over}
    with relais.inside("relais", permissions=WRITE) as session:
        partner = organisations.add(session, name="Partner", kind=OrganisationKind.OTHER)
        conventions.sign(session, organisation=partner, reference="C-1", first_day=first, last_day=last)

        found = {n for n, w in parts.items() if session.scalars(select(PartnerConvention).where(w(session))).all()}

        assert found == expected


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"organisation": None}, conventions.PartnerNeeded),
        ({"reference": " "}, conventions.ReferenceNeeded),
        ({"last_day": TODAY - timedelta(1)}, conventions.EndsBeforeItBegins),
    ],
)
def test_a_convention_is_refused(relais: World, values: dict[str, Any], refusal: type[DomainError]) -> None:
    with relais.inside("relais", permissions=WRITE) as session:
        partner = organisations.add(session, name="Partner", kind=OrganisationKind.OTHER)

        with pytest.raises(refusal):
            conventions.sign(session, **{"organisation": partner, "reference": "C-1", "first_day": TODAY, **values})


def test_a_convention_is_recorded_and_corrected_on_its_screen(relais: World) -> None:
    relais.user("ana", relais=["direction"])
    direction = relais.client("ana")
    direction.send(NEW, **TYPED)
    new = "/relais/admin/partner_convention/new/"

    refused = direction.send(new, organisation="Nobody", reference="C-1", first_day="2026-01-01")
    saved = direction.send(
        new,
        organisation="mission locale des deux rives",
        reference="C-1",
        first_day="2026-01-01",
        last_day="2999-01-01",
    )

    assert refused.status_code == 422
    assert 'value="Nobody"' in refused.text
    assert saved.status_code == 302, saved.text
    assert "C-1" in direction.get("/relais/admin/partner_convention/?show=running").text
    assert "C-1" in direction.get("/relais/admin/organisation/details/?id=1").text
    assert "C-1" not in relais.client("max").get("/scop/admin/organisation/details/?id=1").text


def test_an_accent_or_a_small_letter_does_not_send_a_name_to_the_end_of_the_list(relais: World) -> None:
    with relais.across() as session:
        for name in ("Zébulon", "École de la route", "Tremplin", "atelier vélo"):
            organisations.add(session, name=name, kind=OrganisationKind.CCAS)
        session.commit()

    page = relais.client("lea").get("/relais/admin/organisation/").text

    shown = ["atelier vélo", "École de la route", "Tremplin", "Zébulon"]
    assert sorted(shown, key=page.index) == shown
