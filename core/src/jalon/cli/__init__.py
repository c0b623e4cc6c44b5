"""The `jalon` command: our own site's; a host says `flask jalon …`."""

from __future__ import annotations

import sys

import click
from flask import Flask
from flask.cli import FlaskGroup, ScriptInfo

from jalon.cli.group import COMMANDS, Refused


def _site() -> Flask:
    from jalon.site import create_app

    return create_app()


def main() -> None:
    """Run a command; a refusal is one sentence on stderr and exit code 1."""
    group = FlaskGroup(name="jalon", create_app=_site, add_default_commands=False, add_version_option=False)
    for command in COMMANDS:
        group.add_command(command)
    try:
        group.main(prog_name="jalon", obj=ScriptInfo(create_app=_site), standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except (click.ClickException, Refused) as error:
        click.echo(f"jalon: {error.format_message()}", err=True)
        sys.exit(error.exit_code)
    except RuntimeError as error:  # settings that create_app refuses, a migration that cannot run
        click.echo(f"jalon: {error}", err=True)
        sys.exit(1)
