"""The last backups and how their trials ended, for platform administrators; no backup leaves by a page."""

from __future__ import annotations

from pathlib import Path

from babel.numbers import format_decimal
from flask import Blueprint, current_app, render_template

from jalon import checks, document_files, last_backup
from jalon.access import requires
from jalon.db.current import session
from jalon.i18n import current_locale
from jalon.scope import scope_of

blueprint = Blueprint("jalon_backups", "jalon", template_folder="templates")


@blueprint.get("/backups/")
@requires("jalon.backups.read")
def index() -> str:
    """What is wrong with the last one, as `jalon check` says it, and the last ones."""
    folder = document_files.folder_of(current_app.config, current_app.instance_path)
    known = last_backup.read_all(last_backup.path_beside(folder))
    with checks.looking_at(current_app, scope_of(session()).actor, hurried=True) as place:
        found = list(checks.CHECKS["backup"].run(place))
    return render_template(
        "jalon/backups.html",
        backups=known,
        found=found,
        is_there={one.file: Path(one.file).exists() for one in known},
        megabytes=_megabytes,
        grouped=lambda number: format_decimal(number, locale=current_locale()),
    )


def _megabytes(size: int) -> str:
    """Bytes in millions, as the reader writes numbers."""
    return str(format_decimal(max(size / 1_000_000, 0.1), "#,##0.0", locale=current_locale()))
