"""`jalon retention`: erase names where their time is over."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from jalon import document_files, retention, sweep
from jalon.app_of import mount
from jalon.cli.common import inside, refusing, structure_option
from jalon.scope import structure_of

YEARS = click.IntRange(1, 100)
retention_group = AppGroup("retention", help="Data whose time is over.")


@retention_group.command("apply")
@structure_option
@click.option(
    "--years", type=YEARS, default=retention.YEARS, show_default=True, help="Kept after the end of the affair."
)
@click.option("--dry-run", is_flag=True, help="Only count.")
def apply(structure: str, years: int, dry_run: bool) -> None:
    """Erase the names in affairs that ended more than YEARS ago, in every module."""
    jalon = mount(current_app)
    folder = document_files.folder_of(current_app.config, current_app.instance_path)
    with inside(structure) as session:
        structure_id = structure_of(session).id
        report = retention.apply(session, jalon.hooks, before=retention.oldest_kept(years))
        if dry_run:
            session.rollback()
        else:
            session.commit()
    with refusing():
        swept = sweep.sweep(jalon.db, folder, only=structure_id, dry_run=dry_run)
    for slug, count in report.erased.items():
        click.echo(f"{slug:12} {count} records{' would be' if dry_run else ''} erased")
    click.echo(f"{'access log':12} {report.readings} entries{' would be' if dry_run else ''} removed")
    click.echo(f"{'merges':12} {report.journaled} rows of their journals{' would be' if dry_run else ''} removed")
    click.echo(f"{'imports':12} {swept.imports} files{' would be' if dry_run else ''} forgotten")
    click.echo(f"{'messages':12} {swept.messages}{' would lose' if dry_run else ' lost'} their words")
    if swept.erasures:
        click.echo(f"{'erasures':12} {swept.erasures} cleared: copies removed, freed pages overwritten")
    for slug in report.absent:
        click.echo(f"{slug:12} its code or its tables are absent: the duty stays open, see the Modules page")
