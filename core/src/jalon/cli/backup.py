"""`jalon backup` and `jalon restore`: everything in one file, and back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from jalon import document_files, erased_list, last_backup
from jalon.app_of import mount
from jalon.backups import making, restoring
from jalon.cli.common import Refused, json_option, refusing, show

PASSPHRASE = "JALON_BACKUP_PASSPHRASE"  # noqa: S105 - the name of a setting
A_FILE = click.Path(path_type=Path, dir_okay=False)
A_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("backup")
@click.argument("file", type=A_FILE)
@json_option
@with_appcontext
def backup(file: Path, as_json: bool) -> None:
    """Write everything to a new FILE, while people work; encrypted when JALON_BACKUP_PASSPHRASE is set."""
    folder = _documents(current_app)
    with refusing():
        made = making.make(mount(current_app).db.engine, folder, file, os.environ.get(PASSPHRASE, ""))
        last_backup.write(last_backup.path_beside(folder), last_backup.LastBackup(**asdict(made)))
    sealed = "encrypted" if made.encrypted else "not encrypted"
    show([made], as_json=as_json, line=f"{{file}}: {{rows}} rows, {{documents}} documents, {sealed}")
    if made.missing:
        click.echo(f"jalon: {made.missing} documents have lost their files", err=True)


@click.command("restore")
@click.argument("file", type=A_FILE)
@click.option("--into", metavar="URL", help="Another database, empty, than that of the settings.")
@click.option("--data-dir", type=A_FOLDER, help="Another data folder, empty, than that of the settings.")
@click.option("--erasures", type=A_FILE, help="The list of who was erased, when it is not in the data folder.")
@json_option
@with_appcontext
def restore(file: Path, into: str | None, data_dir: Path | None, erasures: Path | None, as_json: bool) -> None:
    """Restore a backup into an empty database and data folder; whoever was erased since is erased again."""
    listed = [path for path in (erased_list.path_beside(_documents(current_app)), erasures) if path]
    with refusing(), _place(into, data_dir) as app:
        if erasures is not None and not erasures.exists():
            raise Refused(f"{erasures}: there is no such file")
        erased = [one for path in dict.fromkeys(listed) for one in erased_list.read(path)]
        restored = restoring.restore(
            file,
            mount(app).db,
            mount(app).registry,
            _documents(app),
            erased=erased,
            passphrase=os.environ.get(PASSPHRASE, ""),
        )
    line = "as of {made_at}: {rows} rows, {documents} documents; {erased_again} persons erased again"
    show([restored], as_json=as_json, line=line)
    if restored.troubles:
        raise Refused("; ".join(restored.troubles))


@contextmanager
def _place(into: str | None, data_dir: Path | None) -> Iterator[Flask]:
    """The application that restores: this one, or our own site somewhere else."""
    from jalon.site import create_app, driver_url  # which has these commands

    if not into and data_dir is None:
        yield current_app._get_current_object()  # type: ignore[attr-defined]  # what stands behind the proxy
        return
    given: dict[str, Any] = {"SQLALCHEMY_DATABASE_URI": driver_url(into)} if into else {}
    if data_dir is not None:
        given["JALON_DATA_DIR"] = str(data_dir.resolve())
    if into is None:
        given["SQLALCHEMY_DATABASE_URI"] = current_app.config["SQLALCHEMY_DATABASE_URI"]
    app = create_app(given, serving=False)
    with app.app_context():
        yield app
        mount(app).db.engine.dispose()


def _documents(app: Flask) -> Path:
    return document_files.folder_of(app.config, app.instance_path)
