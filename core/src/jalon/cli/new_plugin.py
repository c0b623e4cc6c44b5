"""`jalon new-plugin`: the beginning of a module."""

from __future__ import annotations

from pathlib import Path

import click

from jalon import scaffold
from jalon.cli.common import refusing

NEXT = """Written: {folder}. What comes next:
  cd {folder}
  python -m pip install --no-build-isolation --editable .
  .ci/run                      (its tests and the conformance kit)
  jalon db upgrade             (its tables)
  jalon modules enable {slug} --structure SLUG
docs/plugin-guide.md goes on from there."""


@click.command("new-plugin")
@click.argument("name")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=Path(),
    help="The folder in which the module's own folder is made; here, if none is said.",
)
def new_plugin(name: str, into: Path) -> None:
    """Write the beginning of a module called NAME; it passes the conformance kit as it is."""
    with refusing():
        folder = scaffold.write(name, into)
    click.echo(NEXT.format(folder=folder, slug=name))
