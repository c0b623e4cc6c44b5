"""Writes what `test_upgrade.py` upgrades from: the demo of this version, with work that was queued and not yet done.

Run once at the end of an issue, at its last commit, so that the next one can be tried on what was there:

    .venv/bin/python tests/upgrades/make.py tests/upgrades/issue-5.jsonl.xz

One JSON value a line: first the revisions, then a line per table (its name and columns) and one per row, as SQLite
holds them. The day is always the same; random codes and the hour of the day are not.
"""

from __future__ import annotations

import json
import lzma
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from jalon import demo, jobs, messages
from jalon.core_jobs import declared
from jalon.message_texts import known
from jalon.models import BeneficiaryStructure, File, QueuedJob
from jalon.testing.plugin import make_app, migrate
from jalon.testing.world import World

TODAY, WHERE = "2027-01-03", "relais"
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)  # due, whatever the clock of whoever upgrades says
DERIVED = ("jalon_identity_fts", "sqlite_", "alembic_version")  # made anew: from rows by triggers, by the migrations


def queue_everything(world: World) -> None:
    """A job and a message of each kind that this version knows, and two jobs that no version after it knows."""
    with world.inside(WHERE) as session:
        for job in declared(world.jalon.registry).values():
            if job.name != messages.JOB:  # of these, one comes with each message
                jobs.enqueue(session, job.name)
        person = session.scalars(select(File.beneficiary_id).join(*_open_here()).order_by(File.id)).first()
        for template in known():
            fields = dict.fromkeys(template.fields, "demain")
            messages.queue(session, template.name, beneficiary_id=person, fields=fields)
        _queue_what_is_unknown(session)
        session.execute(update(QueuedJob).values(run_at=LONG_AGO, due_at=LONG_AGO))
        session.commit()


def _open_here() -> tuple[Any, Any]:
    link = BeneficiaryStructure
    return link, (link.beneficiary_id == File.beneficiary_id) & link.until.is_(None)


def _queue_what_is_unknown(session: Session) -> None:
    remind = next(job for job in session.scalars(select(QueuedJob)) if job.module != "core")
    for name, arguments in ((f"{remind.module}.forgotten", "{}"), (remind.name, '{"before": 3}')):
        session.add(QueuedJob(module=remind.module, name=name, arguments=arguments))
    session.flush()


def lines_of(path: Path, revisions: dict[str, str]) -> Iterator[Any]:
    """The values of the file: tables in the order of their names, rows in that of their keys."""
    with sqlite3.connect(path) as connection:
        query = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        names = [name for (name,) in connection.execute(query) if not _is_left_out(name)]
        yield {"revisions": revisions, "today": TODAY, "commit": _commit()}
        for name in names:
            rows = connection.execute(f'SELECT * FROM "{name}" ORDER BY rowid')
            yield {"table": name, "columns": [column[0] for column in rows.description]}
            for row in rows:
                yield [{"hex": value.hex()} if isinstance(value, bytes) else value for value in row]


def _is_left_out(name: str) -> bool:
    return name.startswith(DERIVED)


def _commit() -> str:
    return subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()


def revisions_of(path: Path) -> dict[str, str]:
    """Where each module's tables stand."""
    with sqlite3.connect(path) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE name LIKE 'alembic_version_%'").fetchall()
        found = {name: connection.execute(f"SELECT version_num FROM {name}").fetchone() for (name,) in tables}
    return {name.removeprefix("alembic_version_"): row[0] for name, row in sorted(found.items())}


def main(wanted: Path) -> None:
    """Make the demo in a folder that is gone afterwards, and write it to `wanted`."""
    os.environ |= {"JALON_ENV": "demo", "JALON_TODAY": TODAY}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "demo.sqlite"
        migrate(f"sqlite:///{path}")
        world = World(make_app(f"sqlite:///{path}"))
        with world.app.app_context():
            demo.load(world.jalon)
        queue_everything(world)
        values = lines_of(path, revisions_of(path))
        text = "\n".join(json.dumps(value, ensure_ascii=False, separators=(",", ":")) for value in values)
        wanted.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))
    print(f"{wanted}: {wanted.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
