"""`jalon demo`: five fictitious structures, loaded and removed exactly."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from jalon import demo
from jalon.app_of import mount
from jalon.cli.common import Refused, refusing

demo_group = AppGroup("demo", help="Demonstration data.")


@demo_group.command("load")
def load() -> None:
    """Create the demo's structures, accounts and a year of activity; does nothing when they are there."""
    if current_app.config.get("JALON_ENV") == "production":
        raise Refused("this is a production site: demo accounts have a public password")
    with refusing():
        loaded = demo.load(mount(current_app))
    click.echo("demo loaded" if loaded else "the demo was already loaded")
    for email, where in demo.ACCOUNTS_SHOWN:
        click.echo(f"  {email:34} {where}")
    click.echo(f"  password of all of them: {demo.PASSWORD}")


@demo_group.command("purge")
def purge() -> None:
    """Remove the demo's structures and everything of theirs, and nothing else."""
    with refusing():
        rows = demo.purge(mount(current_app))
    click.echo(f"{rows} rows removed")
