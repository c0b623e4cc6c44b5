"""Documents promise what exists: hooks with their signatures and kinds, commands, targets of make."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import click
import pytest

from jalon import hookspecs
from jalon.cli.group import COMMANDS
from jalon.registry import Registry

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    page for page in ROOT.glob("**/*.md") if not {".venv", ".git", "node_modules"} & set(page.relative_to(ROOT).parts)
)
HOOKS = (ROOT / "docs/hooks.md").read_text()
SECTION = re.compile(r"^### (\w+)\n\n```python\n(.+?)\n```\n\n\*\*(\w+)\*\*", re.M)
COMMAND = re.compile(r"(?<!from )(?<!--owner )\bjalon ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?)")
IN_CODE = re.compile(r"^(?:    |\t).*$|`[^`\n]+`|^```.*?^```", re.M | re.S)


def specified() -> Iterator[tuple[str, Any]]:
    """Every hook of the core and of the installed modules."""
    modules = [m.plugin.hookspecs for m in Registry(entry_points(group="jalon.plugins")).loaded()]
    for module in (hookspecs, *filter(None, modules)):
        for name, function in vars(module).items():
            if hasattr(function, "jalon_kind"):
                yield name, function


DOCUMENTED = {name: (signature, kind) for name, signature, kind in SECTION.findall(HOOKS)}
SPECIFIED = dict(specified())


def test_every_hook_is_documented_and_no_other() -> None:
    assert sorted(DOCUMENTED) == sorted(SPECIFIED)


@pytest.mark.parametrize("name", SPECIFIED)
def test_a_hook_is_documented_with_its_signature_and_its_kind(name: str) -> None:
    arguments = ", ".join(inspect.signature(SPECIFIED[name]).parameters)

    assert DOCUMENTED[name] == (f"{name}({arguments})", SPECIFIED[name].jalon_kind)


@pytest.mark.parametrize("name", SPECIFIED)
def test_a_hook_is_shown_by_an_example_that_could_answer_it(name: str) -> None:
    section = HOOKS.partition(f"### {name}\n")[2].partition("\n### ")[0]
    example = re.search(r"```python\n(@hookimpl\n.+?)```", section, re.S)

    assert example, name
    (function,) = ast.parse(example[1]).body
    assert isinstance(function, ast.FunctionDef)
    assert function.name == name
    assert {a.arg for a in function.args.args} <= set(inspect.signature(SPECIFIED[name]).parameters)


@pytest.mark.parametrize("name", SPECIFIED)
def test_a_hook_is_named_in_a_test(name: str) -> None:
    tests = [p for p in ROOT.glob("**/tests/test_*.py") if ".venv" not in p.parts and p != Path(__file__)]

    assert [p.name for p in tests if name in p.read_text()]


def commands() -> set[str]:
    """What can be typed after `jalon`: groups, and their commands."""
    found = set()
    for command in COMMANDS:
        found.add(str(command.name))
        if isinstance(command, click.Group):
            found |= {f"{command.name} {below}" for below in command.commands}
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    known = commands()
    groups = {command.partition(" ")[0] for command in known if " " in command}

    named = [c.split() for code in IN_CODE.findall(page.read_text()) for c in COMMAND.findall(code)]

    typed = {" ".join(words) if words[0] in groups else words[0] for words in named}
    assert sorted(typed - known) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_target_of_make_that_a_page_names_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.M))

    named = {
        target
        for code in IN_CODE.findall(page.read_text())
        for words in re.findall(r"\bmake ((?:[a-z][a-z0-9-]*\s?)+)", code)
        for target in words.split()
    }

    assert sorted(named - targets) == []
