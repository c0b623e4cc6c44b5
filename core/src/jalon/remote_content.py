"""What a mail's HTML would have fetched when it is read: a picture from elsewhere tells who read it, when and where."""

from __future__ import annotations

import re
from html.parser import HTMLParser

FETCHING = frozenset(
    {"src", "srcset", "background", "poster", "data", "lowsrc", "dynsrc", "ping", "action", "formaction"}
)
REFUSED = frozenset({"base", "embed", "form", "frame", "iframe", "link", "meta", "object", "script"})
IN_STYLE = re.compile(r"url\s*\(|@import|image-set|\\", re.IGNORECASE)  # a backslash may spell any of them otherwise
WITHIN = "data:"


def found(html: str) -> bool:
    """Whether something in it is fetched or run: all but links that somebody follows, and pictures it brings itself.

    `<meta charset>` is innocent, any other meta is not.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found = False
        self._styling = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._styling = tag == "style"
        given = {name: (value or "").strip() for name, value in attrs}
        innocent = tag == "meta" and set(given) == {"charset"}
        if (tag in REFUSED and not innocent) or any(_fetches(tag, name, value) for name, value in given.items()):
            self.found = True

    def handle_data(self, data: str) -> None:
        if self._styling and IN_STYLE.search(data):
            self.found = True

    def handle_comment(self, data: str) -> None:
        if "<" in data:  # one mail program reads what stands in some comments
            self.found = True

    def handle_endtag(self, tag: str) -> None:
        self._styling = False


def _fetches(tag: str, name: str, value: str) -> bool:
    if name == "style":
        return bool(IN_STYLE.search(value))
    if name in ("href", "xlink:href"):
        return tag not in ("a", "area")
    return name.startswith("on") or (name in FETCHING and not value.lower().startswith(WITHIN))
