"""The forms of a page, as a browser would send them back."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

NOT_SENT = frozenset({"submit", "button", "image", "reset", "file"})


@dataclass
class PageForm:
    """One form: where it goes, and what is in its fields."""

    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.links: list[str] = []
        self._open: PageForm | None = None
        self._select = ""
        self._area = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "form":
            self._open = PageForm(given.get("method", "get").lower(), given.get("action", ""))
            self.forms.append(self._open)
        elif self._open is not None:
            self._read_field(self._open, tag, given, [name for name, _ in attributes])

    def _read_field(self, form: PageForm, tag: str, given: dict[str, str], names: list[str]) -> None:
        if tag == "input" and "name" in given and given.get("type", "text") not in NOT_SENT:
            if given.get("type") not in ("checkbox", "radio") or "checked" in names:
                form.fields[given["name"]] = given.get("value", "on")
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and self._select and ("selected" in names or self._select not in form.fields):
            form.fields[self._select] = given.get("value", "")
        elif tag == "textarea":
            self._area = given.get("name", "")
            form.fields[self._area] = ""

    def handle_data(self, data: str) -> None:
        if self._area and self._open is not None:
            self._open.fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""


def forms_in(html: str) -> list[PageForm]:
    """Every form of a page."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms


def links_in(html: str) -> list[str]:
    """The addresses of every link of a page."""
    reader = _Reader()
    reader.feed(html)
    return reader.links
