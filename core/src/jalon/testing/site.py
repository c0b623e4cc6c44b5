"""One site for many tests: each finds it as it was made."""

from __future__ import annotations

from types import CodeType

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from jalon.app_of import mount


class Compiled(BytecodeCache):
    """The templates of all sites of a process, each compiled once for as long as it reads the same."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.code


COMPILED = Compiled()


class Site:
    """An application that outlives a test. What it keeps is code (routes, screens, compiled templates), never data:
    that no row stays in the memory of a process is checked elsewhere, by the kit.
    """

    def __init__(self, app: Flask) -> None:
        self.app = app
        jalon = mount(app)
        self._config = dict(app.config)
        self._made = [(it, dict(vars(it))) for it in (jalon, *jalon.registry.modules.values())]

    def reset(self) -> None:
        """Take back what a test set on the application, on Jalon or on a module, and leave no connection open."""
        self.app.config.clear()
        self.app.config.update(self._config)
        for it, made in self._made:
            vars(it).clear()
            vars(it).update(made)
        with self.app.app_context():
            mount(self.app).db.engine.dispose()
