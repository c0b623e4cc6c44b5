"""French: complete, compiled, well set, and the only language on every page of the demo as everybody in it."""

from __future__ import annotations

import ast
import gettext
import re
from functools import cache
from pathlib import Path
from typing import Any

import flask_admin
import pytest
import wtforms
from babel.messages.catalog import Catalog

from jalon.testing import catalogues
from jalon.testing.walk import Seen, walk
from jalon.testing.world import Browser

PACKAGES = catalogues.packages()
NO_BREAK = "\u00a0\u202f"


@pytest.mark.parametrize("package", PACKAGES)
def test_the_french_of_a_package_is_complete_compiled_and_asks_for_nothing_more(package: str) -> None:
    assert catalogues.problems(package) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_extracting_and_compiling_again_changes_no_byte(package: str, monkeypatch: Any, tmp_path: Path) -> None:
    written = catalogues.catalogue_path(package)
    copy = tmp_path / written.name
    copy.write_bytes(written.read_bytes())
    monkeypatch.setattr(catalogues, "catalogue_path", lambda _package: copy)

    catalogues.update(package)

    assert copy.read_bytes() == written.read_bytes()
    assert copy.with_suffix(".mo").read_bytes() == written.with_suffix(".mo").read_bytes()


@pytest.mark.parametrize("package", PACKAGES)
def test_french_is_set_with_its_own_apostrophes_and_spaces(package: str) -> None:
    badly_set = re.compile(rf"['\"]|[^{NO_BREAK}][;?!»]|(?<![{NO_BREAK}\d]):(?!//)|«[^{NO_BREAK}]")
    texts = [text for message in catalogues.read(package) if message.id for text in catalogues._texts(message.string)]

    assert texts
    assert [text for text in texts if badly_set.search(text)] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_sentence_is_asked_for_inside_a_formatted_text_where_none_is_found(package: str) -> None:
    """Of an f-string, Python 3.11 shows its extractor one piece only."""
    assert [told for path in sorted(catalogues.folder(package).rglob("*.py")) for told in hidden_in(path)] == []


def hidden_in(path: Path) -> list[str]:
    """Where an f-string of that file asks for a sentence."""
    texts = (n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.JoinedStr))
    calls = (c for text in texts for c in ast.walk(text) if isinstance(c, ast.Call) and isinstance(c.func, ast.Name))
    return [f"{path.name}:{call.lineno}" for call in calls if call.func.id in ("_", "_l", "ngettext")]  # type: ignore[attr-defined]


# --- the check can fail ---


def test_a_sentence_inside_a_formatted_text_is_told(tmp_path: Path) -> None:
    written = tmp_path / "names.py"
    written.write_text('NAME = f"{_("letter")}-1.pdf"\n'.replace('("letter")', "('letter')"))

    assert hidden_in(written) == ["names.py:1"]


SOURCE = 'from scratch.i18n import _\n\nHELLO = _("Hello %(name)s")\n'


def scratch(tmp_path: Path, monkeypatch: Any, *, msgstr: str, flag: str = "", msgid: str = "Hello %(name)s") -> None:
    """A package of one sentence, with this catalogue, compiled."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    (folder / "__init__.py").write_text(SOURCE)
    monkeypatch.setattr(catalogues, "folder", lambda _package: folder)
    path = catalogues.catalogue_path("scratch")
    path.parent.mkdir(parents=True)
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    path.write_text(f'{head}{flag}msgid "{msgid}"\nmsgstr "{msgstr}"\n')
    catalogues.compile_one("scratch")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"msgstr": ""}, "not translated: 'Hello %(name)s'"),
        ({"msgstr": "Bonjour %(name)s", "flag": "#, fuzzy\n"}, "to be checked (fuzzy): 'Hello %(name)s'"),
        ({"msgstr": "Bonjour %(nom)s"}, "placeholders differ: 'Hello %(name)s'"),
        ({"msgstr": "Bonjour"}, "placeholders differ: 'Hello %(name)s'"),
        ({"msgstr": "Bonsoir", "msgid": "Good night"}, "not in the catalogue: 'Hello %(name)s'"),
        ({"msgstr": "Bonsoir", "msgid": "Good night"}, "asked for nowhere: 'Good night'"),
    ],
)
def test_each_fault_of_a_catalogue_is_named(tmp_path: Path, monkeypatch: Any, fault: dict[str, str], said: str) -> None:
    scratch(tmp_path, monkeypatch, **fault)

    assert said in catalogues.problems("scratch")


def test_a_catalogue_compiled_before_its_last_change_is_named(tmp_path: Path, monkeypatch: Any) -> None:
    scratch(tmp_path, monkeypatch, msgstr="Bonjour %(name)s")
    assert catalogues.problems("scratch") == []

    path = catalogues.catalogue_path("scratch")
    path.write_text(path.read_text().replace("Bonjour", "Salut"))

    assert catalogues.problems("scratch") == ["compiled from another text: run make i18n"]


# --- what people read ---


def english() -> list[str]:
    """Every English source that our code or a library's form could show, whose French differs."""
    ours = [m for package in PACKAGES for m in catalogues.read(package)]
    sources = {
        text for m in ours if m.id for text in zip(catalogues._texts(m.id), catalogues._texts(m.string), strict=False)
    }
    for library, folder, domain in ((flask_admin, "translations", "admin"), (wtforms, "locale", "wtforms")):
        told = gettext.translation(domain, str(Path(library.__file__).parent / folder), ["fr"])
        sources |= {(a, b) for a, b in told._catalog.items() if isinstance(a, str) and a}  # type: ignore[attr-defined]
    french = {text for _source, text in sources}
    return sorted({source for source, text in sources if source != text} - french)


def spoken(source: str) -> re.Pattern[str]:
    """The source with anything in its places: a word alone on its own, a sentence also inside a text."""
    pattern = r".+?".join(re.escape(part) for part in re.split(r"%(?:\(\w+\))?[sd]", source))
    literal = re.sub(r"%(?:\(\w+\))?[sd]", "", source)
    return re.compile(pattern if len(literal.split()) >= 3 else rf"^{pattern}$")


def has_words(source: str) -> bool:
    """Some are punctuation between two places: a name, a colon, a value."""
    return re.search(r"[A-Za-z]{2}", re.sub(r"%(?:\(\w+\))?[sd]", "", source)) is not None


ENGLISH = [(source, spoken(source)) for source in english() if has_words(source)]


@cache
def is_english(text: str) -> bool:
    """Asked once of what stands on many pages."""
    return any(known.search(text) for _source, known in ENGLISH)


def english_in(page: Seen) -> list[str]:
    return [f"{page.name}: {text}" for text in page.reader.texts if is_english(text)]


@pytest.mark.parametrize("source", ["Save", "Nothing was saved: look at the fields in red.", "This field is required."])
def test_an_english_sentence_would_be_found(source: str) -> None:
    assert is_english(source)


def test_no_page_of_the_demo_speaks_english_to_anybody(demo_pages: list[Seen]) -> None:
    assert len({page.who for page in demo_pages}) >= 10
    walked = {page.who.partition("@")[0] for page in demo_pages if page.status == 200}
    assert walked >= {"admin", "direction", "conseiller", "accueil", "agent_location", "regulateur"}
    assert [fault for page in demo_pages for fault in english_in(page)] == []


@pytest.mark.slow
def test_no_page_of_the_demo_speaks_english_to_any_account(demo_browsers: dict[str, Browser]) -> None:
    pages = [page for who, browser in demo_browsers.items() for page in walk(browser, who, "/")]

    assert [fault for page in pages for fault in english_in(page)] == []


def test_refused_forms_speak_french(demo_refusals: list[Seen]) -> None:
    assert {page.status for page in demo_refusals} == {422}
    assert [fault for page in demo_refusals for fault in english_in(page)] == []


def test_a_sentence_without_french_is_said_in_english_and_a_modules_falls_back_on_the_cores() -> None:
    from jalon.i18n import Catalogue

    assert Catalogue("jalon_rental").gettext("no such sentence") == "no such sentence"
    assert Catalogue("jalon_rental").gettext("Sign in") == "Se connecter"
    assert (
        Catalogue("jalon_rental").ngettext("%(n)s vehicle is free", "%(n)s vehicles are free", 3)
        == "3 véhicules libres"
    )


def test_an_empty_catalogue_is_made_for_a_package_that_has_none(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(catalogues, "catalogue_path", lambda _package: tmp_path / "none.po")

    made = catalogues.read("jalon_new")

    assert isinstance(made, Catalog)
    assert [m.id for m in made if m.id] == []
    assert str(made.locale) == "fr"
