"""`jalon structures`: found, rename, list."""

from __future__ import annotations

from dataclasses import dataclass

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from jalon import structures
from jalon.app_of import mount
from jalon.cli.common import across, json_option, show, structure_at
from jalon.models import Structure

structures_group = AppGroup("structures", help="Structures: found, rename, list.")


@dataclass(frozen=True)
class Line:
    """A structure as the command line lists it."""

    slug: str
    name: str
    demo: bool


@structures_group.command("found")
@click.argument("slug")
@click.option("--name", required=True, help="The structure's name.")
def found(slug: str, name: str) -> None:
    """Create a structure at the address SLUG."""
    with across("found a structure") as session:
        made = structures.found(session, slug, name=name, reserved=mount(current_app).reserved_slugs(current_app))
        session.commit()
        click.echo(f"{made.name} is at /{slug}/")


@structures_group.command("rename")
@click.argument("slug")
@click.argument("new_slug")
def rename(slug: str, new_slug: str) -> None:
    """Give the structure at SLUG the address NEW_SLUG; the old one redirects for ever."""
    with across("rename a structure's address") as session:
        structure = structure_at(session, slug)
        structures.rename(session, structure, new_slug, reserved=mount(current_app).reserved_slugs(current_app))
        session.commit()
    click.echo(f"/{slug}/ now redirects to /{new_slug}/")


@structures_group.command("list")
@json_option
def list_structures(as_json: bool) -> None:
    """All structures."""
    with across("list the structures") as session:
        rows = [Line(s.slug, s.name, s.is_demo) for s in session.scalars(select(Structure).order_by(Structure.slug))]
    show(rows, as_json=as_json, line="{slug:16} {name}")
