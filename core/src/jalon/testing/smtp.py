"""A real mail server for tests: what the site sends is delivered to it and read back."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flask import Flask

SENDER = "jalon@site.example"


class Mailbox:
    """Everything that was delivered, in the order in which it came; aiosmtpd calls it for each message."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.url = ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 OK"

    def wait(self, count: int = 1) -> list[EmailMessage]:
        """The messages, once there are that many; some leave in a thread of their own."""
        until = time.monotonic() + 10
        while len(self.messages) < count and time.monotonic() < until:
            time.sleep(0.01)
        assert len(self.messages) == count, [m["Subject"] for m in self.messages]
        return self.messages


def free_port() -> int:
    """A port of the loopback on which nothing answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def smtp_of() -> Iterator[Callable[[Flask], Mailbox]]:
    """Gives an application a mail server on the loopback, through which it sends."""
    from aiosmtpd.controller import Controller

    started: list[Controller] = []

    def serve(app: Flask) -> Mailbox:
        mailbox, port = Mailbox(), free_port()
        started.append(Controller(mailbox, hostname="127.0.0.1", port=port))
        started[-1].start()
        mailbox.url = app.config["JALON_MAIL_URL"] = f"smtp://127.0.0.1:{port}?from={SENDER}"
        return mailbox

    yield serve
    for controller in started:
        controller.stop()


@pytest.fixture
def smtp(app: Flask, smtp_of: Callable[[Flask], Mailbox]) -> Mailbox:
    """A mail server on the loopback, through which `app` sends."""
    return smtp_of(app)
