"""The guide for authors of modules is followed, block by block; and the module that it begins with passes the kit."""

from __future__ import annotations

import ast
import io
import os
import subprocess
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from guide import Block, blocks, environment_beside, follow
from jinja2 import Environment

BLOCKS = list(blocks())


def test_every_block_is_a_file_or_typed_in_a_terminal() -> None:
    assert {b.language for b in BLOCKS if b.path} == {"python", "html", "po"}
    assert {b.language for b in BLOCKS if not b.path} == {"sh"}


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.path or block.text.splitlines()[0])
def test_a_block_can_be_read(block: Block) -> None:
    if block.language == "python":
        assert ast.parse(block.text)
    elif block.language == "html":
        assert Environment(autoescape=True).parse(block.text)
    elif block.language == "po":
        assert len(read_po(io.BytesIO(block.text.encode()), abort_invalid=True)) > 10
    else:
        assert subprocess.run(["sh", "-n", "-c", block.text], check=False).returncode == 0


@pytest.mark.slow
def test_whoever_follows_the_guide_has_a_module_that_passes(tmp_path: Path) -> None:
    said = follow(tmp_path, environment_beside(tmp_path, dict(os.environ)))

    assert "helmets: level “runs”, declared “runs”" in said
    assert "✓ right                     jalon.modules.read" in said
    assert " failed" not in said


@pytest.mark.slow
def test_what_new_plugin_writes_passes_the_kit_as_it_is(tmp_path: Path) -> None:
    environment = environment_beside(tmp_path, dict(os.environ))
    steps = "jalon new-plugin library; cd jalon-library; python -m pip install -q --no-build-isolation -e .; .ci/run -q"

    done = subprocess.run(["sh", "-eu", "-c", steps], cwd=tmp_path, env=environment, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "library: level “runs”" in done.stdout
