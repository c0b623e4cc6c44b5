"""Mail, sent at once through the server of `JALON_MAIL_URL`."""

from __future__ import annotations

import logging
import os
import smtplib
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formataddr, formatdate, make_msgid
from urllib.parse import parse_qs, unquote, urlsplit

from flask import current_app

from jalon.errors import DomainError
from jalon.i18n import _l

log = logging.getLogger(__name__)
TIMEOUT = 10  # seconds
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class MailFailed(DomainError):
    """The message did not leave; the server's own words are in the log."""

    message = _l(
        "The message could not be sent: the mail server does not answer or refused it. Nothing else is lost. "
        "Try again in a few minutes; if it goes on, tell whoever runs this site."
    )


class MailNotConfigured(MailFailed):
    """This site has no mail server."""

    message = _l("This site cannot send mail yet: whoever runs it must set JALON_MAIL_URL.")


class AddressRefused(MailFailed):
    """The server will have nothing of this address, now or later."""

    message = _l("The mail server refuses this address: it is wrong, or nobody reads it any more. Check it.")


@dataclass(frozen=True)
class Server:
    """Where mail leaves from, read from an address like `smtp+starttls://name:password@host:587?from=a@b.fr`."""

    scheme: str
    host: str
    port: int
    user: str
    password: str
    sender: str


def configured() -> bool:
    """Whether there is a mail server to send through."""
    return bool(_url())


def server_of(url: str) -> Server:
    """What an address says. Raises RuntimeError for one through which nothing can be sent."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise RuntimeError("JALON_MAIL_URL is smtp://, smtp+starttls:// or smtps:// and a host")
    user = unquote(parts.username or "")
    sender = parse_qs(parts.query).get("from", [user])[0]
    if "@" not in sender:
        raise RuntimeError("JALON_MAIL_URL must say who writes: end it with ?from=address")
    port = parts.port or PORTS[parts.scheme]
    return Server(parts.scheme, parts.hostname, port, user, unquote(parts.password or ""), sender)


def send(to: str, subject: str, text: str, *, reference: str = "", written_by: str = "") -> None:
    """Send plain text now, within ten seconds. Raises MailFailed. Never between a first flush and its commit.

    The same `reference` gives the same Message-ID: what is sent twice can be known as one. `written_by` stands
    before the sender's address.
    """
    if not configured():
        raise MailNotConfigured
    through = server_of(_url())
    message = EmailMessage()
    domain = through.sender.rpartition("@")[2]
    message["From"] = formataddr((written_by, through.sender)) if written_by else through.sender
    message["To"], message["Subject"] = to, subject
    message["Date"] = formatdate()
    message["Message-ID"] = f"<{reference}@{domain}>" if reference else make_msgid(domain=domain)
    message["Auto-Submitted"] = "auto-generated"  # nobody's holiday answer is wanted
    message.set_content(text)
    try:
        _deliver(through, message)
    except (OSError, smtplib.SMTPException) as error:
        log.error("mail did not leave through %s:%s: %s", through.host, through.port, type(error).__name__)
        if _for_ever(error):
            raise AddressRefused from error
        raise MailFailed from error


def _for_ever(error: Exception) -> bool:
    """Whether the recipient was refused, and not only for now. Source: RFC 5321, 4.2.1: 5yz is for good."""
    refused = error.recipients.values() if isinstance(error, smtplib.SMTPRecipientsRefused) else ()
    return bool(refused) and all(code >= 500 for code, _said in refused)


def _deliver(through: Server, message: EmailMessage) -> None:
    kind = smtplib.SMTP_SSL if through.scheme == "smtps" else smtplib.SMTP
    with kind(through.host, through.port, timeout=TIMEOUT) as smtp:
        if through.scheme == "smtp+starttls":
            smtp.starttls()
        if through.user:
            smtp.login(through.user, through.password)
        smtp.send_message(message)


def _url() -> str:
    """Of our own site's settings; a host may have set the environment only."""
    return str(current_app.config.get("JALON_MAIL_URL", os.environ.get("JALON_MAIL_URL", "")))
