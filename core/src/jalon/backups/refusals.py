"""Why a backup is not made, not believed or not restored."""

from __future__ import annotations

from jalon.errors import DomainError
from jalon.i18n import _l


class Damaged(DomainError):
    """What is read is not what was written."""

    message = _l("This backup is damaged and is not to be used: %(what)s")


class NoBackup(DomainError):
    """Not a file of ours, or of a later kind."""

    message = _l("This file is no backup of Jalon, or one of a later version.")


class PassphraseNeeded(DomainError):
    """It is encrypted, and nothing was given to open it with."""

    message = _l("This backup is encrypted: give its passphrase in JALON_BACKUP_PASSPHRASE.")


class WrongPassphrase(DomainError):
    """It does not open with it; the file as a whole is as it was written."""

    message = _l("JALON_BACKUP_PASSPHRASE is not the passphrase of this backup.")


class TooShort(DomainError):
    """Whoever finds the file can try as many as they like."""

    message = _l("JALON_BACKUP_PASSPHRASE is too short: take %(n)s characters or more.")


class Newer(DomainError):
    """The code here knows less than the code that wrote it."""

    message = _l("This backup was made by a newer version (%(modules)s): install that version first.")


class OtherDatabase(DomainError):
    """Of the other kind of database."""

    message = _l("This backup is of %(there)s and the database here is %(here)s: restore it into the same kind.")


class NotEmpty(DomainError):
    """Something is there that would be overwritten or mixed."""

    message = _l("%(where)s is not empty: a backup is restored into an empty place only.")


class ToolMissing(DomainError):
    """PostgreSQL's own programs make and read its backups."""

    message = _l("The program %(program)s is not installed: install PostgreSQL’s client programs.")


class ToolFailed(DomainError):
    """It said why."""

    message = _l("%(program)s failed: %(reason)s")


class ToolTooOld(DomainError):
    """PostgreSQL's programs read servers of their version and of older ones only."""

    message = _l(
        "The program %(program)s is older than the server: install PostgreSQL’s client programs of its version."
    )


class NoRoom(DomainError):
    """A disk, or what an account may use of it, is full."""

    message = _l("There is no room left on the disk of %(where)s: nothing was kept of it. Make room, then try again.")


class NoTrial(DomainError):
    """A trial needs a database of its own."""

    message = _l("The account of the database may not create another one: the backup was read, and not restored.")
