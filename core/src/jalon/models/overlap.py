"""The two overlap constraints of occupations, as SQLite can say them: triggers of the constraint's name."""

from __future__ import annotations

PROMISE = "occupation_promise"
FACT = "occupation_fact"

_TRIGGER = """CREATE TRIGGER {name}_{event} BEFORE {when} ON jalon_occupation WHEN {applies}
BEGIN
  SELECT RAISE(ABORT, 'constraint {name}') WHERE EXISTS (
    SELECT 1 FROM jalon_occupation o WHERE o.resource_id = NEW.resource_id AND o.id IS NOT NEW.id AND {clash});
END"""
_CASES = {
    PROMISE: {
        "columns": "resource_id, starts_at, blocked_until, blocking",
        "applies": "NEW.blocking",
        "clash": "o.blocking AND o.starts_at < NEW.blocked_until AND NEW.starts_at < o.blocked_until",
    },
    FACT: {
        "columns": "resource_id, departed_at, returned_at",
        "applies": "NEW.departed_at IS NOT NULL",
        "clash": "o.departed_at IS NOT NULL AND (NEW.returned_at IS NULL OR o.departed_at < NEW.returned_at)"
        " AND (o.returned_at IS NULL OR NEW.departed_at < o.returned_at)",
    },
}


def no_overlap_triggers() -> list[str]:
    """The CREATE TRIGGER statements; a migration that rebuilds jalon_occupation runs them again."""
    statements = []
    for name, case in _CASES.items():
        whens = {"insert": "INSERT", "update": f"UPDATE OF {case['columns']}"}
        for event, when in whens.items():
            statements.append(
                _TRIGGER.format(name=name, event=event, when=when, applies=case["applies"], clash=case["clash"])
            )
    return statements
