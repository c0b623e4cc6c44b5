"""A page as a tagged PDF (PDF/UA-1), made by WeasyPrint in a process of its own, with nothing fetched from a network.

WeasyPrint without a usable font ends its process without a word, and keeps some 90 MB: neither is for a web process.
Addresses in the page are `jalon:package/path`, files of our packages.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from jalon.errors import DomainError
from jalon.i18n import _l

TIMEOUT_S = 60
WRITER = Path(__file__).with_name("pdf_writer.py")
PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"


class PdfNotMade(DomainError):
    """WeasyPrint, its libraries or a font are missing, or the page is too long for the time there is."""

    message = _l("The PDF could not be made. Whoever runs this site finds the cause with “jalon check”.")


def render(html: str) -> bytes:
    """The PDF of a page; its language and title are those of the HTML. Raises PdfNotMade.

    Call it when no transaction is open: it takes about a second.
    """
    command = [sys.executable, "-P", str(WRITER)]  # -P: our own folder has a calendar.py too
    try:
        made = subprocess.run(command, input=html.encode(), capture_output=True, timeout=TIMEOUT_S, check=True)  # noqa: S603 - our own module
    except (subprocess.SubprocessError, OSError) as error:
        raise PdfNotMade from error
    return made.stdout
