"""`jalon documents`: files that no row needs."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from jalon import document_files, documents
from jalon.cli.common import across

documents_group = AppGroup("documents", help="Copies of documents.")


@documents_group.command("sweep")
def sweep() -> None:
    """Remove copies that no document needs: left by a request that was cut off. Run it every night."""
    folder = document_files.folder_of(current_app.config, current_app.instance_path)
    with across("a copy is one file, whichever structures keep it") as session, document_files.alone(folder):
        gone = document_files.sweep(folder, documents.needed(session))
    click.echo(f"{gone} file{'s' if gone != 1 else ''} removed")
