"""What may be wrong with an installation, and how to mend it: `jalon check`, and a page for administrators."""

from jalon.checks import accounts, database, environment, files, jobs, modules  # noqa: F401 - each registers its checks
from jalon.checks.check import CHECKS, Check, Finding, Level, Place, looking_at, run

__all__ = ["CHECKS", "Check", "Finding", "Level", "Place", "looking_at", "run"]
