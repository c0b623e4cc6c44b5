"""A complete copy of what is held about a person, to hand over: for a machine, and for a reader.

Source: GDPR, articles 15 and 20; docs/decisions/0023 describes the shape.
"""

from jalon.copies.packing import pack
from jalon.copies.reading import PersonCopy, read

__all__ = ["PersonCopy", "pack", "read"]
