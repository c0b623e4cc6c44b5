"""Backups: whether there is one, how old it is, and whether it can be restored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from flask import current_app

from jalon import document_files, last_backup
from jalon.checks.check import Finding, Level, Place, check
from jalon.clock import real_now
from jalon.i18n import Text, _, _l, ngettext
from jalon.last_backup import LastBackup
from jalon.scope import PARIS

TOO_OLD, FAR_TOO_OLD = timedelta(days=2), timedelta(days=7)
ANOTHER = _l("Make another backup now, and keep the older ones.")
PASSPHRASE = _l("Give “jalon worker” the JALON_BACKUP_PASSPHRASE with which the backup was made.")
MENDS: dict[str, Text] = {  # of a trial that could not be made, though the file may be good
    "NoTrial": _l("As PostgreSQL’s administrator, run ALTER ROLE … CREATEDB for the account of this site."),
    "ToolMissing": _l("Install PostgreSQL’s client programs where “jalon worker” runs."),
    "ToolTooOld": _l("Install PostgreSQL’s client programs of the server’s version, or a newer one."),
    "PassphraseNeeded": PASSPHRASE,
    "WrongPassphrase": PASSPHRASE,
}


@check(_l("No backup is needed here."))
def backup(place: Place) -> Iterator[Finding]:
    """How old the last one is, and what its trial said; a demo needs none."""
    folder = document_files.folder_of(place.config, current_app.instance_path)
    last = last_backup.read(last_backup.path_beside(folder))
    if last is None:
        if place.in_production:
            yield Finding("backup", "warning", _("No backup was ever made."), _make())
        return
    found = [*_file(last), *_trial(last)]
    if not found:
        made = f"{last.made.astimezone(PARIS):%d/%m/%Y %H:%M}"
        good = _("The last backup was made on %(when)s; its trial has still to come.", when=made)
        if last.tried:
            good = _("The last backup was made on %(when)s and really restored on trial.", when=made)
        found = [Finding("backup", "good", good)]
    yield from found


def _make() -> str:
    return _("Have “jalon backup FILE” run every night, and keep the files on another machine.")


def _file(last: LastBackup) -> Iterator[Finding]:
    if not Path(last.file).exists():
        gone = _("The last backup, %(file)s, is not there any more.", file=last.file)
        yield Finding("backup", "warning", gone, _make())
    if (age := real_now() - last.made) > TOO_OLD:
        old = ngettext("The last backup is %(n)s day old.", "The last backup is %(n)s days old.", age.days)
        level: Level = "bad" if age > FAR_TOO_OLD else "warning"
        yield Finding("backup", level, old, _make())


def _trial(last: LastBackup) -> Iterator[Finding]:
    if last.fault:
        sentence = _("The last backup could not be restored on trial: %(fault)s", fault=last.fault)
        yield Finding("backup", "bad", sentence, str(MENDS.get(last.refusal, ANOTHER)))
    elif (age := real_now() - (last.tried or last.made)) > TOO_OLD:
        old = ngettext("No backup was tried for %(n)s day.", "No backup was tried for %(n)s days.", age.days)
        yield Finding(
            "backup", "warning", old, _("Start “jalon worker” as a service: it tries the last one every night.")
        )
    if last.missing:
        lost = ngettext("%(n)s document has lost its file.", "%(n)s documents have lost their files.", last.missing)
        yield Finding("backup", "warning", lost, _("An older backup may still have it."))
