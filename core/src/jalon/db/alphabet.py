"""Names in the order of the alphabet on both databases: SQLite puts É after Z, PostgreSQL where its locale says.

SQLite asks `jalon.names.fold`, as search does; PostgreSQL says nearly the same by itself. For the short lists of one
structure: long ones keep what is folded in a column with an index.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, String, event
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from jalon.names import fold

ACCENTED = "àáâãäåçèéêëìíîïñòóôõöùúûüýÿ'’-."
PLAIN = "aaaaaaceeeeiiiinooooouuuuyy    "


class alphabetical(GenericFunction[str]):
    """`order_by(alphabetical(Member.name), Member.id)`."""

    type = String()
    inherit_cache = True
    name = "jalon_fold"


@compiles(alphabetical, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    said = compiler.process(element.clauses, **options)
    both = ACCENTED + ACCENTED.upper()
    quoted = [text.replace("'", "''") for text in (both, PLAIN + PLAIN)]
    folded = f"translate(lower({said}), '{quoted[0]}', '{quoted[1]}')"
    return f"(replace(replace(replace({folded}, 'œ', 'oe'), 'Œ', 'oe'), 'æ', 'ae') COLLATE \"C\")"


def _fold(text: str | None) -> str | None:
    return None if text is None else fold(text)


def teach(engine: Engine) -> None:
    """Let each connection of an SQLite engine, a host's too, know the function, those that are open already as well."""
    if engine.dialect.name != "sqlite" or getattr(engine, "_jalon_alphabet", False):
        return
    engine._jalon_alphabet = True  # type: ignore[attr-defined]

    @event.listens_for(engine, "checkout")
    def checkout(dbapi: Any, record: Any, proxy: Any) -> None:
        if "jalon_fold" not in record.info:
            dbapi.create_function("jalon_fold", 1, _fold, deterministic=True)
            record.info["jalon_fold"] = True
