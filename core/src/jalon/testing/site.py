"""One site for many tests: each finds it as it was made."""

from __future__ import annotations

from flask import Flask

from jalon.app_of import mount


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
