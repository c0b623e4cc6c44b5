"""Settings of the environment: the secret, the public address, the proxies, mail."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from jalon import public_address
from jalon.checks.check import Finding, Level, Place, check
from jalon.i18n import _, _l

SHORTEST_SECRET = 32  # characters; what the refusal at start proposes has 43
MAIL_PORTS = {"smtp": 25, "smtps": 465}
PATIENCE_S = 3.0


@check(_l("The secret key is long enough."), settings=True)
def secret(place: Place) -> Iterator[Finding]:
    """The key that signs sessions; the demo's is public."""
    key = str(place.config.get("SECRET_KEY") or "")
    mend = _("Set JALON_SECRET_KEY to a long random text and restart: everybody signs in again.")
    if key == place.config.get("JALON_DEMO_SECRET"):
        level: Level = "bad" if place.in_production else "warning"
        yield Finding("secret", level, _("The secret key is the demo's, which is public."), mend)
    elif len(key) < SHORTEST_SECRET or len(set(key)) < SHORTEST_SECRET // 4:
        yield Finding("secret", "bad", _("The secret key is short: it can be guessed."), mend)


@check(_l("The public address is set and uses https."), settings=True)
def address(place: Place) -> Iterator[Finding]:
    """Links in messages and the safety of cookies hang on it."""
    where = public_address.parts(place.config)
    if where is None:
        sentence = _("The public address is not set: links in messages would lead nowhere.")
        mend = _("Set JALON_PUBLIC_URL to the address people type, for instance https://jalon.example.org.")
        yield Finding("address", "bad" if place.in_production else "warning", sentence, mend)
    elif where.scheme != "https":
        sentence = _("The public address does not use https: passwords travel readable.")
        mend = _("Put a proxy with a certificate in front, and begin JALON_PUBLIC_URL with https.")
        yield Finding("address", "bad" if place.in_production else "warning", sentence, mend)


@check(_l("The number of proxies fits the public address."), settings=True)
def proxies(place: Place) -> Iterator[Finding]:
    """This site speaks http only, so behind an https address there is a proxy."""
    where = public_address.parts(place.config)
    if where is not None and where.scheme == "https" and public_address.hops(place.config) == 0:
        sentence = _("A proxy stands in front and is not believed: all visitors seem to come from it.")
        mend = _("Set JALON_TRUSTED_PROXIES to the number of proxies, most often 1.")
        yield Finding("proxies", "warning", sentence, mend)


@check(_l("The mail server answers."), settings=True)
def mail(place: Place) -> Iterator[Finding]:
    """A connection, no message."""
    said = str(place.config.get("JALON_MAIL_URL") or "")
    if not said:
        sentence = _("Mail is not set: invitations and forgotten passwords cannot be sent.")
        yield Finding("mail", "warning", sentence, _("Set JALON_MAIL_URL, for instance smtps://mail.example.org."))
    elif (where := _mail_server(said)) is None:
        mend = _("It begins with smtp:// or smtps://; the guide for administrators shows how to write it.")
        yield Finding("mail", "bad", _("JALON_MAIL_URL cannot be understood."), mend)
    elif not _answers(*where):
        sentence = _("The mail server does not answer at %(host)s, port %(port)s.", host=where[0], port=where[1])
        yield Finding("mail", "bad", sentence, _("Check JALON_MAIL_URL, the server and the firewall."))


def _mail_server(said: str) -> tuple[str, int] | None:
    try:
        parts = urlsplit(said)
        port = parts.port or MAIL_PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname and port and parts.scheme in MAIL_PORTS else None


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=PATIENCE_S):
            return True
    except OSError:
        return False
