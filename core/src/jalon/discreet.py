"""What may be read over somebody's shoulder: a telephone's screen, a subject line. Neither says why one is helped.

Source: domain model 5, processors: the text of an SMS has no sensitive word (“RDV mobilité”, not “RSA”).
"""

from __future__ import annotations

import re

from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.names import fold

# reasons, services and payers, folded, as patterns; a word also stands for its plural
WORDS = (
    "aah",
    "addiction",
    "addictologie",
    "aide sociale",
    "allocataire",
    "allocation",
    "ase",
    "assistante sociale",
    "assistant social",
    "beneficiaire",
    "caf",
    "ccas",
    "chomage",
    "chomeur",
    "chrs",
    "cmp",
    "curatelle",
    "demandeur d emploi",
    "dette",
    "emploi(?! du temps)",
    "esat",
    "expulsion",
    "france travail",
    "handicap",
    "handicape",
    "hebergement",
    "impaye",
    "insertion",
    "justice",
    "location",
    "maladie",
    "mdph",
    "mission locale",
    "mobilite solidaire",
    "msa",
    "permis",
    "plie",
    "pole emploi",
    "precarite",
    "prison",
    "probation",
    "psychiatrie",
    "qpv",
    "rqth",
    "rsa",
    "sans abri",
    "siae",
    "social",
    "sociale",
    "solidaire",
    "spip",
    "surendettement",
    "titre de sejour",
    "transport solidaire",
    "tus",
    "tutelle",
    "violence",
)
_SAID = re.compile(rf"(?<![a-z0-9])(?:{'|'.join(sorted(WORDS, key=len, reverse=True))})s?(?![a-z0-9])")


class Indiscreet(DomainError):
    """A word that tells others why somebody is helped, or by which service."""

    message = _l(
        "“%(word)s” must stand neither in an SMS nor in a subject: others may read it on the screen. "
        "Say “your appointment”, without the reason nor the service."
    )


def check(text: str, *, field: str) -> None:
    """Refuse a text that names a reason or a service. Raises Indiscreet, about `field`."""
    if word := found_in(text):
        refusal = Indiscreet(word=word)
        refusal.field = field  # type: ignore[misc]
        raise refusal


def found_in(text: str) -> str:
    """The first such word, folded; empty when there is none."""
    said = _SAID.search(fold(text))
    return said[0] if said else ""
