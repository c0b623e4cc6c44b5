"""A search of a module's source for ways under the session guard."""

from __future__ import annotations

import ast
from pathlib import Path

WAYS = {"connect": "engine.connect()", "begin": "engine.begin()", "raw_connection": "engine.raw_connection()"}
MAKERS = frozenset({"create_engine", "sessionmaker", "scoped_session"})


def passes_under_the_guard(folder: Path) -> list[str]:
    """Places where Python code of a package reaches the bare engine, as sentences; migrations excepted."""
    faults = []
    for path in sorted(folder.rglob("*.py")):
        if "migrations" not in path.parts:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            faults += [f"{path.name}:{line} reaches the database by {way}" for line, way in _ways(tree)]
    return faults


def _ways(tree: ast.AST) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name) and called.id in MAKERS:
            found.append((node.lineno, f"{called.id}()"))
        elif isinstance(called, ast.Attribute) and called.attr in WAYS and _is_engine(called.value):
            found.append((node.lineno, WAYS[called.attr]))
    return found


def _is_engine(node: ast.AST) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    called = (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("get_bind", "get_engine")
    )
    return called or name in ("engine", "bind", "engines")
