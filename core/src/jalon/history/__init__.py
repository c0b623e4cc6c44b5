"""History: each write of a structure's rows is recorded in its own transaction, read back, and erased with a person."""

from jalon.history.bulk import record_bulk
from jalon.history.erasure import erase, erasing
from jalon.history.reading import Line, created, entries, of_record, older_than, seen_when, tables
from jalon.history.recording import record_flush
from jalon.history.subjects import column_called, kind_of, name_values, register, tell_values

__all__ = [
    "Line",
    "column_called",
    "created",
    "entries",
    "erase",
    "erasing",
    "kind_of",
    "name_values",
    "of_record",
    "older_than",
    "record_bulk",
    "record_flush",
    "register",
    "seen_when",
    "tables",
    "tell_values",
]
