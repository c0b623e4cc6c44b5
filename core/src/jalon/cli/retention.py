"""`jalon retention`: erase names where their time is over."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from jalon import document_files, erasure_remains, retention
from jalon.app_of import mount
from jalon.cli.common import inside, refusing, structure_option
from jalon.clock import now
from jalon.imports import kept, runs

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
    with inside(structure) as session:
        report = retention.apply(session, jalon.hooks, before=retention.oldest_kept(years))
        files = runs.forget_before(session, now() - kept.KEPT)
        if dry_run:
            session.rollback()
        else:
            session.commit()
    swept = 0 if dry_run else _sweep()
    if not dry_run:
        kept.sweep(kept.folder_of(current_app.config, current_app.instance_path))
    for slug, count in report.erased.items():
        click.echo(f"{slug:12} {count} records{' would be' if dry_run else ''} erased")
    click.echo(f"{'access log':12} {report.readings} entries{' would be' if dry_run else ''} removed")
    click.echo(f"{'merges':12} {report.journaled} rows of their journals{' would be' if dry_run else ''} removed")
    click.echo(f"{'imports':12} {len(files)} files{' would be' if dry_run else ''} forgotten")
    if swept:
        click.echo(f"{'erasures':12} {swept} cleared: copies removed, freed pages overwritten")
    for slug in report.absent:
        click.echo(f"{slug:12} its code or its tables are absent: the duty stays open, see the Modules page")


def _sweep() -> int:
    """What an erasure that was cut off left outside the database's rows."""
    folder = document_files.folder_of(current_app.config, current_app.instance_path)
    with refusing():
        return erasure_remains.clear(mount(current_app).db, folder)
