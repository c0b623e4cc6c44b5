"""What the code measures: the table of house style 5, printed for our own tree. `python benchmarks/measures.py`.

Files and functions in lines; a function's length includes its signature and docstring. Migrations are left out of
code, as they are written once and never read again; tests are counted apart.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parent.parent
PLACES = ("core/src", "plugins/*/src")
TESTS = ("core/tests", "plugins/*/tests", "tests")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def main() -> None:
    """Print one line for each measure."""
    code, tests = list(_read(PLACES)), list(_read(TESTS))
    for name, value in (*_sizes(code), *_promises(code), *_of_tests(code, tests)):
        print(f"{name:45} {value}")


def _read(places: tuple[str, ...]) -> Iterator[tuple[Path, str, ast.Module]]:
    for place in places:
        for path in sorted(p for folder in ROOT.glob(place) for p in folder.rglob("*.py")):
            if "migrations" not in path.parts:
                text = path.read_text(encoding="utf-8")
                yield path, text, ast.parse(text)


def _sizes(code: list[tuple[Path, str, ast.Module]]) -> Iterator[tuple[str, str]]:
    files = {path: len(text.splitlines()) for path, text, _ in code if text.strip()}
    lengths = {(path, f.name): _length(f) for path, _, tree in code for f in _functions(tree)}
    yield "files", str(len(files))
    yield "lines of code", str(sum(files.values()))
    yield "file, median / p95", _spread(files.values())
    yield "files over 300 lines", ", ".join(f"{p.relative_to(ROOT)} {n}" for p, n in files.items() if n > 300) or "none"
    yield "functions", str(len(lengths))
    yield "function, median / p95", _spread(lengths.values())
    (path, name), longest = max(lengths.items(), key=lambda item: item[1])
    yield "longest function", f"{longest} ({path.relative_to(ROOT)}, {name})"
    yield "functions over 30 lines", str(sum(n > 30 for n in lengths.values()))


def _promises(code: list[tuple[Path, str, ast.Module]]) -> Iterator[tuple[str, str]]:
    functions = [f for _, _, tree in code for f in _functions(tree)]
    public = [f for _, _, tree in code for f in _top_level(tree) if not f.name.startswith("_")]
    caught = [h for _, _, tree in code for h in ast.walk(tree) if isinstance(h, ast.ExceptHandler)]
    comments = sum(token.type == tokenize.COMMENT for _, text, _ in code for token in _tokens(text))
    yield "public functions documented", _share(sum(ast.get_docstring(f) is not None for f in public), len(public))
    yield "functions with a return type", _share(sum(f.returns is not None for f in functions), len(functions))
    yield "lines with a comment", _share(comments, sum(len(text.splitlines()) for _, text, _ in code))
    yield "broad except among handlers", _share(sum(_is_broad(h) for h in caught), len(caught))


def _of_tests(
    code: list[tuple[Path, str, ast.Module]], tests: list[tuple[Path, str, ast.Module]]
) -> Iterator[tuple[str, str]]:
    found = [f for _, _, tree in tests for f in _functions(tree) if f.name.startswith("test_")]
    written, tested = (sum(len(text.splitlines()) for _, text, _ in part) for part in (code, tests))
    yield "test functions", str(len(found))
    yield "test function, median / p95", _spread([_length(f) for f in found])
    yield "test lines / code lines", f"{tested / written:.2f}"


def _functions(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def _top_level(tree: ast.Module) -> Iterator[Function]:
    """Functions of a module and methods of its public classes."""
    for node in tree.body:
        if isinstance(node, Function):
            yield node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from (part for part in node.body if isinstance(part, Function))


def _length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def _tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    return tokenize.generate_tokens(io.StringIO(text).readline)


def _is_broad(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or (
        isinstance(handler.type, ast.Name) and handler.type.id in ("Exception", "BaseException")
    )


def _spread(values: object) -> str:
    numbers = sorted(values)  # type: ignore[call-overload]
    return f"{median(numbers):.0f} / {quantiles(numbers, n=20)[-1]:.0f}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%} ({part} of {whole})"


if __name__ == "__main__":
    main()
