"""An import from the sending of its file to the day when its lines are forgotten."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from jalon import documents, sensitive, spreadsheets
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.importable import Importable
from jalon.imports import headers, kept
from jalon.imports.cells import sensitive_in
from jalon.imports.kept import Kept
from jalon.models import IMPORT_STEPS, Choice, Import, ImportRow, ImportState, RowState
from jalon.scope import scope_of

LONGEST_FOR_ALL = 120


class StepRefused(DomainError):
    """The import is somewhere else: another tab, another colleague, a second click."""

    message = _l("This import is not at this step any more: look at where it stands.")


def prepare(name: str, data: bytes) -> tuple[str, str, Kept]:
    """The name of a file, the digest of its content and its cells, before anything is asked of the database.

    Raises NirFound, IbanFound, CardFound of its name, and what `spreadsheets.read` raises.
    """
    sensitive.check(name, field="file")
    sheet = spreadsheets.read(data)
    return documents.name_from(name), hashlib.sha256(data).hexdigest(), kept.cleaned(sheet, sensitive_in)


def start(session: Session, importable: Importable, *, name: str, digest: str, cells: Kept, file: str) -> Import:
    """Note that a file was sent, its columns as far as their names are known. `file`: where its cells are kept."""
    actor = scope_of(session).actor
    run = Import(
        importable=importable.name,
        file_name=name[:120],
        file=file,
        digest=digest,
        columns=json.dumps(headers.recognised(importable, cells.sheet.headers)),
        for_all="{}",
        state=ImportState.SENT,
        lines=len(cells.sheet.lines),
        user_id=actor.user_id,
        actor_name=actor.name[:120],
    )
    session.add(run)
    session.flush()
    return run


def earlier(session: Session, run: Import) -> Import | None:
    """The last import of the same bytes that was carried out, if there is one."""
    return session.scalars(
        select(Import)
        .where(Import.digest == run.digest, Import.importable == run.importable, Import.id != run.id)
        .where(Import.state == ImportState.DONE)
        .order_by(Import.id.desc())
        .limit(1)
    ).first()


def choose_columns(
    session: Session, importable: Importable, run: Import, columns: Mapping[str, int], for_all: Mapping[str, str]
) -> None:
    """Fix what is where in the file; what was checked before is forgotten.

    Raises ColumnMissing, ColumnTakenTwice, NirFound and its sisters, StepRefused.
    """
    headers.check(importable, columns, for_all)
    for name, text in for_all.items():
        sensitive.check(text, field=f"all-{name}")
    go(run, ImportState.CHECKING)
    session.execute(delete(ImportRow).where(ImportRow.import_id == run.id))
    run.columns = json.dumps(dict(columns))
    run.for_all = json.dumps({name: text[:LONGEST_FOR_ALL] for name, text in for_all.items() if text})
    run.position = 0
    session.flush()


def answer(session: Session, run: Import, answers: Mapping[int, Choice]) -> None:
    """Note what somebody said of lines that look like what is known; a line without answer is skipped."""
    for row in rows(session, run, RowState.DOUBLE):
        row.answer = answers.get(row.line, row.answer or Choice.SKIP)
    session.flush()


def begin_writing(session: Session, run: Import) -> None:
    """From here the lines that are ready are written, batch after batch. Raises StepRefused."""
    go(run, ImportState.WRITING)
    run.position = 0
    session.flush()


def go(run: Import, state: ImportState) -> None:
    if (run.state, state) not in IMPORT_STEPS:
        raise StepRefused
    run.state = state


def rows(session: Session, run: Import, *states: RowState, after: int = 0, limit: int | None = None) -> list[ImportRow]:
    """Lines of an import, in the order of the file, after one of them."""
    query = select(ImportRow).where(ImportRow.import_id == run.id, ImportRow.state.in_(states), ImportRow.line > after)
    return list(session.scalars(query.order_by(ImportRow.line).limit(limit)))


def counts(session: Session, run: Import) -> dict[RowState, int]:
    """How many lines are in each state, all states named."""
    query = select(ImportRow.state, func.count()).where(ImportRow.import_id == run.id).group_by(ImportRow.state)
    return dict.fromkeys(RowState, 0) | dict(session.execute(query).all())


def forget(session: Session, run: Import) -> str | None:
    """Delete what was said of the lines of an import, which can then be undone no more; who, what and when stay.

    Returns the name of the file that kept its cells: the caller removes it, once committed.
    """
    session.execute(delete(ImportRow).where(ImportRow.import_id == run.id))
    name, run.file = run.file, None
    session.flush()
    return name


def forget_before(session: Session, before: datetime, structure_id: int | None = None) -> list[str]:
    """`forget` every import, of one structure or of all, that was sent before; returns the names of their files."""
    sent = select(Import).where(Import.at < before, Import.file.is_not(None))
    if structure_id is not None:
        sent = sent.where(Import.structure_id == structure_id)
    old = session.scalars(sent).all()
    return [name for run in old if (name := forget(session, run))]


def forget_person(session: Session, beneficiary_id: int, structure_id: int | None = None) -> list[str]:
    """`forget` every import, of one structure or of all, that made or met a person; returns the names of their files.

    For whoever erases the person: what a file said goes with whom it said it of. `session` works across structures.
    """
    made = (ImportRow.subject_table == "jalon_beneficiary") & (ImportRow.subject_id == beneficiary_id)
    same_line = ImportRow.digest.in_(select(ImportRow.digest).where(made))
    met = ImportRow.matches.contains(json.dumps({"id": beneficiary_id})[1:-1] + ",", autoescape=True)
    told = select(ImportRow.import_id).where(or_(made, same_line, met))
    about = select(Import).where(Import.id.in_(told), Import.importable == "persons")
    if structure_id is not None:
        about = about.where(Import.structure_id == structure_id)
    return [name for run in session.scalars(about).all() if (name := forget(session, run))]
