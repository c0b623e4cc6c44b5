"""`jalon db`: make and follow the tables."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from jalon import migrate, structures
from jalon.app_of import mount
from jalon.cli.common import Refused, across, json_option, refusing, show

UNFIT = ("database newer than code", "in trouble")
db_group = AppGroup("db", help="Tables: upgrade, downgrade, status.")


@db_group.command("upgrade")
@json_option
def upgrade(as_json: bool) -> None:
    """Bring every module's tables to its code."""
    jalon = mount(current_app)
    with refusing():
        outcomes = migrate.upgrade(jalon.db.engine, jalon.registry)
    if jalon.structure:
        _found_the_one(jalon.structure)
    show([o for o in outcomes if as_json or not o.trouble], as_json=as_json, line="{slug:12} {after}")
    if failed := [f"{o.slug}: {o.trouble} {o.fault}".rstrip() for o in outcomes if o.trouble]:
        raise Refused("; ".join(failed))


def _found_the_one(slug: str) -> None:
    """A host with one fixed structure needs no command to found it."""
    with across("the one structure of this host") as session:
        if structures.at(session, slug) is None:
            structures.found(session, slug, name=slug.replace("-", " ").capitalize())
            session.commit()


@db_group.command("downgrade")
@click.argument("module")
@click.argument("revision")
def downgrade(module: str, revision: str) -> None:
    """Take one MODULE's tables back to REVISION (“base”: before the first)."""
    with refusing():
        outcome = migrate.downgrade(mount(current_app).db.engine, module, revision)
    click.echo(f"{outcome.slug}: {outcome.before or 'nothing'} -> {outcome.after or 'nothing'}")


@db_group.command("status")
@json_option
def status(as_json: bool) -> None:
    """Where each module's tables stand; exit code 1 when code and tables of one do not fit."""
    jalon = mount(current_app)
    with refusing():
        positions = migrate.status(jalon.db.engine, jalon.registry)
    show(positions, as_json=as_json, line="{slug:12} {current:20} {state:24} {trouble}")
    if unfit := [f"{p.slug}: {p.state}" for p in positions if p.state in UNFIT]:
        raise Refused("; ".join(unfit))
