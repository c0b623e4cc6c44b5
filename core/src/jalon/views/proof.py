"""Proving who one is: a password or a code, each attempt counted before it is looked at."""

from __future__ import annotations

from flask import current_app, request

from jalon import account_events, accounts, devices, second_factor, throttle
from jalon.app_of import mount
from jalon.db import open_session
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models import User
from jalon.scope import Scope

SIGN_IN = Scope(across="sign-in: an account belongs to no structure")


class WrongPassword(DomainError):
    """Whoever is signed in knows their address: only the password can be wrong."""

    message = _l("This is not your password.")
    field = "password"


def prove_password(email: str, password: str) -> int:
    """The id of the account whose password that is. Raises BadCredentials, TooManyAttempts."""
    db, address = mount(current_app).db, accounts.address_of(email)
    with open_session(db, SIGN_IN) as counting:
        throttle.reserve(counting, "password", address)
        throttle.reserve(counting, "password-ip", network())
        foreseen = account_events.foresee_refusal(counting, address, device=device())
        counting.commit()
    with open_session(db, SIGN_IN, read_only=True) as reading:
        user_id = accounts.check_password(reading, email, password).id
    with open_session(db, SIGN_IN) as writing:
        throttle.clear(writing, "password", address)
        account_events.take_back(writing, foreseen)
        writing.commit()
    return user_id


def prove_again(email: str, password: str) -> None:
    """Ask somebody who is signed in for their password. Raises WrongPassword, TooManyAttempts."""
    try:
        prove_password(email, password)
    except accounts.BadCredentials:
        raise WrongPassword from None


def prove_code(user_id: int, code: str) -> None:
    """Take a time code or a recovery code of an account. Raises WrongCode, TooManyAttempts."""
    db = mount(current_app).db
    count_code(user_id)
    with open_session(db, SIGN_IN) as writing:
        user = writing.get_one(User, user_id)
        try:
            kind = second_factor.check(writing, user, code, server_key=server_key())
        except DomainError:
            account_events.record(writing, user_id, "refused", device=device())
            writing.commit()
            raise
        if kind == "recovery":
            account_events.record(writing, user_id, "recovery_code_used", device=device())
        throttle.clear(writing, "code", user_id)
        writing.commit()


def count_code(user_id: int) -> None:
    """Count an attempt at somebody's code. Raises TooManyAttempts."""
    with open_session(mount(current_app).db, SIGN_IN) as counting:
        throttle.reserve(counting, "code", user_id)
        counting.commit()


def server_key() -> str:
    """The secret of the settings, from which those of the telephones are made."""
    return str(current_app.config["SECRET_KEY"])


def device() -> str:
    """The browser of this request, in words."""
    return devices.describe(request.headers.get("User-Agent"))


def network() -> str:
    """Where this request comes from, as attempts are counted by it."""
    return throttle.network(request.remote_addr)
