"""`jalon check`: what is wrong with this installation."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import with_appcontext

from jalon import checks
from jalon.cli.common import COMMAND_LINE, Refused, json_option, show

MARKS = {"bad": "✗", "warning": "!", "good": "✓"}


@click.command("check")
@json_option
@with_appcontext
def check(as_json: bool) -> None:
    """Say what is wrong and how to mend it; exit code 1 when something must not stay so."""
    with checks.looking_at(current_app, COMMAND_LINE) as place:
        found = checks.run(place)
    if as_json:
        show(found, as_json=True, line="")
    else:
        for finding in found:
            click.echo(f"{MARKS[finding.level]} {finding.sentence}")
            if finding.mend:
                click.echo(f"    → {finding.mend}")
    if any(finding.level == "bad" for finding in found):
        raise Refused("something is wrong: look at the lines marked ✗")
