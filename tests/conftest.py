"""What tests over several distributions share: the example host, and the wheels as they are published."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
LEFT_BEHIND = shutil.ignore_patterns("*.egg-info", "build", "__pycache__", "tests")


def _example_host() -> ModuleType:
    """examples/host/garage.py, imported once: its tables can be declared only once in a process."""
    if "garage" not in sys.modules:
        spec = importlib.util.spec_from_file_location("garage", ROOT / "examples/host/garage.py")
        assert spec
        assert spec.loader
        sys.modules["garage"] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules["garage"]


@pytest.fixture(scope="session")
def garage() -> ModuleType:
    """The example host's module."""
    return _example_host()


@pytest.fixture(scope="session")
def folders() -> dict[str, Path]:
    """The folder of each distribution by its package."""
    plugins = sorted(ROOT.glob("plugins/*/src/*/plugin.py"))
    return {"jalon": ROOT / "core"} | {path.parent.name: path.parents[2] for path in plugins}


@pytest.fixture(scope="session")
def wheels(folders: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The wheel of each distribution by its package, built through its source archive from a copy."""
    work = tmp_path_factory.mktemp("wheels")
    built = {}
    for package, folder in folders.items():
        shutil.copytree(folder, work / package, ignore=LEFT_BEHIND)
        _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", work / "dist", work / package, cwd=work)
        (built[package],) = (work / "dist").glob(f"{package}-*.whl")
    return built


@pytest.fixture(scope="session")
def run() -> Callable[..., str]:
    return _run


def _run(*command: object, cwd: Path, **environment: str) -> str:
    """What a command printed; its error output is the failure's text."""
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout
