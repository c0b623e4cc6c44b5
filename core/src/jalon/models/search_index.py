"""What search looks in: trigrams of `jalon_identity.folded`, as SQLite keeps them beside the names."""

from __future__ import annotations

INDEX = "jalon_identity_fts"

# An external-content table of FTS5 holds no name of its own: it follows the rows of jalon_identity by triggers.
# Source: the SQLite documentation of FTS5, section 4.4.3.
_TABLE = (
    f"CREATE VIRTUAL TABLE {INDEX} USING fts5(folded, content='jalon_identity', content_rowid='id', tokenize='trigram')"
)
_ADD = f"INSERT INTO {INDEX}(rowid, folded) VALUES (NEW.id, NEW.folded);"  # noqa: S608 - a constant
_REMOVE = f"INSERT INTO {INDEX}({INDEX}, rowid, folded) VALUES ('delete', OLD.id, OLD.folded);"  # noqa: S608


def sqlite_statements() -> list[str]:
    """Make the index and what keeps it true; a migration that rebuilds jalon_identity runs the triggers again."""
    return [
        _TABLE,
        f"CREATE TRIGGER identity_found_insert AFTER INSERT ON jalon_identity BEGIN {_ADD} END",
        f"CREATE TRIGGER identity_found_delete AFTER DELETE ON jalon_identity BEGIN {_REMOVE} END",
        f"CREATE TRIGGER identity_found_update AFTER UPDATE OF folded ON jalon_identity BEGIN {_REMOVE} {_ADD} END",
    ]
