"""The trial of the night: a backup that nobody restored is a hope."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from jalon import last_backup
from jalon.backups import reading
from jalon.errors import DomainError

log = logging.getLogger(__name__)


class TriedByAnother(Exception):
    """Another worker tries it at this moment."""


def try_last(engine: Engine, documents: Path) -> bool:
    """Restore the last backup on trial and note how it went; False when there is none, or it is not to be used.

    Raises TriedByAnother.
    """
    noted = last_backup.path_beside(documents)
    if last_backup.read(noted) is None:
        return False
    with last_backup.one_trial(noted) as mine:
        last = last_backup.read(noted)
        if not mine or last is None:
            raise TriedByAnother
        fault, refusal = _fault(Path(last.file), engine, documents.parent)
        last_backup.note_trial(noted, last, fault, refusal)
    if fault:
        log.error("the backup %s could not be restored on trial: %s", last.file, fault)
    return not fault


def _fault(file: Path, engine: Engine, beside: Path) -> tuple[str, str]:
    """A sentence and the error's name, empty when it went well; whatever goes wrong is what the trial is for."""
    try:
        reading.try_out(file, engine, beside, os.environ.get("JALON_BACKUP_PASSPHRASE", ""))
    except DomainError as error:
        return str(error), type(error).__name__
    except OSError as error:
        return error.strerror or type(error).__name__, type(error).__name__
    except SQLAlchemyError as error:
        said = (str(getattr(error, "orig", error)).splitlines() or [""])[0]
        return f"{type(error).__name__}: {said}", type(error).__name__
    return "", ""
