"""The database: whether it answers, fits the code, is whole and knows the time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, text

from jalon import migrate
from jalon.checks.check import Finding, Place, check
from jalon.i18n import _, _l

OLDEST_POSTGRESQL = 15
APART = timedelta(seconds=30)
LARGE_BYTES = 200 * 1024 * 1024  # about two seconds to read through, on a desk's disk
UPGRADE = _l("Run “jalon db upgrade”.")


@check(_l("The tables fit the code."))
def tables(place: Place) -> Iterator[Finding]:
    """Every module's, the core's first."""
    for position in migrate.status(place.engine, place.registry):
        named = {"module": position.slug}
        if position.state == "to upgrade":
            yield Finding("tables", "bad", _("The tables of “%(module)s” are behind its code.", **named), str(UPGRADE))
        elif position.state == "database newer than code":
            mend = _("Install the version that made these tables, or a newer one.")
            yield Finding("tables", "bad", _("The tables of “%(module)s” are newer than its code.", **named), mend)
        elif position.state == "in trouble":
            mend = _("Run “jalon modules list” and “jalon db upgrade”: they say why.")
            yield Finding("tables", "bad", _("The module “%(module)s” is in trouble.", **named), mend)
        elif position.state == "code missing":
            mend = _("Install jalon-%(module)s again, or run “jalon modules uninstall %(module)s”.", **named)
            yield Finding(
                "tables", "warning", _("The code of “%(module)s” is missing; its data is kept.", **named), mend
            )


@check(_l("The database is whole."))
def whole(place: Place) -> Iterator[Finding]:
    """SQLite reads its file through; PostgreSQL watches over its own."""
    path = sqlite_file(place.engine)
    if path is None:
        return
    if place.hurried and path.stat().st_size > LARGE_BYTES:
        sentence = _("The database is too large to be read through while a page waits.")
        yield Finding("whole", "warning", sentence, _("Run “jalon check” on the server."))
        return
    with place.engine.connect() as connection:
        if connection.execute(text("PRAGMA quick_check(1)")).scalar() != "ok":
            mend = _("Stop the site, keep a copy of the file, and restore the last backup.")
            yield Finding("whole", "bad", _("The database file is damaged."), mend)


@check(_l("The database's version and extensions are those we need."))
def postgresql(place: Place) -> Iterator[Finding]:
    """Without btree_gist no two bookings could be kept apart."""
    if place.engine.dialect.name != "postgresql":
        return
    with place.engine.connect() as connection:
        version = int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10_000
        has = connection.execute(text("SELECT 1 FROM pg_extension WHERE extname = 'btree_gist'")).scalar()
    if version < OLDEST_POSTGRESQL:
        sentence = _("PostgreSQL %(version)s is too old.", version=version)
        yield Finding("postgresql", "bad", sentence, _("Jalon needs PostgreSQL 15 or later."))
    if not has:
        mend = _("As its administrator, run CREATE EXTENSION btree_gist in this database.")
        yield Finding("postgresql", "bad", _("The extension btree_gist is missing."), mend)


@check(_l("This server and the database agree on the time."))
def clock(place: Place) -> Iterator[Finding]:
    """SQLite has no clock of its own."""
    if place.engine.dialect.name != "postgresql":
        return
    with place.engine.connect() as connection:
        theirs = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    if abs(theirs - datetime.now(UTC)) > APART:
        seconds = round(abs(theirs - datetime.now(UTC)).total_seconds())
        sentence = _("The clocks of this server and of the database are %(n)s seconds apart.", n=seconds)
        yield Finding("clock", "bad", sentence, _("Let both servers take their time from NTP."))


def sqlite_file(engine: Engine) -> Path | None:
    """The file of an SQLite database, None for another or for one in memory."""
    name = engine.url.database if engine.dialect.name == "sqlite" else None
    return Path(name) if name and name != ":memory:" else None
