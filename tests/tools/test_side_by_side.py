"""Processes side by side: none stops another, each gets each signal once, none is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tools.runner.board import Part, Result
from tools.runner.progress import Message, Phase, Problem, to_line
from tools.runner.side_by_side import STOPPED, SideBySide

CHECKOUT = Path(__file__).resolve().parents[2]

REPORT = f"printf '%s' '{to_line(Phase('up')).strip()}' >> \"$1\"; echo >> \"$1\"; "
FOR_LONG = "while :; do sleep 0.02; done"


class Run:
    """Stand-in commands in place of the runner's."""

    def __init__(self, directory: Path, scripts: dict[str, str], jobs: int = 9) -> None:
        self.reported: list[tuple[str, Message]] = []
        self.ended: list[str] = []
        self.parts = [Part(name) for name in scripts]
        self.most = 0
        self.logs = directory
        self.on_tick: Callable[[], None] = lambda: None

        def command(name: str, events: Path) -> Sequence[str]:
            return ["/bin/sh", "-c", scripts[name], "stack", str(events)]

        self.side_by_side = SideBySide(
            parts=self.parts,
            command=command,
            logs=directory,
            jobs=jobs,
            take=self.take,
            tick=self.tick,
            ended=lambda part: self.ended.append(part.name),
        )

    def take(self, stack: str, message: Message) -> None:
        self.reported.append((stack, message))
        next(part for part in self.parts if part.name == stack).take(message)

    def tick(self) -> None:
        self.most = max(self.most, sum(part.result is Result.RUNNING for part in self.parts))
        self.on_tick()

    def results(self) -> dict[str, tuple[Result, int | None]]:
        return {part.name: (part.result, part.code) for part in self.parts}


def test_stack_that_fails_or_is_locked_stops_no_other(tmp_path: Path) -> None:
    locked = to_line(Problem("held", is_lock=True)).strip()
    run = Run(
        tmp_path,
        {
            "bad": "echo broken >&2; exit 255",
            "locked": f"echo '{locked}' >> \"$1\"; exit 1",
            "killed": "kill -KILL $$",
            "good": f"{REPORT} sleep 0.3; echo fine",
        },
    )

    assert run.side_by_side.run() is False

    assert run.results() == {
        "bad": (Result.FAILED, 255),
        "locked": (Result.LOCKED, 1),
        "killed": (Result.FAILED, 137),
        "good": (Result.DONE, 0),
    }
    assert run.ended[-1] == "good"
    assert (tmp_path / "good.log").read_text() == "fine\n"
    assert (tmp_path / "bad.log").read_text() == "broken\n"


def test_no_more_than_so_many_at_once(tmp_path: Path) -> None:
    run = Run(tmp_path, dict.fromkeys("abcd", "sleep 0.25"), jobs=2)

    run.side_by_side.run()

    assert run.most == 2
    assert set(run.results().values()) == {(Result.DONE, 0)}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_is_passed_on_once_and_all_are_waited_for(tmp_path: Path, number: signal.Signals) -> None:
    in_order = f"trap 'echo signalled; sleep 0.2; echo ended; exit 3' INT; {REPORT} {FOR_LONG}"
    run = Run(tmp_path, {"a": in_order, "b": in_order, "waiting": "exit 0"}, jobs=2)

    def send() -> None:
        if {stack for stack, _ in run.reported} == {"a", "b"} and not run.side_by_side.signals:
            os.kill(os.getpid(), number)

    run.on_tick = send
    before = signal.getsignal(number)

    assert run.side_by_side.run() is True

    assert run.results() == {
        "a": (Result.STOPPED, 3),
        "b": (Result.STOPPED, 3),
        "waiting": (Result.STOPPED, STOPPED),
    }
    assert (tmp_path / "a.log").read_text() == "signalled\nended\n"
    assert signal.getsignal(number) is before


def test_second_signal_is_passed_on_too(tmp_path: Path) -> None:
    stubborn = f"n=0; trap 'n=$((n+1)); echo $n; [ $n = 2 ] && exit 4' INT; {REPORT} {FOR_LONG}"
    run = Run(tmp_path, {"a": stubborn})

    def send() -> None:
        log = tmp_path / "a.log"
        said = log.read_text().split() if log.exists() else []
        if run.reported and len(said) == run.side_by_side.signals < 2:
            os.kill(os.getpid(), signal.SIGINT)

    run.on_tick = send
    run.side_by_side.run()

    assert run.results() == {"a": (Result.STOPPED, 4)}
    assert (tmp_path / "a.log").read_text().split() == ["1", "2"]


def test_process_that_has_just_begun_gets_the_signal_when_it_can_take_it(tmp_path: Path) -> None:
    late = f"sleep 0.4; trap 'exit 5' INT; {REPORT} {FOR_LONG}"
    run = Run(tmp_path, {"a": late})

    def send() -> None:
        if not run.side_by_side.signals:
            os.kill(os.getpid(), signal.SIGINT)

    run.on_tick = send
    run.side_by_side.run()

    assert run.results() == {"a": (Result.STOPPED, 5)}


def test_nothing_is_left_when_showing_fails(tmp_path: Path) -> None:
    run = Run(tmp_path, {"a": f"{REPORT} exec sleep 60"})

    def fail() -> None:
        if run.reported:
            raise RuntimeError("no display")

    run.on_tick = fail
    began = time.monotonic()

    with pytest.raises(RuntimeError, match="no display"):
        run.side_by_side.run()

    assert time.monotonic() - began < 30


def test_process_ends_in_order_when_its_parent_is_gone() -> None:
    program = """
import signal, sys, threading, time
from tools.runner.side_by_side import end_with_parent
signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended in order"))
threading.Thread(target=end_with_parent, daemon=True).start()
print("ready", flush=True)
time.sleep(60)
"""
    process = subprocess.Popen(  # noqa: S603 - above
        [sys.executable, "-c", program],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.readline()
    process.stdin.close()
    process.stdin = None

    _, said = process.communicate(timeout=30)

    assert (process.returncode, said) == (1, b"ended in order\n")
