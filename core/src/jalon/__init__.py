"""Jalon: a modular back office for solidarity mobility.

What stands in `__all__` is what a module or a host may import; the rest may change without notice.
"""

from jalon.accounts import Identity
from jalon.app import Jalon
from jalon.db import GuardedSession
from jalon.errors import DomainError, ScopeViolation
from jalon.hookspecs import hookimpl
from jalon.scope import Actor, Scope, StructureRef, scope_of
from jalon.site import create_app
from jalon.timeline import tell

__all__ = [
    "Actor",
    "DomainError",
    "GuardedSession",
    "Identity",
    "Jalon",
    "Scope",
    "ScopeViolation",
    "StructureRef",
    "create_app",
    "hookimpl",
    "scope_of",
    "tell",
]
__version__ = "0.1.0"
