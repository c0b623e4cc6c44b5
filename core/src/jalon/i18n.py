"""Translations bound to a package: a module's sentences never depend on the host's Babel."""

from __future__ import annotations

import gettext as stdlib_gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import resources

DEFAULT_LOCALE = "fr"
_locale: ContextVar[str] = ContextVar("jalon_locale", default=DEFAULT_LOCALE)


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Translate into `locale` inside the block."""
    token = _locale.set(locale)
    try:
        yield
    finally:
        _locale.reset(token)


def current_locale() -> str:
    return _locale.get()


@cache
def _load(package: str, locale: str) -> stdlib_gettext.NullTranslations:
    folder = str(resources.files(package) / "translations")
    found = stdlib_gettext.translation(package, folder, [locale], fallback=True)
    if package != "jalon":
        found.add_fallback(_load("jalon", locale))
    return found


class Catalogue:
    """The sentences of one package; what it lacks is looked up in the core's."""

    def __init__(self, package: str) -> None:
        self.package = package

    def gettext(self, message: str, /, **values: object) -> str:
        translated = _load(self.package, current_locale()).gettext(message)
        return translated % values if values else translated

    def ngettext(self, singular: str, plural: str, n: int, /, **values: object) -> str:
        translated = _load(self.package, current_locale()).ngettext(singular, plural, n)
        return translated % {"n": n, **values}

    def lazy(self, message: str, /) -> Text:
        return Text(self, message)


class Text:
    """A sentence translated each time it is shown; `%` fills it."""

    __slots__ = ("_catalogue", "message")

    def __init__(self, catalogue: Catalogue, message: str) -> None:
        self._catalogue = catalogue
        self.message = message

    def __str__(self) -> str:
        return self._catalogue.gettext(self.message)

    def __html__(self) -> str:
        from markupsafe import escape

        return str(escape(str(self)))

    def __mod__(self, values: object) -> str:
        return str(self) % values

    def __repr__(self) -> str:
        return f"Text({self.message!r})"

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other)

    def __hash__(self) -> int:
        return hash(self.message)

    def __lt__(self, other: object) -> bool:
        return str(self) < str(other)


core = Catalogue("jalon")
_ = core.gettext
_l = core.lazy
ngettext = core.ngettext
