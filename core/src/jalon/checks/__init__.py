"""What may be wrong with an installation, and how to mend it: `jalon check`, and a page for administrators."""

from jalon.checks import (  # noqa: F401 - each registers its checks
    accounts,
    backup,
    database,
    environment,
    files,
    jobs,
    modules,
    paper,
    sms,
)
from jalon.checks.check import CHECKS, Check, Finding, Level, Place, looking_at, run

__all__ = ["CHECKS", "Check", "Finding", "Level", "Place", "looking_at", "run"]
