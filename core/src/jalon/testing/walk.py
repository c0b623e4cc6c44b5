"""Walking a site as somebody: every page that links lead to, read as a browser would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from jalon.testing.world import Browser

SAID = frozenset({"placeholder", "aria-label", "title", "alt", "data-confirm", "data-label"})
UNSAID = frozenset({"script", "style", "code"})
VOID = frozenset({"input", "meta", "link", "br", "img", "hr", "path", "rect", "source"})


class Reader(HTMLParser):
    """What a page says, where it leads, and its elements. What is marked as another language is quoted, not said."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.links: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self._open: list[tuple[str, bool]] = []  # and whether what stands in it is said by nobody
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.elements.append((tag, values))
        self.texts.extend(values[name] for name in SAID & set(values))
        if tag == "a" and values.get("href", "").startswith("/"):
            self.links.append(values["href"])
        if tag not in VOID:
            self._open.append((tag, tag in UNSAID or values.get("lang", "fr") != "fr"))

    def handle_endtag(self, tag: str) -> None:
        if any(tag == opened for opened, _unsaid in self._open):
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not any(unsaid for _tag, unsaid in self._open):
            self.texts.append(" ".join(data.split()))


@dataclass(frozen=True)
class Seen:
    """One page, as one person got it."""

    who: str
    address: str
    status: int
    html: str
    reader: Reader = field(repr=False)

    @property
    def name(self) -> str:
        return f"{self.address} as {self.who}: {self.status}"


def look(browser: Browser, who: str, address: str) -> Seen:
    """The page at an address, or where it sends people on to."""
    answer = browser.get(address, follow_redirects=True)
    html = answer.text if answer.mimetype == "text/html" else ""  # a file to take away is no page
    return Seen(who, answer.request.full_path.rstrip("?"), answer.status_code, html, Reader(html))


def walk(browser: Browser, who: str, start: str, most: int = 200) -> Iterator[Seen]:
    """Every page that links lead to; of those whose addresses differ by a number or a date only, the first."""
    todo, known = [start], {kind_of(start)}
    while todo and len(known) <= most:
        seen = look(browser, who, todo.pop(0))
        yield seen
        for link in seen.reader.links:
            if kind_of(link) not in known:
                known.add(kind_of(link))
                todo.append(link)


def kind_of(address: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What makes two addresses the same page with other figures in it; where it comes from does not count."""
    parts = urlsplit(address)
    asked = ((name, re.sub(r"\d", "#", value)) for name, value in parse_qsl(parts.query) if name != "url")
    return re.sub(r"\d+", "#", parts.path), tuple(sorted(asked))
