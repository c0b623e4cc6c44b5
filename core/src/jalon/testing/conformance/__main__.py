"""The kit from the command line, for a module that is installed here: its faults as JSON, by number of check."""

from __future__ import annotations

import json
import tempfile
from argparse import ArgumentParser
from pathlib import Path

from jalon.testing.conformance import CHECKS, Kit
from jalon.testing.conformance.databases import Databases, GivenEmpty, SqliteFiles
from jalon.testing.plugin import migrate


def main() -> None:
    """Print `{"12": ["…"], …}`; an empty list is good."""
    parser = ArgumentParser(prog="python -m jalon.testing.conformance", description=__doc__)
    parser.add_argument("module")
    parser.add_argument("numbers", nargs="*", type=int, help="of the checks; all when none is given")
    parser.add_argument("--database", action="append", default=[], help="an empty database, once for each one needed")
    asked = parser.parse_args()
    found = {}
    for number in asked.numbers or sorted(CHECKS):
        with tempfile.TemporaryDirectory() as folder:
            made = SqliteFiles(Path(folder), migrate)
            databases: Databases = GivenEmpty(asked.database, migrate) if asked.database else made
            found[number] = CHECKS[number].faults(Kit(asked.module, databases, Path(folder)))
    print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()
