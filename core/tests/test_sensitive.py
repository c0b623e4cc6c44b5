"""Numbers that must not be written in free text. All of them are made up, or published as examples."""

from __future__ import annotations

import pytest

from jalon import sensitive
from jalon.sensitive import CardFound, IbanFound, NirFound

NIR = "295109912611193"


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        (NIR, NirFound),
        (f"Son numéro : {NIR}.", NirFound),
        ("2 95 10 99 126 111 93", NirFound),
        ("2.95.10.99.126.111.93", NirFound),
        ("2\u00a095\u00a010\u00a099\u00a0126\u00a0111", NirFound),
        ("2951099126111", NirFound),
        ("2951099126111 06 12 34 56 78", NirFound),
        ("29510 99126 11193", NirFound),
        ("253072B07300470", NirFound),
        ("2 53 07 2b 073 004 70", NirFound),
        (f"carte-vitale_{NIR}.pdf", NirFound),
        ("FR76 3000 6000 0112 3456 7890 189", IbanFound),
        ("fr7630006000011234567890189", IbanFound),
        ("IBAN:FR7630006000011234567890189 merci", IbanFound),
        ("DE89 3704 0044 0532 0130 00", IbanFound),
        ("BE68 5390 0754 7034", IbanFound),
        ("4111 1111 1111 1111", CardFound),
        ("5555-5555-5555-4444", CardFound),
        ("378282246310005", CardFound),
    ],
)
def test_a_number_that_opens_rights_or_money_is_refused_at_its_field(text: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal) as refused:
        sensitive.check(text, field="shareable")

    assert refused.value.field == "shareable"  # type: ignore[attr-defined]
    assert type(refused.value).field is None  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Rappeler au 06 12 34 56 78 ou au 01 99 00 10 00.",
        "+33 1 64 12 34 56, 06 12 34 56 78",
        "Dossier B-2026-00123 du 12/03/2026 10:30 au 15/03/2026 18:00",
        "SIRET 732 829 320 00074",
        "SIRET 356 000 000 00048",
        "295109912611199",
        "2951399126111 ?",
        "1234567890123",
        "4111 1111 1111 1112",
        "RP-374-CT, 125 430 km, 91150 Étampes",
        "FR76 rue de la Gare, appartement 12 bis",
        "🚲 مرحبا",
    ],
)
def test_other_numbers_and_words_pass(text: str) -> None:
    sensitive.check(text, field="shareable")


def test_the_sentence_is_the_one_people_agreed_on() -> None:
    sentence = "Ce texte ressemble à un numéro de sécurité sociale\u00a0: il ne doit pas être enregistré ici."

    assert str(NirFound()) == sentence


def test_a_very_long_text_is_read_in_no_time() -> None:
    sensitive.check("1 2 " * 5_000 + "a1" * 5_000, field="shareable")
