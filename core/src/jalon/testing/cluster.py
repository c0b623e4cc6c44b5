"""A throw-away PostgreSQL, started by the suite as a user that is not root."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from uuid import uuid4

# ends the server and its folder when whoever started them closes this one's input, or is gone without a word
END = 'cat >/dev/null; "$0" -D "$1/data" -m immediate stop; rm -rf "$1"'
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"


class Cluster:
    """One PostgreSQL server on a socket in a folder of its own; both go with `stop`, and with the process."""

    def __init__(self) -> None:
        self.bin = binaries()
        self.home = Path(tempfile.mkdtemp(prefix="jalon-pg-", dir=_roomy()))
        if os.getuid() == 0:
            shutil.chown(self.home, "postgres")
        self._end = self._prepare_the_end()
        data = self.home / "data"
        self._run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        self._run(
            "pg_ctl",
            "-D",
            data,
            "-w",
            "-s",
            "-l",
            self.home / "log",
            "-o",
            f"-k {self.home} -c listen_addresses='' {FAST}",
            "start",
        )

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.home}"

    def create(self, name: str = "", *, template: str = "template0") -> str:
        """A new database, copied from `template`, which must have no connection; returns its name."""
        name = name or f"jalon_{uuid4().hex[:12]}"
        self._sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        return name

    def drop(self, name: str) -> None:
        self._sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def stop(self) -> None:
        self._end.communicate()

    def _prepare_the_end(self) -> subprocess.Popen[bytes]:
        """A shell that waits for it, out of reach of what interrupts the tests."""
        command = [*_as_postgres(), "sh", "-c", END, str(self.bin / "pg_ctl"), str(self.home)]
        quiet = subprocess.DEVNULL
        return subprocess.Popen(
            command, cwd="/", stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, start_new_session=True
        )

    def _sql(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(f"host={self.home} user=postgres dbname=postgres", autocommit=True) as connection:
            connection.execute(statement)

    def _run(self, program: str, *arguments: object) -> None:
        command = [*_as_postgres(), str(self.bin / program), *map(str, arguments)]
        done = subprocess.run(command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.decode(errors='replace')}")


def _as_postgres() -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []


def binaries() -> Path:
    """Where the server's programs are. Raises LookupError when PostgreSQL 15 or later is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if not found or int(found[-1].parts[-3]) < 15:
        raise LookupError("PostgreSQL 15 or later is not installed (package postgresql-15)")
    return found[-1].parent


def _roomy() -> str:
    """/dev/shm when it has room: a container gives it 64 MB."""
    shared = Path("/dev/shm")
    return str(shared) if shared.is_dir() and shutil.disk_usage(shared).free > 1_000_000_000 else tempfile.gettempdir()
