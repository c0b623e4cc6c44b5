"""The `jalon` command: our own site's; a host says `flask jalon …`."""

from __future__ import annotations

import sys

import click
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy.exc import SQLAlchemyError

from jalon.cli.common import first_line
from jalon.cli.group import COMMANDS


def _site() -> Flask:
    from jalon.site import create_app

    return create_app(serving=False)


def main() -> None:
    """Run a command; a refusal is one sentence on stderr and an exit code that is not 0."""
    group = click.Group("jalon", commands=COMMANDS, help="A modular back office for solidarity mobility.")
    try:
        group.main(prog_name="jalon", obj=ScriptInfo(create_app=_site), standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as asked:
        click.echo(asked.format_message())
        sys.exit(asked.exit_code)
    except click.ClickException as error:
        _leave(error.format_message(), error.exit_code)
    except click.exceptions.Abort:
        _leave("interrupted", 130)
    except (RuntimeError, OSError) as error:  # settings that create_app refuses, a migration that cannot run, a file
        _leave(str(error), 1)
    except SQLAlchemyError as error:  # a database that does not answer
        _leave(first_line(error), 1)


def _leave(sentence: str, code: int) -> None:
    click.echo(f"jalon: {sentence}", err=True)
    sys.exit(code)
