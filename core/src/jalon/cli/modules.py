"""`jalon modules`: what is installed, enabled, in trouble; switch it, uninstall it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from jalon import modules, uninstall
from jalon.app_of import mount
from jalon.cli.common import Refused, inside, json_option, refusing, show, structure_option

modules_group = AppGroup("modules", help="Modules: list, status, enable, disable, uninstall.")


@dataclass(frozen=True)
class Line:
    """A module as the command line lists it; `detail` is the traceback of what is wrong with it."""

    slug: str
    version: str
    state: str
    detail: str


@modules_group.command("list")
@json_option
def list_modules(as_json: bool) -> None:
    """Modules whose code is on this server, and their state in this process."""
    rows = [
        Line(m.slug, m.manifest.version if m.manifest else "", m.said or "loaded", m.detail)
        for m in mount(current_app).registry
    ]
    show(rows, as_json=as_json, line="{slug:12} {version:8} {state}")


@modules_group.command("status")
@structure_option
@json_option
def status(structure: str, as_json: bool) -> None:
    """State of each module for one structure."""
    with inside(structure) as session:
        cards = modules.cards(session, mount(current_app).registry)
    show(cards, as_json=as_json, line="{slug:12} {state:10} {reason} {fault}")


@modules_group.command("enable")
@click.argument("slug")
@structure_option
@click.option("--with-requirements", is_flag=True, help="Also switch on what it requires.")
def enable(slug: str, structure: str, with_requirements: bool) -> None:
    """Switch module SLUG on for a structure."""
    with inside(structure) as session:
        fresh = modules.enable(session, mount(current_app).registry, slug, with_requirements=with_requirements)
        session.commit()
    click.echo(f"switched on at {structure}: {', '.join(fresh) or 'nothing, it was on'}")


@modules_group.command("disable")
@click.argument("slug")
@structure_option
@click.option("--with-dependents", is_flag=True, help="Also switch off what requires it.")
def disable(slug: str, structure: str, with_dependents: bool) -> None:
    """Switch module SLUG off for a structure; its data is kept."""
    with inside(structure) as session:
        gone = modules.disable(session, mount(current_app).registry, slug, with_dependents=with_dependents)
        session.commit()
    click.echo(f"switched off at {structure}: {', '.join(gone) or 'nothing, it was off'}")


@modules_group.command("uninstall")
@click.argument("slug")
@click.option("--confirm", metavar="SLUG", help="The module's slug again; without it, only the counts are shown.")
@click.option(
    "--export",
    "export_to",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where the module's data goes (ZIP of CSV).",
)
@json_option
def uninstall_module(slug: str, confirm: str | None, export_to: Path | None, as_json: bool) -> None:
    """Drop module SLUG's tables and its rows in the core, after exporting them."""
    jalon = mount(current_app)
    with refusing():
        counts = uninstall.impact(jalon.db.engine, jalon.registry, slug)
    show(counts, as_json=as_json, line="{rows:8} {table}")
    if confirm is None:
        raise Refused(f"nothing was dropped; to drop all of this say --confirm {slug} --export FILE")
    if confirm != slug or export_to is None:
        raise Refused("nothing was dropped: --confirm must repeat the slug, and --export must name a file")
    with refusing():
        uninstall.uninstall(jalon.db.engine, jalon.registry, slug, export_to=export_to)
    if not as_json:
        click.echo(f"{slug} is gone from the database; its data is in {export_to}")
