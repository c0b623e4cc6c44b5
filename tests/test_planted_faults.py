"""The conformance kit can fail: each fault planted in a copy of a sound module is named by its check."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from planted import FAULTS, ON_POSTGRESQL, Fault, plant

from jalon.testing.cluster import Cluster
from jalon.testing.conformance import CHECKS


def faults_found(source: Path, *arguments: str) -> dict[int, list[str]]:
    """What the kit says of the scratch module in `source`, in a process of its own: its tables join no other's."""
    environment = {**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "jalon.testing.conformance", "scratch", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return {int(number): found for number, found in json.loads(done.stdout).items()}


@pytest.mark.slow
def test_a_sound_module_passes_every_check(tmp_path: Path) -> None:
    found = faults_found(plant(None, tmp_path))

    assert found == {number: [] for number in CHECKS}


def test_there_is_a_planted_fault_for_every_check() -> None:
    assert {fault.check for fault in FAULTS} == set(CHECKS)


FIRST = {fault.check: fault for fault in reversed(FAULTS)}  # every third check's in `make test`, all in `make test-all`
PLANTED = [f if f is FIRST[f.check] and f.check % 3 == 0 else pytest.param(f, marks=pytest.mark.slow) for f in FAULTS]


@pytest.mark.parametrize("fault", PLANTED, ids=str)
def test_the_kit_names_the_fault(fault: Fault, tmp_path: Path) -> None:
    found = faults_found(plant(fault, tmp_path), str(fault.check))

    assert any(fault.says in sentence for sentence in found[fault.check]), found


@pytest.mark.slow
@pytest.mark.parametrize("fault", ON_POSTGRESQL, ids=str)
def test_the_kit_names_the_fault_on_postgresql(fault: Fault, tmp_path: Path, cluster: Cluster) -> None:
    databases = [f"--database={cluster.url(cluster.create())}" for _ in range(2)]

    found = faults_found(plant(fault, tmp_path), str(fault.check), *databases)

    assert any(fault.says in sentence for sentence in found[fault.check]), found
