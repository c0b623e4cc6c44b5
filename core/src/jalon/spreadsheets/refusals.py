"""Why a file is no list that can be read."""

from __future__ import annotations

from jalon.errors import DomainError
from jalon.i18n import _l


class FileMissing(DomainError):
    """No file came, or 0 bytes."""

    field = "file"
    message = _l("Choose a file that is not empty.")


class ListTooLarge(DomainError):
    """More bytes than a list of that many lines has."""

    field = "file"
    message = _l("This file is too large: 5 MB at most.")


class NoList(DomainError):
    """A picture, a PDF, an old Excel file…"""

    field = "file"
    message = _l("This file is neither CSV nor XLSX: in your spreadsheet, save it as “Excel workbook (.xlsx)”.")


class LockedList(DomainError):
    """A workbook that its password encrypts. Source: [MS-OFFCRYPTO] 2.3.4.4, the stream EncryptedPackage."""

    field = "file"
    message = _l("This file is protected by a password: open it, take the password away, and send it again.")


class DamagedList(DomainError):
    """It begins well and cannot be read."""

    field = "file"
    message = _l("This file is damaged or protected by a password: open it in your spreadsheet and save it again.")


class UnpacksTooLarge(DomainError):
    """A small file that would fill the memory."""

    field = "file"
    message = _l("This file holds far more than a list: copy the list alone into a new file.")


class TooManyLines(DomainError):
    """More than one import takes."""

    field = "file"
    message = _l("This list is too long: 2,000 lines at most. Cut it into several files.")


class TooManyColumns(DomainError):
    """More than anybody would look at."""

    field = "file"
    message = _l("This list has too many columns: 100 at most.")


class NothingInList(DomainError):
    """Headers only, or not even these."""

    field = "file"
    message = _l("There is no line in this list: the first line gives the names of the columns, the others the rows.")
