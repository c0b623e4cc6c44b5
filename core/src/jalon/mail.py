"""Mail, sent at once through the server of `JALON_MAIL_URL`."""

from __future__ import annotations

import logging
import os
import re
import smtplib
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import formataddr, formatdate, make_msgid
from urllib.parse import parse_qs, unquote, urlsplit

from flask import current_app

from jalon import remote_content
from jalon.errors import DomainError
from jalon.i18n import _, _l

log = logging.getLogger(__name__)
TIMEOUT = 10  # seconds
UNSUBSCRIBE = "List-Unsubscribe"
OTHER_HEADERS = re.compile(r"(List|X)-[A-Za-z0-9-]{1,40}|Reply-To|Precedence", re.IGNORECASE)
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


class MailUnfit(DomainError):
    """It is not written as a mail must be; nothing left."""

    message = _l("This mail was not sent, for it is not written as it must be: %(why)s.")


class Unbroken(EmailPolicy):
    """Addresses in `List-…` stay whole: a longer one would be written as an encoded word, which nothing can open."""

    def fold(self, name: str, value: str) -> str:
        kept = name.lower().startswith("list-") and value.isascii()
        return f"{name}: {value}{self.linesep}" if kept else str(super().fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        kept = name.lower().startswith("list-") and value.isascii()
        return self.fold(name, value).encode("ascii") if kept else bytes(super().fold_binary(name, value))


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


def send(
    to: str,
    subject: str,
    text: str,
    *,
    reference: str = "",
    written_by: str = "",
    html: str = "",
    headers: Mapping[str, str] | None = None,
    one_click: str = "",
) -> None:
    """Send now, within ten seconds. Raises MailFailed, MailUnfit. Never between a first flush and its commit.

    The same `reference` gives the same Message-ID: what is sent twice can be known as one. `written_by` stands
    before the sender's address. `html` is another way to read the text, which is there in any case; nothing in it is
    fetched from elsewhere. `one_click` is the address that unsubscribes by a POST. Source: RFC 8058, 3.1.
    """
    if not configured():
        raise MailNotConfigured
    through = server_of(_url())
    message = _headed(through.sender, to, subject, reference=reference, written_by=written_by)
    for name, value in (headers or {}).items():
        message[_allowed(name)] = _line(value)
    for name, value in _unsubscribing(one_click).items():
        message[name] = _line(value)
    _fill(message, text, html)
    try:
        _deliver(through, message)
    except (OSError, smtplib.SMTPException) as error:
        log.error("mail did not leave through %s:%s: %s", through.host, through.port, type(error).__name__)
        if _for_ever(error):
            raise AddressRefused from error
        raise MailFailed from error


def _headed(sender: str, to: str, subject: str, *, reference: str, written_by: str) -> EmailMessage:
    message, domain = EmailMessage(Unbroken()), sender.rpartition("@")[2]
    message["From"] = formataddr((_line(written_by), sender)) if written_by else sender
    message["To"], message["Subject"] = _line(to), _line(subject)
    message["Date"] = formatdate()
    message["Message-ID"] = f"<{_line(reference)}@{domain}>" if reference else make_msgid(domain=domain)
    message["Auto-Submitted"] = "auto-generated"  # nobody's holiday answer is wanted
    return message


def _unsubscribing(address: str) -> dict[str, str]:
    if not address:
        return {}
    if urlsplit(address).scheme not in ("http", "https"):
        raise MailUnfit(why=_("the address to unsubscribe at is none"))
    return {UNSUBSCRIBE: f"<{address}>", f"{UNSUBSCRIBE}-Post": "List-Unsubscribe=One-Click"}


def _allowed(name: str) -> str:
    """A header that changes neither who writes, nor who receives it, nor how it is read."""
    if not OTHER_HEADERS.fullmatch(name) or name.lower().startswith(UNSUBSCRIBE.lower()):
        raise MailUnfit(why=_("the header “%(name)s” is not for a module to write", name=name[:40]))
    return name


def _line(value: str) -> str:
    """What stands in a header: a line break would begin another one."""
    if value.splitlines() not in ([], [value]):
        raise MailUnfit(why=_("a line break stands where there must be none"))
    return value


def _fill(message: EmailMessage, text: str, html: str) -> None:
    if not text.strip():
        raise MailUnfit(why=_("it says nothing"))
    if remote_content.found(html):
        raise MailUnfit(why=_("something in it would be fetched from elsewhere"))
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")


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
