"""Erasing a person in place: who it was goes, what statistics count stays. It is never undone.

Source: GDPR, articles 5(1)(e) and 17; docs/decisions/0023. What is erased is found by the database's keys and by the
columns that modules declared when they were migrated, so their code may be gone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, false, null, select, tuple_, update
from sqlalchemy.orm import Session

from jalon import history, holdings, numbers, personal_columns
from jalon.clock import now
from jalon.db import affairs, table_of
from jalon.declarations import NumberSequence
from jalon.errors import DomainError
from jalon.holdings import LINK, PERSON, Holdings, Schema
from jalon.i18n import _, _l
from jalon.models import (
    BeneficiaryReader,
    BeneficiaryStructure,
    Cause,
    Erasure,
    Export,
    FileState,
    Occupation,
    ReferralState,
)
from jalon.personal_columns import KEPT, NOTHING, TEXT, YEAR, Personal
from jalon.scope import PARIS, scope_of

DOCUMENT, VALUES = "jalon_document", "jalon_history_value"
REGISTER = NumberSequence("jalon.erasure", _l("Register of erasures"))
numbers.declare("core", [REGISTER])
GONE = (FileState.ANONYMISED.value, FileState.MERGED.value)


class ErasedAlready(DomainError):
    """Nothing is left to erase, or the file was merged into another: that one is erased."""

    message = _l("This person was erased already, or their file was merged into another.")


class WrongCode(DomainError):
    """The code was not typed as it is written on the page."""

    field = "code"
    message = _l("This is not the code of this file: type %(code)s.")


class StillOpen(DomainError):
    """Something about the person is not over."""

    message = _l("Not while something is open: %(items)s.")


@dataclass(frozen=True)
class Open:
    """Something about a person that is not over, in a structure."""

    structure_id: int
    text: str


@dataclass(frozen=True)
class Erased:
    """What was done: rows changed, and whether the person is erased everywhere or in one structure."""

    rows: int
    whole: bool


def check_code(typed: str, code: str) -> None:
    """Raises WrongCode unless somebody typed the code of the file; capitals and spaces do not matter."""
    if "".join(typed.split()).upper() != code.upper():
        raise WrongCode(code=code)


def open_items(session: Session, person_id: int, structure_id: int | None = None) -> list[Open]:
    """What is not over, in one structure or in all; `session` works across structures."""
    connection = session.connection()
    return _open_here(_open(connection, holdings.about(connection, person_id)), structure_id)


def erase(
    session: Session,
    person_id: int,
    *,
    cause: Cause,
    structure_id: int | None = None,
    schema: Schema | None = None,
    again: bool = False,
) -> Erased:
    """Erase a person; `session` works across structures. The caller commits, then calls `erasure_remains.clear`.

    For a `structure_id`, while the person is helped elsewhere, only what that structure wrote is erased and it can
    name the person no more: it is not told which of the two happened to the others. `again` repeats in a backup what
    was done since, whatever was open then. Raises ErasedAlready, StillOpen.
    """
    connection = session.connection()
    _lock(connection, person_id)
    found = holdings.about(connection, person_id, schema)
    if all(row["state"] in GONE for row in found.of(PERSON)):
        raise ErasedAlready
    items = _open(connection, found)
    if (here := _open_here(items, structure_id)) and not again:
        raise StillOpen(items=", ".join(item.text for item in here))
    whole = structure_id is None or not (again or items or _helped_elsewhere(found, structure_id))
    part = found if whole or structure_id is None else found.within(structure_id, for_all=False)
    pending = f"{_digests(part)} {_exported(connection, part)}".strip()
    _forget_values(connection, part)
    _end_links(connection, part, whole=whole)
    if whole:
        _write(connection, found, PERSON, {"state": FileState.ANONYMISED.value}, but=GONE)
    _certify(session, part, person_id, cause=cause, whole=whole, pending=pending)
    return Erased(len(part), whole)


def _lock(connection: Connection, person_id: int) -> None:
    """Whoever adds a row about the person at this moment waits, and is not missed."""
    people = table_of(BeneficiaryStructure).metadata.tables[PERSON]
    connection.execute(select(people.c.id).where(people.c.id == person_id).with_for_update())


# --- what is not over ---


def _open(connection: Connection, found: Holdings) -> list[Open]:
    tasks = [row for row in found.of("jalon_task") if row["done_at"] is None]
    sent = [row for row in found.of("jalon_referral") if row["state"] == ReferralState.SENT.value]
    items = [Open(row["structure_id"], _("a task to do (%(day)s)", day=_day(row["due_on"]))) for row in tasks]
    items += [Open(row["from_structure_id"], _("a referral without answer")) for row in sent]
    return [*items, *_promised(connection, found), *_affairs(found)]


def _promised(connection: Connection, found: Holdings) -> Iterator[Open]:
    """Rows that point at an occupation still to come, or out: a booking, a trip, a lesson, of whichever module."""
    taken = table_of(Occupation)
    not_over = taken.c.returned_at.is_(None) & (
        taken.c.departed_at.is_not(None) | (taken.c.blocking & (taken.c.ends_at > now()))
    )
    for key in found.schema.keys:
        if key.target != taken.name or key.table == taken.name:
            continue
        here = key.columns[key.target_columns.index("id")]
        ids = [row[here] for row in found.of(key.table) if row[here] is not None]
        for row in connection.execute(
            select(taken.c.structure_id, taken.c.starts_at).where(taken.c.id.in_(ids), not_over)
        ):
            values = {"what": history.kind_of(key.table), "day": _day(row.starts_at.astimezone(PARIS).date())}
            yield Open(row.structure_id, _("%(what)s of %(day)s") % values)


def _affairs(found: Holdings) -> Iterator[Open]:
    """Rows whose class says that they are not over: what was asked for, and nothing is promised yet."""
    for name, affair in affairs().items():
        for row in found.of(name):
            if row[affair.state] in affair.open:
                values = {"what": history.kind_of(name), "day": _day(_civil(row[affair.at]))}
                yield Open(row["structure_id"], _("%(what)s of %(day)s") % values)


def _civil(at: date | datetime) -> date:
    if not isinstance(at, datetime):
        return at
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(PARIS).date()


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _open_here(items: Iterable[Open], structure_id: int | None) -> list[Open]:
    return [item for item in items if structure_id in (None, item.structure_id)]


def _helped_elsewhere(found: Holdings, structure_id: int) -> bool:
    today = now().astimezone(PARIS).date()
    return any(
        row["structure_id"] != structure_id and (row["until"] is None or row["until"] >= today)
        for row in found.of(LINK)
    )


# --- what goes ---


def _forget_values(connection: Connection, part: Holdings) -> None:
    """In each table, what its module declared personal; in the core's, besides, what says it in other ways."""
    columns: dict[str, list[Personal]] = {}
    for personal in personal_columns.stored(connection):
        if personal.erased_as != KEPT:
            columns.setdefault(personal.table, []).append(personal)
    for name in part.rows:
        _write(connection, part, name, _left(part.schema, name, columns.get(name, ())) | _besides(part.schema, name))
        for personal in columns.get(name, ()):
            if personal.erased_as == YEAR:
                _keep_the_year(connection, part, personal)


def _left(schema: Schema, name: str, columns: Iterable[Personal]) -> dict[str, Any]:
    """Nothing, or the declared text where there was one."""
    values: dict[str, Any] = {}
    for personal in columns:
        column = schema.tables[name].c.get(personal.column)
        if column is None or personal.erased_as == YEAR:
            continue
        text = personal.erased_as.removeprefix(TEXT)
        kept = null() if personal.erased_as == NOTHING else case((column.is_(None), null()), else_=text)
        values[personal.column] = kept
    return values


def _besides(schema: Schema, name: str) -> dict[str, Any]:
    """What the core's own tables change besides their personal columns."""
    columns = schema.tables[name].c
    if name == VALUES:  # which field changed stays, and who changed it
        return {"before": None, "after": None, "erased": True}
    if name == DOCUMENT:
        return {
            "digest": None,
            "size": None,
            "removed_at": case((columns.removed_at.is_(None), now()), else_=columns.removed_at),
        }
    if name == "jalon_link":
        return {"revoked_at": case((columns.revoked_at.is_(None), now()), else_=columns.revoked_at)}
    if name == "jalon_identity":
        return {"birth_date_presumed": True}
    return {}


def _keep_the_year(connection: Connection, part: Holdings, personal: Personal) -> None:
    for year in {row[personal.column].year for row in part.of(personal.table) if row[personal.column]}:
        born = part.schema.tables[personal.table].c[personal.column].between(date(year, 1, 1), date(year, 12, 31))
        _write(connection, part, personal.table, {personal.column: date(year, 1, 1)}, only=born, quietly=True)


def _write(
    connection: Connection,
    part: Holdings,
    name: str,
    values: Mapping[str, Any],
    *,
    only: ColumnElement[bool] | None = None,
    but: Collection[str] = (),
    quietly: bool = False,
) -> None:
    """Change rows of a table; a form that somebody holds open on one of them will be refused, unless `quietly`."""
    made, key = part.schema.tables[name], part.schema.primary.get(name, ())
    if not values or not key:
        return
    if "version" in made.c and not quietly:
        values = {**values, "version": made.c.version + 1}
    found = [k for k, row in part.rows[name].items() if row.get("state") not in but]
    for first in range(0, len(found), holdings.AT_ONCE):
        some = found[first : first + holdings.AT_ONCE]
        columns = [made.c[k] for k in key]
        mine = columns[0].in_([k[0] for k in some]) if len(key) == 1 else tuple_(*columns).in_(some)
        connection.execute(update(made).where(mine if only is None else and_(mine, only)).values(**values))


def _end_links(connection: Connection, part: Holdings, *, whole: bool) -> None:
    """The file is closed; where the person is not erased everywhere, nobody is left who may name the person."""
    links, readers = table_of(BeneficiaryStructure), table_of(BeneficiaryReader)
    yesterday = now().astimezone(PARIS).date() - timedelta(days=1)
    for row in part.of(LINK):
        until = min(row["until"] or yesterday, yesterday)
        ended = {"until": max(until, row["since"]), "restricted": not whole}
        connection.execute(links.update().where(links.c.id == row["id"]).values(**ended))
    named = [row["id"] for row in part.of(readers.name)]
    connection.execute(readers.delete().where(readers.c.id.in_(named) if named else false()))


def _digests(part: Holdings) -> str:
    return " ".join(sorted({row["digest"] for row in part.of(DOCUMENT) if row["digest"] and row["removed_at"] is None}))


def _exported(connection: Connection, part: Holdings) -> str:
    """Every list that the structures concerned exported within the day dies: it may name the person, and is soon made
    again. Returns the names of the files."""
    lists, here = table_of(Export), {row["structure_id"] for row in part.of(LINK)}
    alive = lists.c.structure_id.in_(here) & lists.c.file.is_not(None)
    names = connection.execute(select(lists.c.file).where(alive)).scalars().all()
    connection.execute(lists.update().where(alive).values(file=None))
    return " ".join(sorted(names))


def _certify(session: Session, part: Holdings, person_id: int, *, cause: Cause, whole: bool, pending: str) -> None:
    """Each structure that was linked keeps a certificate; the first says what is still to be cleared.

    Their numbers are taken last, in the order of the structures: two erasures at once cannot wait for each other.
    """
    actor = scope_of(session).actor
    for row in sorted(part.of(LINK), key=lambda row: (row["structure_id"], row["beneficiary_id"])):
        session.add(
            Erasure(
                number=numbers.take(session, REGISTER.name, structure_id=row["structure_id"]),
                structure_id=row["structure_id"],
                beneficiary_id=row["beneficiary_id"],
                user_id=actor.user_id,
                actor_name=actor.name[:120],
                cause=cause,
                whole=whole,
                rows=len(part.within(row["structure_id"])),
                pending=pending,
            )
        )
        pending = ""
    session.flush()


def of_person(session: Session, person_id: int) -> Erasure | None:
    """The last certificate that the session's structure holds of a person."""
    mine = select(Erasure).where(Erasure.beneficiary_id == person_id).order_by(Erasure.id.desc())
    return session.scalars(mine).first()
