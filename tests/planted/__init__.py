"""The faults that are planted in copies of the scratch module, each with the sentence that must name it."""

from planted.declared import MANIFEST, TABLES
from planted.fault import Fault, plant
from planted.owed import DUTIES
from planted.served import SCREENS
from planted.stored import ANOTHER_CHECK, FORGOTTEN_TABLE, LIFE, LOST_ROWS, MIGRATIONS, TRACES, WITHOUT_MIGRATION
from planted.switched import DASHBOARD, HOOKS, JOBS, SWITCHING

FAULTS = (*MANIFEST, *TABLES, *MIGRATIONS, *SCREENS, *SWITCHING, *HOOKS, *DASHBOARD, *JOBS, *DUTIES, *TRACES, *LIFE)
ON_POSTGRESQL = (WITHOUT_MIGRATION, ANOTHER_CHECK, FORGOTTEN_TABLE, LOST_ROWS)

__all__ = ["FAULTS", "ON_POSTGRESQL", "Fault", "plant"]
