"""What `jalon new-plugin` writes, and what it refuses to."""

from __future__ import annotations

import ast
import io
import tomllib
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from click.testing import CliRunner
from jinja2 import Environment

from jalon import scaffold
from jalon.cli.new_plugin import new_plugin
from jalon.errors import DomainError
from jalon.manifest import parse_manifest
from jalon.scaffold import BadSlug, FolderThere, SlugReserved, SlugTaken

REFUSED = {
    "": BadSlug,
    "l": BadSlug,
    "Library": BadSlug,
    "a_b": BadSlug,
    "../x": BadSlug,
    "é" * 3: BadSlug,
    "x" * 31: BadSlug,
    "core": SlugReserved,
    "static": SlugReserved,
    "fleet": SlugTaken,
}


@pytest.mark.parametrize(("name", "refusal"), REFUSED.items())
def test_a_name_that_no_module_can_have_is_refused(name: str, refusal: type[DomainError], tmp_path: Path) -> None:
    with pytest.raises(refusal):
        scaffold.write(name, tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "jalon-library").mkdir()

    with pytest.raises(FolderThere):
        scaffold.write("library", tmp_path)


def test_every_file_can_be_read_and_nothing_is_left_to_fill(tmp_path: Path) -> None:
    folder = scaffold.write("library", tmp_path)

    texts = {p: p.read_text(encoding="utf-8") for p in folder.rglob("*") if p.is_file() and p.suffix != ".mo"}
    assert not [p for p, text in texts.items() if "@slug@" in text or "@package@" in text or "@name@" in text]
    assert not [p for p in texts if {"PACKAGE", "dot-ci", "dot-github"} & set(p.parts) or p.suffix == ".tmpl"]
    for path, text in texts.items():
        if path.suffix == ".py":
            ast.parse(text)
        elif path.suffix == ".html":
            Environment(autoescape=True).parse(text)
    package = folder / "src" / "jalon_library"
    assert parse_manifest(tomllib.loads(texts[package / "manifest.toml"])).slug == "library"
    compiled = package / "translations" / "fr" / "LC_MESSAGES" / "jalon_library.mo"
    assert read_mo(io.BytesIO(compiled.read_bytes())).get("Add").string == "Ajouter"
    assert (folder / ".ci" / "run").stat().st_mode & 0o111


def test_no_file_names_an_index_of_packages(tmp_path: Path) -> None:
    text = "\n".join(scaffold.files("library").values())

    assert "index-url" not in text
    assert "https://" not in text


def test_the_command_says_what_comes_next_and_refuses_in_a_sentence(tmp_path: Path) -> None:
    done, again = (CliRunner().invoke(new_plugin, ["library", "--into", str(tmp_path)]) for _ in range(2))

    assert done.exit_code == 0
    assert "jalon modules enable library" in done.output
    assert again.exit_code == 1
    assert "nothing was written" in again.output or "rien n’a été écrit" in again.output
