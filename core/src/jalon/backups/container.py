"""The file itself: a mark, a head, a stream that is encrypted if asked, and the SHA-256 of all that stands before it.

Encrypted, the stream is cut into pieces, each sealed with AES-256-GCM under a number and the mark of the last one, so
that none can be changed, moved or left out; the key is made from the passphrase by scrypt.
Source: the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár (2015); RFC 7914 for scrypt.
"""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from jalon.backups.refusals import Damaged, NoBackup, PassphraseNeeded, TooShort, WrongPassphrase
from jalon.i18n import _

MARK = b"JALON-BACKUP-1\n"
PLAIN, SEALED = b"\0", b"\1"
SALT, PREFIX, TAG, DIGEST = 16, 7, 16, 32  # bytes
PIECE = 1 << 20  # bytes, before sealing
COST = 2**17  # of scrypt: 128 MB and about half a second; source: OWASP's password storage cheat sheet
SHORTEST = 12  # characters


class Sink(io.RawIOBase):
    """What is written here stands in the file, sealed; `finish` closes it with its digest."""

    def __init__(self, target: IO[bytes], passphrase: str = "") -> None:
        if passphrase and len(passphrase) < SHORTEST:
            raise TooShort(n=SHORTEST)
        self._target, self._digest, self._held = target, hashlib.sha256(), bytearray()
        salt, self._prefix = os.urandom(SALT), os.urandom(PREFIX)
        self._head = MARK + (SEALED + salt + self._prefix if passphrase else PLAIN)
        self._cipher = AESGCM(_key(passphrase, salt)) if passphrase else None
        self._number = 0
        self._put(self._head)

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # any buffer of bytes
        if self._cipher is None:
            self._put(bytes(data))
            return len(data)
        self._held += data
        while len(self._held) > PIECE:  # the last piece is sealed as such: one is always held back
            self._seal(bytes(self._held[:PIECE]), last=False)
            del self._held[:PIECE]
        return len(data)

    def finish(self) -> str:
        """Returns the SHA-256 of the file before its last 32 bytes, in hexadecimal."""
        if self._cipher is not None:
            self._seal(bytes(self._held), last=True)
        self._target.write(self._digest.digest())
        return self._digest.hexdigest()

    def _seal(self, piece: bytes, *, last: bool) -> None:
        assert self._cipher is not None
        self._put(self._cipher.encrypt(_nonce(self._prefix, self._number, last), piece, self._head))
        self._number += 1

    def _put(self, data: bytes) -> None:
        self._digest.update(data)
        self._target.write(data)


class Source(io.RawIOBase):
    """What was written into a file, which was compared with its digest first.

    Raises NoBackup, Damaged, PassphraseNeeded, WrongPassphrase.
    """

    def __init__(self, path: Path, passphrase: str = "") -> None:
        self._left = _check(path) - len(MARK) - 1
        self._file = path.open("rb")
        self._file.seek(len(MARK))
        self._cipher: AESGCM | None = None
        self._opened, self._number = b"", 0
        if self._file.read(1) == SEALED:
            salt, self._prefix = self._file.read(SALT), self._file.read(PREFIX)
            self._left -= SALT + PREFIX
            self._head = MARK + SEALED + salt + self._prefix
            if not passphrase:
                self.close()
                raise PassphraseNeeded
            self._cipher = AESGCM(_key(passphrase, salt))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any buffer that can be written to
        if not self._opened:
            self._opened = self._next()
        taken = self._opened[: len(buffer)]
        buffer[: len(taken)] = taken
        self._opened = self._opened[len(taken) :]
        return len(taken)

    def close(self) -> None:
        self._file.close()
        super().close()

    def _next(self) -> bytes:
        wanted = min(self._left, PIECE + (TAG if self._cipher else 0))
        if not wanted:
            return b""
        piece = self._file.read(wanted)
        self._left -= wanted
        if self._cipher is None:
            return piece
        nonce = _nonce(self._prefix, self._number, not self._left)
        self._number += 1
        try:
            return self._cipher.decrypt(nonce, piece, self._head)
        except InvalidTag:
            raise WrongPassphrase from None


def is_sealed(path: Path) -> bool:
    """Whether a file asks for a passphrase; it is not read further."""
    with path.open("rb") as file:
        return file.read(len(MARK) + 1) == MARK + SEALED


def _check(path: Path) -> int:
    """Where the digest of a file begins, once the file is as it was written. Raises NoBackup, Damaged."""
    end = path.stat().st_size - DIGEST
    with path.open("rb") as file:
        start = file.read(len(MARK) + 1)
        if start[: len(MARK)] != MARK or start[len(MARK) :] not in (PLAIN, SEALED):
            raise NoBackup
        if end < len(start):
            raise Damaged(what=_("its end is missing."))
        file.seek(0)
        digest, left = hashlib.sha256(), end
        while left and (data := file.read(min(left, PIECE))):
            digest.update(data)
            left -= len(data)
        if file.read() != digest.digest():
            raise Damaged(what=_("its content was changed, or its end is missing."))
    return end


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=COST, r=8, p=1).derive(passphrase.encode())


def _nonce(prefix: bytes, number: int, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])
