"""How organisations are registered and found: SIRET, RNA, web site."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.fr import siret

from jalon.errors import DomainError
from jalon.i18n import _l

_RNA = re.compile(r"W[0-9]{9}")
_HOST = re.compile(r"((?!-)[a-z0-9-]{1,63}(?<!-)\.)+[a-z]{2,63}")


class BadSiret(DomainError):
    """Not 14 digits."""

    field = "siret"
    message = _l("A SIRET has 14 digits.")


class WrongSiret(DomainError):
    """14 digits whose key does not agree."""

    field = "siret"
    message = _l("This SIRET does not exist: a digit is wrong or two were swapped.")


class BadRna(DomainError):
    """Not the number of an association."""

    field = "rna"
    message = _l("A number of the national register of associations is W and 9 digits.")


class BadWebsite(DomainError):
    """No address that a browser can open."""

    field = "website"
    message = _l("This is not the address of a web site.")


def normal_siret(typed: str) -> str:
    """14 digits. Raises BadSiret, WrongSiret. Source: INSEE; La Poste's own rule as python-stdnum has it."""
    try:
        return siret.validate(typed.replace("\u00a0", "").replace("\u202f", "").replace("-", ""))
    except InvalidChecksum:
        raise WrongSiret from None
    except ValidationError:
        raise BadSiret from None


def shown_siret(stored: str) -> str:
    """Grouped as on a letterhead: 732 829 320 00074."""
    return siret.format(stored)


def normal_rna(typed: str) -> str:
    """W and 9 digits. Raises BadRna. Source: Répertoire national des associations, which gives them no key."""
    compact = re.sub(r"[\s.\-]", "", typed).upper()
    if not _RNA.fullmatch(compact):
        raise BadRna
    return compact


def normal_website(typed: str) -> str:
    """The address with its scheme, https when none was typed. Raises BadWebsite."""
    address = typed.strip()
    if "://" not in address:
        address = f"https://{address}"
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").lower()
    except ValueError:
        raise BadWebsite from None
    known = parts.scheme in ("http", "https") and _HOST.fullmatch(host)
    if not known or len(address) > 200 or re.search(r"\s", address):
        raise BadWebsite
    return address
