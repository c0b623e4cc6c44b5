"""`jalon communes`."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from jalon import communes
from jalon.cli.common import across

communes_group = AppGroup("communes", help="The territory.")


@communes_group.command("import")
@click.argument("file", type=click.Path(path_type=Path))
def import_file(file: Path) -> None:
    """Add or update the communes of a CSV FILE (columns of the demo territory)."""
    with across("communes are everybody's") as session:
        count = communes.import_communes(session, file)
        session.commit()
    click.echo(f"{count} communes")
