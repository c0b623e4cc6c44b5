"""The one declared way under the guard to look names up by their trigrams: it gives ids, and what to rank them by.

No ORM statement can say MATCH or <%, and the guard rightly refuses text that names its tables. So what is asked here
holds the same conditions as the guard itself (`jalon.db.reach`): linked to the session's structure, and not restricted
unless to its reader. Whoever calls it reads the rows themselves through the guard. Source: docs/decisions/0020, 0028.
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
TELLING = 2  # words, the longest, that PostgreSQL proposes names by: with more it leaves its index and reads all rows
LOOSE, TIGHT = 0.4, 0.6  # word similarity, 0 to 1, from which PostgreSQL proposes a name near each word, near any

_REACHED = f"""l.beneficiary_id = i.beneficiary_id AND l.structure_id = :structure
  AND NOT l.absorbed
  AND (NOT l.restricted OR EXISTS (SELECT 1 FROM {READERS} r WHERE r.structure_id = l.structure_id
    AND r.beneficiary_id = l.beneficiary_id AND r.user_id = :reader))"""  # noqa: S608 - names of our own tables
_VISIBLE = f"JOIN {LINKS} l ON {_REACHED}"
_SQLITE = "SELECT i.beneficiary_id, i.folded FROM jalon_identity_fts f CROSS JOIN jalon_identity i ON i.id = f.rowid"
_PLAIN = "SELECT i.beneficiary_id, i.folded FROM jalon_identity i"
# LATERAL with a LIMIT of its own: each candidate asks for its link by the key, the nearest first, until there are MOST.
# As a plain join PostgreSQL reads all links of the structure: 9 ms for 2 with 20,000 persons.
_NEAREST = f"""SELECT i.beneficiary_id, i.folded
  FROM (SELECT beneficiary_id, folded, word_similarity(:whole, folded) AS near
    FROM jalon_identity WHERE {{near}} ORDER BY near DESC) i
  CROSS JOIN LATERAL (SELECT 1 FROM {LINKS} l WHERE {_REACHED} LIMIT 1) v ORDER BY i.near DESC LIMIT {MOST}"""  # noqa: S608


def named(session: Session, words: Sequence[str]) -> dict[int, str]:
    """Persons the session may name in whose names all these words stand, in any order: MOST folded names, by id.

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
    return _found(session, f"{source} {_VISIBLE} WHERE {' AND '.join(tests)} LIMIT {MOST}", values) if tests else {}


def named_nearly(session: Session, words: Sequence[str]) -> dict[int, str]:
    """Persons the session may name whose names share trigrams with each of these words, the nearest MOST."""
    return _near(session, words, "AND", LOOSE)


def named_remotely(session: Session, words: Sequence[str]) -> dict[int, str]:
    """The same for names that share trigrams with any of these words: the last thing to try, and the dearest.

    A short word mistyped in its middle shares none: "matrin" has no three letters of "martin".
    """
    return _near(session, words, "OR", TIGHT) if len(words) > 1 else {}


def _near(session: Session, words: Sequence[str], joined: str, similarity: float) -> dict[int, str]:
    long = [word for word in words if len(word) >= TRIGRAM]
    if not long:
        return {}
    if _is_sqlite(session):
        match = f" {joined} ".join(f"({_any_trigram(word)})" for word in long)
        query = f"{_SQLITE} {_VISIBLE} WHERE jalon_identity_fts MATCH :match ORDER BY f.rank LIMIT {MOST}"
        return _found(session, query, {"match": match})
    telling = sorted(long, key=len, reverse=True)[:TELLING]
    near = f" {joined} ".join(f":word{n} <% folded" for n in range(len(telling)))
    _reach(session, similarity)
    values = {f"word{n}": word for n, word in enumerate(telling)} | {"whole": " ".join(long)}
    return _found(session, _NEAREST.format(near=near), values)


def _any_trigram(word: str) -> str:
    return " OR ".join(f'"{word[n : n + TRIGRAM]}"' for n in range(len(word) - TRIGRAM + 1))


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _reach(session: Session, similarity: float) -> None:
    """For this transaction only."""
    limit = text("SELECT set_config('pg_trgm.word_similarity_threshold', :limit, true)")
    Session.connection(session).execute(limit, {"limit": str(similarity)})


def _found(session: Session, query: str, values: dict[str, Any]) -> dict[int, str]:
    scope = current_scope(session)
    structure = scope.structure.id if scope and scope.structure else NOBODY
    reader = scope.actor.user_id if scope and scope.actor.user_id is not None else NOBODY
    session.flush()  # what was just written is found
    rows = Session.connection(session).execute(text(query), {**values, "structure": structure, "reader": reader})
    return {row.beneficiary_id: row.folded for row in rows}
