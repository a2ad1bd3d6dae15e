"""The live view: what fits is shown, what matters is on top, and no terminal ends a run."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len

from tools.runner import closing, follower, view
from tools.runner.board import Board, Part, Result
from tools.runner.progress import Counts, Phase, Problem, Row, State
from tools.runner.view import LiveView, frame

NOW = 75.0


def row(name: str, region: str, state: State, **more: Any) -> Row:
    made = Row(f"urn:{name}-{region}", "t", f"{name}-{region}", "DataCache", region, "create", state, 10.0)
    return replace(made, **more)


def part(name: str, *rows: Row, result: Result = Result.RUNNING) -> Part:
    made = Part(name, result, began=1.0)
    made.take(Phase("up"))
    for each in rows:
        made.take(each)
    return made


def board(*parts: Part) -> Board:
    return Board("up prod", {each.name: each for each in parts}, 0.0)


COPYING = row("weights", "cn-shanghai", State.COPYING, status="Loading", percent=37, left=100.0)
CHINESE = row("模型权重-大型语言模型-第二代", "cn-shanghai", State.RUNNING)
DONE = row("speech", "cn-hangzhou", State.DONE, status="Available", percent=100, ended=40.0)
FAILED = row("orders", "ap-southeast-1", State.FAILED, kind="Snapshot", ended=30.0)
PROBLEM = Problem("ended FAILED (insufficient quota). Next: raise the quota.", urn=FAILED.urn)


def plain(made: Board, width: int, height: int = 40) -> list[str]:
    return [line.plain for line in frame(made, NOW, width, height)]


def two_stacks() -> Board:
    made = board(part("prod-cn", COPYING, CHINESE, DONE), part("prod-ap", FAILED))
    made.parts["prod-ap"].take(PROBLEM)
    return made


def test_rows_are_grouped_and_failures_on_top() -> None:
    assert plain(two_stacks(), 110) == [
        "up prod  1m15s  0 of 2 stacks done  1 of 4 replicas, 1 failed",
        "✗ prod-ap: orders-ap-southeast-1: ended FAILED (insufficient quota). Next: raise the quota.",
        "prod-cn  1 of 3 replicas  1m14s",
        "  DataCache cn-hangzhou    speech                  ━━━━━━━━━━━━━━━━━━━━━━━━ 100% Available  30s",
        "            cn-shanghai    weights                 ━━━━━━━━━───────────────  37% Loading    1m05s  1m40s left",
        "                           模型权重-大型语言模型-… ────────────━━━─────────      creating   1m05s",
        "prod-ap  0 of 1 replicas, 1 failed  1m14s",
        "  Snapshot  ap-southeast-1 orders                  ────────────────────────      failed     20s",
    ]


@pytest.mark.parametrize("width", [10, 24, 40, 46, 54, 60, 70, 80, 90, 110, 250])
@pytest.mark.parametrize("height", [1, 3, 6, 40])
def test_nothing_is_wider_or_higher_than_the_terminal(width: int, height: int) -> None:
    lines = plain(two_stacks(), width, height)

    assert max(map(cell_len, lines)) <= width
    assert len(lines) <= max(height, 2)


def test_narrow_terminal_keeps_name_percent_and_state() -> None:
    assert plain(board(part("prod", COPYING)), 40) == [
        "up prod  1m15s  0 of 1 replicas",
        "  DataCache",
        "  weights-cn-shanghai     37% Loading",
    ]


def test_what_is_done_gives_way_to_what_runs() -> None:
    done = [row(f"a{number:02}", "cn-hangzhou", State.DONE, ended=20.0) for number in range(30)]

    lines = plain(board(part("prod", *done, COPYING)), 110, 10)

    assert [line.split()[:3] for line in lines[1:]] == [["DataCache", "cn-shanghai", "weights"]]
    assert lines[0] == "up prod  1m15s  30 of 31 replicas"


def test_many_stacks_have_a_line_each_and_the_rest_is_counted() -> None:
    running = [row(f"a{number}", "cn-hangzhou", State.RUNNING) for number in range(5)]
    ended = part("prod-0", DONE, result=Result.DONE)

    lines = plain(board(ended, *(part(f"prod-{number}", *running) for number in range(1, 30))), 80, 12)

    assert lines[0] == "up prod  1m15s  1 of 30 stacks done  1 of 146 replicas"
    assert lines[1] == "prod-1  0 of 5 replicas  1m14s"
    assert lines[-1] == "... and 19 more"
    assert len(lines) == 12


def test_many_failures_are_counted() -> None:
    made = board(part("prod", FAILED))
    for number in range(20):
        made.parts["prod"].take(Problem(f"no {number}"))

    lines = plain(made, 80, 10)

    assert lines[1:4] == ["✗ no 0", "✗ no 1", "✗ 18 more errors"]


def test_reading_is_counted() -> None:
    rows = [row(f"a{number}", "cn-hangzhou", State.RUNNING, operation="refresh") for number in range(3)]

    assert plain(board(part("prod", *rows, replace(rows[0], state=State.DONE, ended=2.0))), 80) == [
        "up prod  1m15s  reading 1 of 3"
    ]


def test_encoding_without_bars_has_others() -> None:
    lines = [line.plain for line in frame(two_stacks(), NOW, 110, 40, ascii_only=True)]

    assert not any(letter in "".join(lines) for letter in "━─✗…")
    assert "#########---------------" in "".join(lines)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("term", "verbose", "diff", "expected"),
    [
        ("xterm", False, False, True),
        ("dumb", False, False, False),
        ("unknown", False, False, False),
        ("xterm", True, False, False),
        ("xterm", False, True, False),
    ],
)
def test_view_is_for_terminals_that_can_be_drawn_on(
    monkeypatch: pytest.MonkeyPatch, term: str, verbose: bool, diff: bool, expected: bool
) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("TERM", term)

    assert follower.is_wanted(verbose=verbose, diff=diff) is expected


def test_view_is_not_for_pipes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())

    assert not follower.is_wanted(verbose=False, diff=False)


def test_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    terminal = Terminal()

    with LiveView(two_stacks(), lambda: NOW, terminal) as live:
        live.refresh()

    assert "\x1b[31m" not in terminal.getvalue()
    assert "\x1b[32m" not in terminal.getvalue()
    assert "weights" in terminal.getvalue()


def test_display_that_fails_ends_nothing_but_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(Terminal):
        def write(self, _text: str) -> int:
            raise OSError("the terminal is gone")

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no layout")

    with LiveView(two_stacks(), lambda: NOW, Gone()) as live:
        live.refresh()
        live.take("prod-cn", PROBLEM)
    monkeypatch.setattr(view, "frame", fail)
    stdout = sys.stdout
    with LiveView(two_stacks(), lambda: NOW, Terminal()) as live:
        live.refresh()
        live.refresh()

    assert live.board.parts["prod-ap"].problems == [PROBLEM]
    assert sys.stdout is stdout


def closed(made: Part, operation: str) -> list[str]:
    return [line.plain for line in closing.of(made, operation, 65.0)]


def test_closing_of_up_says_what_failed_and_counts() -> None:
    made = part("prod", COPYING, DONE, FAILED)
    made.take(PROBLEM)
    made.take(Problem("old", "warning"))
    made.take(Counts({"create": 2, "create-replacement": 1, "replace": 1, "delete-replaced": 1, "same": 3}))

    assert closed(made, "up") == [
        " +  orders-ap-southeast-1  create (failed)  Snapshot ap-southeast-1",
        "warning: old",
        f"error: orders-ap-southeast-1: {PROBLEM.text}",
        "up: 2 created, 1 replaced, 3 unchanged (1m05s)",
    ]


def test_closing_of_a_preview_lists_changes() -> None:
    made = Part("prod")
    made.take(Phase("preview", is_preview=True))
    made.take(replace(DONE, operation="update", state=State.PLANNED, changed=["tags", "retention_days"]))
    made.take(Counts({"update": 1}))

    assert closed(made, "preview") == [
        " ~  speech-cn-hangzhou  update  DataCache cn-hangzhou [tags, retention_days]",
        "preview: 1 to update (1m05s)",
    ]
