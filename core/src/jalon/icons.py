"""Pictures of one set, drawn into the page: no request, and the colour of the text around them."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from markupsafe import Markup

UNKNOWN = "circle"  # what a module's icon of another set becomes
_SYMBOL = re.compile(r'<symbol id="([a-z0-9-]+)">(.*?)</symbol>', re.DOTALL)


@cache
def names() -> tuple[str, ...]:
    """Those that a menu, a card or a manifest may name. Source of the drawings: data/LICENSES.txt."""
    return tuple(_drawings())


@cache
def drawn(name: str) -> Markup:
    """The picture as SVG, hidden from screen readers: words stand beside it or on its button."""
    drawings = _drawings()
    inside = drawings.get(name) or drawings[UNKNOWN]
    return Markup(f'<svg class="ic" viewBox="0 0 24 24" aria-hidden="true">{inside}</svg>')  # noqa: S704 - our own file


@cache
def _drawings() -> dict[str, str]:
    return dict(_SYMBOL.findall((resources.files("jalon") / "data" / "icons.svg").read_text(encoding="utf-8")))
