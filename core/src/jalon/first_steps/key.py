"""The key to the first account: told to whoever runs the server, good for a day, kept out of the database."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jalon.clock import now

FILE = "first-steps.key"
LIFETIME = timedelta(hours=24)


def new_key(data_dir: Path, secret: str) -> str:
    """The key that is good now, another one when there is none; whoever restarts the site keeps the same.

    Raises OSError when the folder cannot be written.
    """
    if _read(data_dir) is None:
        data_dir.mkdir(parents=True, exist_ok=True)
        written = data_dir / f"{FILE}.{os.getpid()}"
        with open(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(f"{secrets.token_hex(32)} {now().timestamp():.0f}")
        written.replace(data_dir / FILE)
    return _made_of(_read(data_dir) or "", secret)


def good_key(data_dir: Path, secret: str, key: str) -> bool:
    """Whether that is the key, within its day."""
    nonce = _read(data_dir)
    return nonce is not None and hmac.compare_digest(_made_of(nonce, secret).encode(), key.encode())


def spend_key(data_dir: Path) -> None:
    """The first account is open: nobody shall open another this way."""
    (data_dir / FILE).unlink(missing_ok=True)


def _read(data_dir: Path) -> str | None:
    """The random part, None when it is absent, damaged or too old."""
    try:
        nonce, _, at = (data_dir / FILE).read_text(encoding="ascii").partition(" ")
        made = datetime.fromtimestamp(float(at), UTC)
    except (OSError, ValueError, OverflowError):
        return None
    return nonce if nonce and timedelta(0) <= now() - made + timedelta(seconds=1) <= LIFETIME else None


def _made_of(nonce: str, secret: str) -> str:
    """Without the server's secret the file alone opens nothing; in a demo, where that is public, the file keeps it."""
    digest = hmac.new(secret.encode(), f"first-steps {nonce}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:24]).decode()
