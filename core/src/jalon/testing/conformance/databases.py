"""Where the conformance kit gets databases from: empty ones, and migrated ones."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol


class Databases(Protocol):
    """A source of databases, one at a time, nobody else's."""

    def empty(self) -> str:
        """The address of a database without tables."""

    def fresh(self) -> str:
        """The address of a database in which every loaded module has its tables."""


class OnDemand:
    """Databases that two functions give, each at its own address."""

    def __init__(self, *, empty: Callable[[], str], fresh: Callable[[], str]) -> None:
        self.empty = empty
        self.fresh = fresh


class SqliteFiles:
    """Files in a folder; migrated ones are copies of one that `migrate` made."""

    def __init__(self, folder: Path, migrate: Callable[[str], None], template: Path | None = None) -> None:
        self.folder = folder
        self.template = template
        self._migrate = migrate
        self._made = 0

    def empty(self) -> str:
        return f"sqlite:///{self._next()}"

    def fresh(self) -> str:
        if self.template is None:
            self.template = self._next()
            self._migrate(f"sqlite:///{self.template}")
        return f"sqlite:///{shutil.copyfile(self.template, self._next())}"

    def _next(self) -> Path:
        self._made += 1
        return self.folder / f"kit-{self._made}.sqlite"


class GivenEmpty:
    """Empty databases that somebody else made, used one after the other."""

    def __init__(self, urls: Iterable[str], migrate: Callable[[str], None]) -> None:
        self._urls = iter(urls)
        self._migrate = migrate

    def empty(self) -> str:
        url = next(self._urls, None)
        if url is None:
            raise LookupError("the kit needs one more empty database")
        return url

    def fresh(self) -> str:
        url = self.empty()
        self._migrate(url)
        return url
