"""Backups: whether there is one, how old it is, and whether it can be restored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from flask import current_app

from jalon import document_files, last_backup
from jalon.checks.check import Finding, Place, check
from jalon.clock import real_now
from jalon.i18n import _, _l, ngettext

TOO_OLD = timedelta(days=2)


@check(_l("The last backup is recent and was really restored."))
def backup(place: Place) -> Iterator[Finding]:
    """What the last night's trial said; a demo needs none."""
    folder = document_files.folder_of(place.config, current_app.instance_path)
    last = last_backup.read(last_backup.path_beside(folder))
    make = _("Have “jalon backup FILE” run every night, and keep the files on another machine.")
    if last is None:
        if place.in_production:
            yield Finding("backup", "warning", _("No backup was ever made."), make)
        return
    if not Path(last.file).exists():
        yield Finding("backup", "warning", _("The last backup, %(file)s, is not there any more.", file=last.file), make)
    if (age := real_now() - last.made) > TOO_OLD:
        old = ngettext("The last backup is %(n)s day old.", "The last backup is %(n)s days old.", age.days)
        yield Finding("backup", "warning", old, make)
    yield from _trial(last)


def _trial(last: last_backup.LastBackup) -> Iterator[Finding]:
    again = _("Make another backup now, and keep the older ones.")
    if last.fault:
        sentence = _("The last backup could not be restored on trial: %(fault)s", fault=last.fault)
        yield Finding("backup", "bad", sentence, again)
    if last.missing:
        lost = ngettext("%(n)s document has lost its file.", "%(n)s documents have lost their files.", last.missing)
        yield Finding("backup", "warning", lost, _("An older backup may still have it."))
