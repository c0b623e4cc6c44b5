"""`jalon person`: what is owed to a person, across all structures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import access_log, copies, document_files, erasure_remains, erasures
from jalon.access import Reading
from jalon.app_of import mount
from jalon.cli.common import COMMAND_LINE, Refused, across, refusing
from jalon.imports import kept, runs
from jalon.models import AccessEntry, Beneficiary, BeneficiaryStructure, Cause

COPY = "jalon.beneficiaries.copy"
person_group = AppGroup("person", help="A person's rights, in all structures.")


@person_group.command("export")
@click.argument("code")
@click.option("--to", "file", required=True, type=click.Path(path_type=Path), help="A new ZIP file.")
@click.option("--reason", required=True, help="Why; it is noted in the access log of each structure.")
def export(code: str, file: Path, reason: str) -> None:
    """Write everything that all structures and modules hold about the person of that CODE to a new ZIP."""
    with across("copy of a person's data") as session:
        id = _find(session, code)
        found = copies.read(session, id)
    with refusing(), os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as target:
        copies.pack(found, _folder(), target)
    with across("copy of a person's data") as session:
        session.add_all(_noted(session, id, found.rows, reason))
        session.commit()
    click.echo(f"{found.rows} rows, {len(found.files)} documents: {file}")


def _noted(session: Session, id: int, rows: int, reason: str) -> Iterator[AccessEntry]:
    """A line in the access log of each structure that is linked to the person."""
    linked = select(BeneficiaryStructure.structure_id).where(BeneficiaryStructure.beneficiary_id == id)
    for structure_id in session.scalars(linked).all():
        entry = access_log.entry(COMMAND_LINE, Reading(COPY, "jalon_beneficiary", id, rows, reason[:200]))
        entry.structure_id = structure_id
        yield entry


@person_group.command("erase")
@click.argument("code")
@click.option("--confirm", prompt="Type the code again", help="The code again, to confirm.")
def erase(code: str, confirm: str) -> None:
    """Erase the person of that CODE in all structures, for ever; refused while something is open."""
    with across("erase a person") as session:
        id = _find(session, code)
        erasures.check_code(confirm, code)
        done = erasures.erase(session, id, cause=Cause.REQUEST)
        imported = runs.forget_person(session, id)
        session.commit()
    with refusing():
        for name in imported:
            kept.remove(kept.folder_of(current_app.config, current_app.instance_path), name)
        erasure_remains.clear(mount(current_app).db, _folder())
    click.echo(f"{code} is erased: {done.rows} rows")


def _find(session: Session, code: str) -> int:
    id = session.scalar(select(Beneficiary.id).where(Beneficiary.code == code))
    if id is None:
        raise Refused(f"there is no person of the code “{code}”")
    return id


def _folder() -> Path:
    return document_files.folder_of(current_app.config, current_app.instance_path)
