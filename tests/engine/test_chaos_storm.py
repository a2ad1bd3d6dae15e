"""`make chaos-quick` with fewer faults, in each run of the tests; `make chaos` lets the big storms pass."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.engine.harness import CHECKOUT


@pytest.fixture(scope="module")
def storm(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    log: Path = tmp_path_factory.mktemp("storm") / "log"
    command = ["make", "-s", "chaos-quick", f"CHAOS_ARGS=--faults=6 --log={log}"]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)  # noqa: S603 - our own


def test_nothing_lost_nothing_twice(storm: subprocess.CompletedProcess[str]) -> None:
    assert storm.returncode == 0, storm.stdout + storm.stderr
    last = storm.stdout.splitlines()[-1]
    assert re.fullmatch(r"chaos: faults=[1-9]\d* lost=0 twice=0 left=0 touched=0 restarted=\d+", last)
