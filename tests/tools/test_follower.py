"""Who follows the operations of a stack: what the program notes arrives, and nothing that fails here stops a run."""

from __future__ import annotations

import io
import os
import sys
import time
from pathlib import Path
from typing import cast

import pulumi
import pytest
from pulumi.automation import EngineEvent

from components.kinds import OF_NAME
from components.replica import looks
from tests.tools.test_progress import COPY, URN, said, step
from tools.runner import operations
from tools.runner.__main__ import _fail, _parsed
from tools.runner.board import Part
from tools.runner.follower import Reporter, Screen
from tools.runner.progress import Phase, Problem, Row, State, of_line


class Resource:
    pulumi_resource_type = COPY
    pulumi_resource_name = "weights-cn-shanghai"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


RESOURCE = cast("pulumi.Resource", Resource())


def read(path: Path) -> Part:
    part = Part("prod")
    for line in path.read_text(encoding="utf-8").splitlines():
        message = of_line(line)
        assert message is not None
        part.take(message)
    return part


def test_looks_of_the_program_are_reported_to_the_end(tmp_path: Path) -> None:
    path = tmp_path / "events"
    reporter = Reporter(path)

    with reporter.following("up", is_well=lambda: True):
        reporter.record(step("pre", "create"))
        reporter.record(step("outputs", "create"))
        looks.note(RESOURCE, "Loading", 40)
        deadline = time.monotonic() + 20
        while "Loading" not in path.read_text() and time.monotonic() < deadline:
            time.sleep(0.02)
        looks.note(RESOURCE, "Available", 100, is_usable=True)  # noted at the very end

    (row,) = read(path).rows.values()
    assert (row.kind, row.state, row.status) == (OF_NAME["data_cache"].thing, State.DONE, "Available")
    assert looks.FILE not in os.environ


def test_operation_that_fails_leaves_stopped_rows(tmp_path: Path) -> None:
    path = tmp_path / "events"
    reporter = Reporter(path)

    def run() -> None:
        with reporter.following("up", is_well=lambda: False):
            reporter.record(step("pre", "create"))
            raise RuntimeError("no engine")

    with pytest.raises(RuntimeError, match="no engine"):
        run()

    part = read(path)
    assert [row.state for row in part.rows.values()] == [State.STOPPED]
    assert part.operation == ""


def test_event_that_cannot_be_understood_is_none_of_the_engines_business(tmp_path: Path) -> None:
    reporter = Reporter(tmp_path / "events")

    reporter.record(cast("EngineEvent", object()))
    Reporter(tmp_path / "no" / "events").record(said("lost"))

    assert not (tmp_path / "events").exists()


def test_screen_ends_with_what_a_person_must_read(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen("up prod", "prod")

    with screen.following("up", is_well=lambda: False):
        screen.record(step("pre", "create"))
        screen.record(said("quota exceeded", urn=URN))
        print("repair: done", flush=True)

    assert "repair: done" in terminal.getvalue()
    closing = terminal.getvalue().rpartition("\x1b[?25h")[2]
    assert "error: weights-cn-shanghai: quota exceeded" in closing
    assert "up: nothing changed" in closing
    assert sys.stdout is terminal


def test_screen_that_is_gone_ends_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(Terminal):
        def write(self, _text: str) -> int:
            raise ValueError("I/O operation on closed file")

    monkeypatch.setattr(sys, "stdout", Gone())
    screen = Screen("up prod", "prod")
    monkeypatch.setattr(screen, "_close", lambda _operation: None)  # which prints through `tools.runner.streams`

    with screen.following("up", is_well=lambda: True):
        screen.record(step("pre", "create"))

    assert [row.state for row in screen._part.rows.values()] == [State.DONE]


def test_error_of_the_run_is_reported_with_its_lock(tmp_path: Path) -> None:
    path = tmp_path / "events"
    options = _parsed(["up", "prod", "--yes", f"--events={path}"])

    _fail(options, "stack prod is locked", is_lock=True)

    assert read(path).problems == [Problem("stack prod is locked", is_lock=True)]


@pytest.mark.parametrize(
    ("terminal", "variables", "expected"),
    [(True, {}, "always"), (False, {}, "never"), (True, {"NO_COLOR": "1"}, "never"), (True, {"TERM": "dumb"}, "never")],
)
def test_when_the_engine_colours_its_lines(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, variables: dict[str, str], expected: str
) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal() if terminal else io.StringIO())
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert operations._color() == expected


def test_messages_of_a_file_are_typed(tmp_path: Path) -> None:
    reporter = Reporter(tmp_path / "events")
    reporter.progress.begin("preview", is_preview=True)
    reporter.record(step("pre", "create"))

    first, second = map(of_line, (tmp_path / "events").read_text().splitlines())

    assert first == Phase("preview", is_preview=True)
    assert isinstance(second, Row)
