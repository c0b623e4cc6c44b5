"""PDF: whether one can be made here."""

from __future__ import annotations

from collections.abc import Iterator

from jalon import pdf
from jalon.checks.check import Finding, Place, check
from jalon.i18n import _, _l


@check(_l("PDF can be made."))
def paper(place: Place) -> Iterator[Finding]:
    """A page is made, which takes a second: not while somebody waits for a page of ours."""
    if place.hurried:
        return
    try:
        pdf.render("<html lang=fr><title>Jalon</title><p>Jalon")
    except pdf.PdfNotMade:
        sentence = _("No PDF can be made: copies of a person's data hold a page for a browser in its place.")
        mend = _("Install the Python package weasyprint, and with the system's: %(packages)s.", packages=pdf.PACKAGES)
        yield Finding("paper", "warning", sentence, mend)
