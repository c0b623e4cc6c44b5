"""`jalon serve`: our own site under gunicorn."""

from __future__ import annotations

import os
import sys

import click
from flask import current_app
from flask.cli import with_appcontext

from jalon.cli.first_steps import tell_first_steps


@click.command("serve")
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Processes.")
@with_appcontext
def serve(workers: int) -> None:
    """Answer on JALON_HOST:JALON_PORT (127.0.0.1:8000)."""
    from jalon.site import refuse_demo_accounts  # the site is made of what these commands are mounted on

    refuse_demo_accounts(current_app)  # here, in one sentence; each worker would say it in a page of its log
    host, port = os.environ.get("JALON_HOST", "127.0.0.1"), os.environ.get("JALON_PORT", "8000")
    click.echo(f"Jalon answers on http://{host}:{port}")
    tell_first_steps()
    arguments = ["--bind", f"{host}:{port}", "--workers", str(workers), "--threads", "4", "--log-level", "warning"]
    arguments += ["--forwarded-allow-ips", ""]  # it would believe whoever connects from this machine, asked or not
    program = [sys.executable, "-m", "gunicorn"]  # this environment's, whatever PATH says
    os.execv(sys.executable, [*program, *arguments, "jalon:create_app()"])  # noqa: S606 - no shell is wanted
