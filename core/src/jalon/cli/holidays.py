"""`jalon holidays`."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from jalon import holidays
from jalon.cli.common import across

holidays_group = AppGroup("holidays", help="School holidays; public ones are computed.")


@holidays_group.command("import")
@click.argument("file", type=click.Path(path_type=Path))
def import_file(file: Path) -> None:
    """Add or replace school holidays from a CSV FILE, as data.education.gouv.fr publishes them."""
    with across("school holidays are everybody's") as session:
        done = holidays.import_school_holidays(session, file)
        session.commit()
    click.echo(f"{done.holidays} school holidays, {done.left_out} lines left out")
