"""Which passwords are too easy to guess."""

from __future__ import annotations

import re

from jalon.errors import DomainError
from jalon.i18n import Text, _l
from jalon.models import User

SHORTEST, LONGEST = 10, 200  # characters
# of ten characters and more, what people and lists of leaked passwords begin with; the demo's is public
COMMON = frozenset(
    """
    0123456789 1234567890 0987654321 1111111111 0000000000 1122334455 123456789a 123456789q 12345678910 987654321a
    1q2w3e4r5t 1qaz2wsx3edc abcdefghij azertyuiop azertyuiop1 qwertyuiop qwertyuiop1 password12 password123
    password1234 passwordpassword motdepasse motdepasse1 motdepasse123 monmotdepasse administrateur administrator
    bonjour123 bonjourbonjour bienvenue1 bienvenue123 changemeplease changeme123 football123 iloveyou12 jetaimetoi
    letmein123 loulou1234 soleil1234 marseille13 parissaintgermain welcome123 mobilite2024 mobilite2025 mobilite2026
    jalonjalon jalon12345 jalon-demo
    """.split()  # noqa: SIM905 - a list to read through
)


class WeakPassword(DomainError):
    """The password would be guessed; the sentence says why."""

    field = "password"
    message = "%(reason)s"


_SHORT = _l("A password has at least 10 characters: three or four words that have nothing to do with each other.")
_LONG = _l("A password has at most 200 characters.")
_ONE_SELF = _l("This password is your name or your address: others would try it first.")
_KNOWN = _l("This password is one of the first that others would try.")


def check(user: User, password: str) -> None:
    """Raise WeakPassword for a password that is short, long, oneself's name or address, or everybody's first idea.

    No rule on capitals, digits or age. Source: NIST SP 800-63B-4, 3.1.1.2.
    """
    if (reason := _weakness(user, password)) is not None:
        raise WeakPassword(reason=reason)


def _weakness(user: User, password: str) -> Text | None:
    if len(password) < SHORTEST:
        return _SHORT
    if len(password) > LONGEST:
        return _LONG
    bare = _bare(password)
    if bare and bare in {_bare(said) for said in (user.email or "", (user.email or "").partition("@")[0], user.name)}:
        return _ONE_SELF
    if password.lower() in COMMON and not user.is_demo:
        return _KNOWN
    return _KNOWN if len(set(password)) == 1 else None


def _bare(text: str) -> str:
    """Letters and digits only: “zoe.martin” is as easy as “Zoe Martin”."""
    return re.sub(r"[\W_]", "", text).lower()
