"""The one declared way under the guard to look names up by their trigrams: it gives ids, and those only.

No ORM statement can say MATCH or <%, and the guard rightly refuses text that names its tables. So what is asked here
holds the same conditions as the guard itself (`jalon.db.reach`): linked to the session's structure, and not restricted
unless to its reader. Whoever calls it reads the rows themselves through the guard. Source: docs/decisions/0020.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from jalon.db.reach import LINKS, NOBODY, READERS
from jalon.scope import current_scope

MOST = 200  # candidates; more than anybody reads, ranked afterwards
TRIGRAM = 3  # letters; a shorter word is looked for at the beginning of a word
LOOSE = 0.4  # word similarity from which PostgreSQL proposes a name, 0 to 1

_VISIBLE = f"""JOIN {LINKS} l ON l.beneficiary_id = i.beneficiary_id AND l.structure_id = :structure
  AND NOT l.absorbed AND (NOT l.restricted OR EXISTS (SELECT 1 FROM {READERS} r WHERE r.structure_id = l.structure_id
    AND r.beneficiary_id = l.beneficiary_id AND r.user_id = :reader))"""  # noqa: S608 - names of our own tables
_SQLITE = "SELECT i.beneficiary_id FROM jalon_identity_fts f CROSS JOIN jalon_identity i ON i.id = f.rowid"
_PLAIN = "SELECT i.beneficiary_id FROM jalon_identity i"


def named(session: Session, words: Sequence[str]) -> list[int]:
    """Ids of persons the session may name in whose names all these words stand, in any order; MOST at most.

    words: folded (`jalon.names.fold`), so of a to z and 0 to 9 only.
    """
    long, short = [w for w in words if len(w) >= TRIGRAM], [w for w in words if len(w) < TRIGRAM]
    values: dict[str, Any] = {}
    tests = []
    if long and _is_sqlite(session):
        tests.append("jalon_identity_fts MATCH :match")
        values["match"] = " AND ".join(f'"{word}"' for word in long)
    elif long:
        tests += [f"i.folded LIKE :long{n}" for n in range(len(long))]
        values |= {f"long{n}": f"%{word}%" for n, word in enumerate(long)}
    for n, word in enumerate(short):
        tests.append(f"(i.folded LIKE :first{n} OR i.folded LIKE :later{n})")
        values |= {f"first{n}": f"{word}%", f"later{n}": f"% {word}%"}
    source = _SQLITE if long and _is_sqlite(session) else _PLAIN
    return _ids(session, f"{source} {_VISIBLE} WHERE {' AND '.join(tests)} LIMIT {MOST}", values) if tests else []


def named_nearly(session: Session, words: Sequence[str]) -> list[int]:
    """Ids of persons the session may name whose names share trigrams with these words, the nearest MOST."""
    long = [word for word in words if len(word) >= TRIGRAM]
    if not long:
        return []
    if _is_sqlite(session):
        shared = sorted({word[n : n + TRIGRAM] for word in long for n in range(len(word) - TRIGRAM + 1)})
        match = " OR ".join(f'"{trigram}"' for trigram in shared)
        query = f"{_SQLITE} {_VISIBLE} WHERE jalon_identity_fts MATCH :match ORDER BY f.rank LIMIT {MOST}"
        return _ids(session, query, {"match": match})
    values = {f"word{n}": word for n, word in enumerate(long)}
    near = " AND ".join(f":word{n} <% i.folded" for n in range(len(long)))
    order = "word_similarity(:whole, i.folded) DESC"
    _reach_far(session)
    return _ids(
        session, f"{_PLAIN} {_VISIBLE} WHERE {near} ORDER BY {order} LIMIT {MOST}", {**values, "whole": " ".join(long)}
    )


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _reach_far(session: Session) -> None:
    """For this transaction only."""
    limit = text("SELECT set_config('pg_trgm.word_similarity_threshold', :limit, true)")
    Session.connection(session).execute(limit, {"limit": str(LOOSE)})


def _ids(session: Session, query: str, values: dict[str, Any]) -> list[int]:
    scope = current_scope(session)
    structure = scope.structure.id if scope and scope.structure else NOBODY
    reader = scope.actor.user_id if scope and scope.actor.user_id is not None else NOBODY
    session.flush()  # what was just written is found
    rows = Session.connection(session).execute(text(query), {**values, "structure": structure, "reader": reader})
    return list(dict.fromkeys(rows.scalars()))
