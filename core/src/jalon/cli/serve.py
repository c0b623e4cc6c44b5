"""`jalon serve`: our own site under gunicorn."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import click
from flask import current_app
from flask.cli import with_appcontext

from jalon.cli.common import Refused
from jalon.cli.first_steps import tell_first_steps


@click.command("serve")
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Processes.")
@click.option("--with-worker/--without-worker", default=None, help="Also do the automatic tasks: by default in a demo.")
@with_appcontext
def serve(workers: int, with_worker: bool | None) -> None:
    """Answer on JALON_HOST:JALON_PORT (127.0.0.1:8000). In production “jalon worker” is a service of its own."""
    from jalon.site import refuse_demo_accounts  # the site is made of what these commands are mounted on

    refuse_demo_accounts(current_app)  # here, in one sentence; each worker would say it in a page of its log
    host, port = os.environ.get("JALON_HOST") or "127.0.0.1", _port(os.environ.get("JALON_PORT") or "8000")
    _try(host, port)
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    click.echo(f"Jalon answers on http://{address}")
    tell_first_steps()
    if current_app.config["JALON_ENV"] == "demo" if with_worker is None else with_worker:
        _start_worker()
    arguments = ["--bind", address, "--workers", str(workers), "--threads", "4", "--log-level", "warning"]
    arguments += ["--forwarded-allow-ips", ""]  # it would believe whoever connects from this machine, asked or not
    program = [sys.executable, "-m", "gunicorn"]  # this environment's, whatever PATH says
    os.execv(sys.executable, [*program, *arguments, "jalon:create_app()"])  # noqa: S606 - no shell is wanted


def _start_worker() -> None:
    """Beside the server, which this process becomes: the worker leaves when it is gone, however it goes."""
    command = [sys.executable, "-m", "jalon", "worker", "--parent", str(os.getpid())]
    subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - our own command


def _port(typed: str) -> int:
    if not typed.isascii() or not typed.isdigit() or not 0 < int(typed[:6]) < 2**16:
        raise Refused("JALON_PORT is a number from 1 to 65535")
    return int(typed)


def _try(host: str, port: int) -> None:
    """Whether one can answer there, said before it is announced: gunicorn tries again and again, and then gives up."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(place)
    except (OSError, UnicodeError) as error:  # UnicodeError: a label of the name is too long
        why = getattr(error, "strerror", None) or "it is no name of a machine"
        raise Refused(f"nobody can answer on JALON_HOST {host}, port {port}: {why}") from None
