"""What an erasure leaves outside its rows: copies on the disk, and what SQLite keeps of overwritten rows.

Cleared once the erasure is committed; what a crash leaves is cleared by the next `jalon retention apply`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from jalon import document_files, documents, erased_list
from jalon.clock import now
from jalon.db import open_session
from jalon.models import Beneficiary, Erasure, Structure
from jalon.models.search_index import INDEX
from jalon.scope import Scope

EXPORTED = "exports"  # the folder beside the documents
SWEEPING = Scope(across="what is left of persons who were erased", origin="job")


def clear(db: SQLAlchemy, folder: Path) -> int:
    """Remove copies that no document needs any more and give freed pages back; returns how many erasures are cleared.

    Whom they erased is first written into the list that no backup holds. Raises OSError and SQLAlchemyError:
    everything is then done again the next time.
    """
    with document_files.alone(folder), open_session(db, SWEEPING) as session:
        waiting = list(session.scalars(select(Erasure).where(Erasure.swept_at.is_(None))))
        erased_list.add(erased_list.path_beside(folder), _told(session, waiting))
        digests = {digest for erasure in waiting for digest in erasure.pending.split()}
        for digest in digests - documents.needed(session, digests):
            document_files.remove(folder, digest)
            document_files.remove(folder.with_name(EXPORTED), digest)  # the name of an exported list, no digest
        ids = [erasure.id for erasure in waiting]
        session.rollback()  # no transaction while the file is written anew
        if ids:
            _overwrite_freed_pages(db.engine)
        for erasure in session.scalars(select(Erasure).where(Erasure.id.in_(ids))):
            erasure.pending, erasure.swept_at = "", now()
        session.commit()
        return len(ids)


def _told(session: Session, waiting: Sequence[Erasure]) -> Iterator[erased_list.Erased]:
    named = (
        select(Erasure.id, Beneficiary.code, Structure.slug)
        .join(Beneficiary, Beneficiary.id == Erasure.beneficiary_id)
        .join(Structure, Structure.id == Erasure.structure_id)
        .where(Erasure.id.in_([one.id for one in waiting]))
    )
    codes = {row.id: (row.code, row.slug) for row in session.execute(named)}
    for one in waiting:
        code, slug = codes[one.id]
        yield erased_list.Erased(
            certificate=one.id,
            person_id=one.beneficiary_id,
            code=code,
            structure_id=one.structure_id,
            structure=slug,
            at=one.at.isoformat(),
            cause=one.cause.value,
            whole=one.whole,
        )


def _overwrite_freed_pages(engine: Engine) -> None:
    """SQLite leaves overwritten rows in its file and in its log until both are written anew.

    PostgreSQL's autovacuum does it by itself. Source: the SQLite documentation of VACUUM and of FTS5's `optimize`.
    """
    if engine.dialect.name != "sqlite":
        return
    with closing(engine.raw_connection()) as connection:
        connection.execute("PRAGMA query_only=0")
        connection.execute(f"INSERT INTO {INDEX}({INDEX}) VALUES ('optimize')")  # noqa: S608 - a constant
        connection.execute("VACUUM")
        (held_up, *_frames) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if held_up:
            raise TimeoutError("somebody reads: the log of the database could not be emptied")
