"""SMS: whether they can be left in their folder, and whether anybody takes them from there."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from flask import current_app

from jalon import sms as gateways
from jalon.checks.check import Finding, Place, check
from jalon.i18n import _, _l, ngettext

FORGOTTEN_S = 86_400.0


@check(_l("SMS can leave."))
def sms(place: Place) -> Iterator[Finding]:
    """Nobody is told of an SMS that lies in a folder for ever."""
    folder = gateways.folder_of(place.config, current_app.instance_path)
    if not folder.exists():  # the first SMS makes it
        return
    if not os.access(folder, os.W_OK | os.X_OK):
        mend = _("Give it to the account the site runs under, for instance with chown.")
        yield Finding("sms", "bad", _("%(path)s cannot be written: no SMS leaves.", path=folder), mend)
        return
    oldest = time.time() - FORGOTTEN_S
    n = sum(path.stat().st_mtime < oldest for path in folder.glob("*.json"))
    if n:
        sentence = ngettext(
            "%(n)s SMS has been waiting for more than a day.", "%(n)s SMS have been waiting for more than a day.", n
        )
        mend = _("Look at the program that takes the SMS from %(path)s to the provider.", path=folder)
        yield Finding("sms", "warning", sentence, mend)
