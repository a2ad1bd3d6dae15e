"""The storm tool itself: what it prints and returns, and that nothing of it stays behind."""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sandbox.core.control_client import NoSandboxError
from tools.chaos import troubles
from tools.chaos.__main__ import conclude, main
from tools.chaos.declared import KINDS, first
from tools.chaos.plan import Turn
from tools.chaos.stage import CHECKOUT, MARK, Stage, role_of
from tools.chaos.storm import Tally, copies_wanted_by, requested_by


def options(tmp_path: Path, **more: object) -> argparse.Namespace:
    return argparse.Namespace(
        **{"faults": 3, "minutes": 1.0, "storm": None, "kinds": tuple(KINDS), "log": tmp_path / "log", **more}
    )


def test_the_last_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tally = Tally(hits=Counter({"drop_after": 2, "SIGKILL cli": 1}), counts=Counter(restarted=4))

    assert conclude(tally, options(tmp_path), 60) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "chaos: faults=3 lost=0 twice=0 left=0 touched=0 restarted=4"


@pytest.mark.parametrize("name", ["lost", "twice", "left", "touched"])
def test_damage_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    tally = Tally(hits=Counter(throttle=3), counts=Counter({name: 1}))

    assert conclude(tally, options(tmp_path), 60) == 1
    assert f"{name}=1" in capsys.readouterr().out.splitlines()[-1]


def test_a_storm_that_never_converged_is_a_failure(tmp_path: Path) -> None:
    assert conclude(Tally(hits=Counter(throttle=3), problems=["storm 1: not as declared"]), options(tmp_path), 60) == 1


def test_too_few_faults_are_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert conclude(Tally(hits=Counter(throttle=2)), options(tmp_path), 60) == 0
    assert "only 2 of 3 faults hit" in capsys.readouterr().out


def test_a_run_without_faults_proves_nothing(tmp_path: Path) -> None:
    assert conclude(Tally(), options(tmp_path), 60) == 1


ALL_HIT = Counter(dict.fromkeys(troubles.possible(tuple(KINDS)), 25))


def test_a_full_run_that_every_kind_of_fault_has_hit(tmp_path: Path) -> None:
    assert conclude(Tally(hits=ALL_HIT, planned=ALL_HIT), options(tmp_path, faults=200), 60) == 0


@pytest.mark.parametrize("name", [*ALL_HIT, "throttle"])
def test_a_full_run_that_some_kind_of_fault_never_hit_proves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    tally = Tally(hits=ALL_HIT - Counter({name: 25}), planned=ALL_HIT + Counter({name: 10}))

    assert conclude(tally, options(tmp_path, faults=200), 60) == 1
    assert f"problem: never hit, so nothing is proved about it: {name}\n" in capsys.readouterr().out


@pytest.mark.parametrize(("hit", "code"), [("late listing", 0), ("throttle", 1)])
def test_a_quick_run_must_hit_one_of_the_troubles_that_it_had(tmp_path: Path, hit: str, code: int) -> None:
    planned = Counter({"late listing": 1, "fresh checkout": 1, "throttle": 30})

    assert conclude(Tally(hits=Counter({hit: 3}), planned=planned), options(tmp_path), 60) == code


def test_the_table_says_what_was_planned_and_what_hit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    conclude(Tally(hits=Counter({"wrong account": 2}), planned=Counter({"wrong account": 3})), options(tmp_path), 60)

    assert capsys.readouterr().out.splitlines()[:2] == [
        "FAULT          PLANNED   HIT",
        "wrong account        3     2",
    ]


def test_an_unknown_kind_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--kinds", "disks"])
    kinds = "data-caches, snapshots, cvm-images, disk-snapshots, images"
    assert f"there is no kind 'disks', only {kinds}" in capsys.readouterr().err


def test_what_a_turn_requests() -> None:
    before = first(tuple(KINDS))
    after = before.changed(next(one for one in first(tuple(KINDS)).components if one.name == "web"))
    nothing = Turn("nothing", after, ("up",), (), None)
    destroy = Turn("destroy", after, ("destroy", "--yes"), (), None)

    assert requested_by(before, nothing) == set()
    assert copies_wanted_by(before, nothing) == []
    assert requested_by(before, destroy) == {key for key, _ in before.replicas()}
    assert len(copies_wanted_by(before, destroy)) == 4


@pytest.mark.parametrize(
    ("command", "role"),
    [
        ("/cache/bin/pulumi --non-interactive up --yes --stack chaos", "cli"),
        ("/cache/bin/pulumi --non-interactive stack export --stack chaos", ""),
        ("/venv/bin/python -m tools.runner --cwd /tmp/x up chaos", "program"),
        ("/venv/bin/python -u -m pulumi.dynamic 127.0.0.1:1", "provider"),
        ("/venv/bin/python -P -m sandbox.plugins alicloud --parent 1", "plugin"),
        ("/venv/bin/python -m sandbox serve --state=/tmp/x", ""),
    ],
)
def test_the_processes_of_a_run_are_known(command: str, role: str) -> None:
    assert role_of(command.split()) == role


def marked(directory: Path) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(directory):
                yield process
        except psutil.Error:
            continue


def test_a_killed_sandbox_is_back_with_its_state_and_nothing_stays(tmp_path: Path) -> None:
    with Stage(tmp_path / "log") as stage:
        port = stage.control.port
        stage.control.post("seed", {"snapshots": [{"region": "ap-beijing", "id": "snap-1"}]})

        stage.kill_sandbox()
        with pytest.raises(NoSandboxError):
            stage.control.get("health")
        stage.start_sandbox()

        assert stage.control.port == port
        assert [entry["id"] for entry in stage.control.get("inventory")["cbs"]["ap-beijing"]] == ["snap-1"]
        assert len(list(marked(stage.directory))) == 1
        directory = stage.directory
    assert not directory.exists()
    assert list(marked(directory)) == []


def test_an_interrupted_tool_leaves_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tools.chaos", "--log", str(tmp_path / "log"), "--json", str(tmp_path / "json")]
    environment = {"TMPDIR": str(tmp_path), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    tool = subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603
    deadline = time.monotonic() + 30
    while not (stages := list(tmp_path.glob("chaos-*"))) or not list(marked(stages[0])):
        assert time.monotonic() < deadline
        time.sleep(0.05)

    tool.send_signal(signal.SIGINT)
    text, _ = tool.communicate(timeout=30)

    assert tool.returncode == 1
    assert text.decode().splitlines()[-1] == "chaos: faults=0 lost=0 twice=0 left=0 touched=0 restarted=0"
    assert json.loads((tmp_path / "json").read_text())["problems"] == ["interrupted"]
    assert list(tmp_path.glob("chaos-*")) == []
    assert list(marked(stages[0])) == []
