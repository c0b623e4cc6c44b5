"""The second step of a sign-in: time codes of a telephone, and codes kept on paper for the day it is lost."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time

import pyotp
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from jalon.clock import real_now
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models import RecoveryCode, User

STEP = 30  # seconds, of RFC 6238 as every application on a telephone counts
CODES = 10
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing to mistake when typed from paper
_CODE_LENGTH = 12  # 59 bits


class WrongCode(DomainError):
    """Neither the time code of the moment nor an unused recovery code."""

    message = _l("This code is not right, or was used already. Wait for the next one.")
    field = "code"


def begin(user: User) -> None:
    """Draw a new secret for an account that has none confirmed; a telephone that began earlier begins again."""
    if user.totp_since is None:
        user.totp_nonce, user.totp_last_step = secrets.token_hex(16), 0


def secret_of(user: User, server_key: str) -> str:
    """The secret that the telephone holds, in base32; it is stored nowhere."""
    drawn = hmac.new(server_key.encode(), f"jalon second factor {user.totp_nonce}".encode(), hashlib.sha256)
    return base64.b32encode(drawn.digest()[:20]).decode()


def address_of(user: User, server_key: str) -> str:
    """What the QR code says to the application on the telephone."""
    return pyotp.TOTP(secret_of(user, server_key)).provisioning_uri(name=user.email or user.name, issuer_name="Jalon")


def confirm(session: Session, user: User, code: str, *, server_key: str) -> list[str]:
    """Switch the second step on once the telephone gives the right code; its recovery codes. Raises WrongCode."""
    if user.totp_nonce is None or not _is_time_code(session, user, code, server_key):
        raise WrongCode
    user.totp_since = real_now()
    return new_recovery_codes(session, user)


def check(session: Session, user: User, code: str, *, server_key: str) -> str:
    """Take a time code or a recovery code, which is then used up; “time” or “recovery”. Raises WrongCode.

    The caller commits also what a refused code left behind.
    """
    if user.totp_since is None:
        raise WrongCode
    if _is_time_code(session, user, code, server_key):
        return "time"
    if _is_recovery_code(session, user, code):
        return "recovery"
    raise WrongCode


def _is_time_code(session: Session, user: User, code: str, server_key: str) -> bool:
    """Good in its half minute and in those beside it, once: two requests with one code are not both let in."""
    typed = "".join(code.split()).encode()
    totp, present = pyotp.TOTP(secret_of(user, server_key)), int(time.time()) // STEP
    for step in (present - 1, present, present + 1):
        if hmac.compare_digest(totp.at(step * STEP).encode(), typed):
            taken = session.execute(
                update(User)
                .where(User.id == user.id, User.totp_last_step < step)
                .values(totp_last_step=step)
                .execution_options(synchronize_session=False)
            )
            return bool(taken.rowcount)  # type: ignore[attr-defined]  # of an UPDATE there is one
    return False


def _is_recovery_code(session: Session, user: User, code: str) -> bool:
    used = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.digest == _digest(user, code), RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None)
        )
        .values(used_at=real_now())
    )
    return bool(used.rowcount)  # type: ignore[attr-defined]  # of an UPDATE there is one


def new_recovery_codes(session: Session, user: User) -> list[str]:
    """Ten new codes in groups of four, shown to the caller only here; those given earlier open nothing."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH)) for _ in range(CODES)]
    session.add_all(RecoveryCode(user_id=user.id, digest=_digest(user, code)) for code in codes)
    session.flush()
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in codes]


def codes_left(session: Session, user_id: int) -> int:
    """How many recovery codes are still good."""
    query = select(func.count(RecoveryCode.id)).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return session.scalar(query) or 0


def turn_off(session: Session, user: User) -> None:
    """Forget the telephone and its recovery codes."""
    user.totp_nonce = user.totp_since = None
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    session.flush()


def _digest(user: User, code: str) -> str:
    """Of a code as it was typed, with the account in it: two accounts never share one."""
    bare = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(f"{user.id}:{bare}".encode()).hexdigest()
