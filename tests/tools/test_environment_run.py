"""What the commands do on an environment: what each stack's process gets, what is asked, how it ends."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.runner import environment_run, summary
from tools.runner.__main__ import _parsed, main
from tools.runner.board import Board
from tools.runner.progress import Counts, Listed, Phase, Problem
from tools.runner.side_by_side import SideBySide

Ended = dict[str, int]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: replicas\n")
    for name in ("prod-a", "prod-b", "dev"):
        (tmp_path / "stacks" / f"Pulumi.{name}.yaml").write_text("config: {}\n")
    return tmp_path


class Runs:
    """In place of processes: how each stack ends, and what was asked for."""

    def __init__(self) -> None:
        self.codes: Ended = {}
        self.commands: list[list[str]] = []
        self.jobs = 0
        self.do: Callable[[SideBySide], bool] = lambda _: False

    def run(self, side_by_side: SideBySide) -> bool:
        self.jobs = side_by_side.jobs
        for part in side_by_side.parts:
            line = side_by_side.command(part.name, Path("events"))
            self.commands.append(list(line[line.index("tools.runner") + 1 : -1]))
            part.began = 0.0
            code = self.codes.get(part.name, 0)
            if code:
                side_by_side.take(part.name, Problem(f"broken with {code}"))
            part.end(code, 5.0)
            side_by_side.ended(part)
        return self.do(side_by_side)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    runs = Runs()

    def run(side_by_side: SideBySide) -> bool:
        return runs.run(side_by_side)

    monkeypatch.setattr(SideBySide, "run", run)
    return runs


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr("builtins.input", lambda _prompt: text)


def test_each_stack_gets_the_runners_own_command(directory: Path, runs: Runs) -> None:
    arguments = ["up", "--env", "prod", "--yes", "--create", "--no-refresh", "--parallel", "7", "--inline", "--jobs=3"]

    assert main(["--cwd", str(directory), *arguments]) == 0

    options = ["--yes", "--create", "--parallel=7", "--no-refresh", "--inline"]
    assert runs.commands == [["--cwd", str(directory), "up", name, *options] for name in ("prod-a", "prod-b")]
    assert runs.jobs == 3
    for line in runs.commands:  # which it understands
        assert _parsed(line).env is None


@pytest.mark.parametrize("command", ["preview", "refresh", "report", "repair"])
def test_commands_that_ask_nothing(directory: Path, runs: Runs, command: str) -> None:
    assert main(["--cwd", str(directory), command, "--env", "dev"]) == 0

    assert runs.commands == [["--cwd", str(directory), command, "dev"]]


def test_worst_exit_code_and_every_stack_is_run(
    directory: Path, runs: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    runs.codes = {"prod-a": 255, "prod-b": 1}

    assert main(["--cwd", str(directory), "refresh", "--env", "prod"]) == 255

    assert len(runs.commands) == 2
    printed = capsys.readouterr()
    assert "prod-a  failed (255)  -        -         5s" in printed.out.splitlines()
    assert "prod-b: error: broken with 1" in printed.out.splitlines()
    assert f"logs: {directory}/.replicas/logs/prod/" in printed.err


def test_signal_is_an_exit_code(directory: Path, runs: Runs) -> None:
    runs.codes = {"prod-a": 1}
    runs.do = lambda _: True

    assert main(["--cwd", str(directory), "refresh", "--env", "prod"]) == 130


def test_destroy_lists_and_asks_once(
    directory: Path, runs: Runs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["weights", "cn-beijing/edc-1", "cn-shanghai", "edc-2", "Available", "20 GiB", "never", "USABLE"]

    def do(run: SideBySide) -> bool:
        run.take("prod-a", Listed([line]))
        return False

    runs.do = do
    answer(monkeypatch, "prod")

    assert main(["--cwd", str(directory), "destroy", "--env", "prod"]) == 0

    assert [each[2:] for each in runs.commands] == [
        ["report", "prod-a"],
        ["report", "prod-b"],
        ["destroy", "prod-a", "--yes"],
        ["destroy", "prod-b", "--yes"],
    ]
    listed = next(line for line in capsys.readouterr().out.splitlines() if "edc-2" in line)
    assert listed.split()[:4] == ["prod-a", "weights", "cn-beijing/edc-1", "cn-shanghai"]


@pytest.mark.parametrize("text", ["", "yes", "prod-a"])
def test_nothing_is_destroyed_without_the_name(
    directory: Path, runs: Runs, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    answer(monkeypatch, text)

    assert main(["--cwd", str(directory), "destroy", "--env", "prod"]) == 1

    assert {each[2] for each in runs.commands} == {"report"}


def test_up_shows_a_preview_and_asks(directory: Path, runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "dev")

    assert main(["--cwd", str(directory), "up", "--env", "dev", "--no-refresh", "--create"]) == 0

    assert [each[2:] for each in runs.commands] == [
        ["preview", "dev", "--no-refresh"],
        ["up", "dev", "--yes", "--create", "--no-refresh"],
    ]


def test_nothing_is_asked_where_nobody_answers(
    directory: Path, runs: Runs, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    assert main(["--cwd", str(directory), "destroy", "--env", "prod"]) == 1

    assert runs.commands == []
    assert "there is no terminal to confirm `destroy`" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["up"], ["up", "prod-a", "--env", "prod"], ["up", "--env", "prod", "--jobs=0"]])
def test_wrong_usage(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        _parsed(arguments)
    assert ended.value.code == 2


@pytest.mark.parametrize("option", ["--target", "--exclude", "--replace"])
def test_replicas_of_one_stack_are_no_option_of_an_environment(
    directory: Path, runs: Runs, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--cwd", str(directory), "up", "--env", "prod", "--yes", option, "weights"]) == 1

    assert runs.commands == []
    assert "name replicas of one stack. Next: run `replicas up STACK`" in capsys.readouterr().err


def test_only_the_newest_logs_are_kept(directory: Path) -> None:
    made = [environment_run._logs(directory, "prod", "up") for _ in range(environment_run.KEPT_LOGS + 3)]

    assert [path.exists() for path in made] == [False] * 3 + [True] * environment_run.KEPT_LOGS


def test_directory_that_cannot_be_written_to_has_its_logs_elsewhere(tmp_path: Path) -> None:
    (tmp_path / ".replicas").write_text("no directory")

    logs = environment_run._logs(tmp_path, "prod", "report")

    assert logs.is_dir()
    logs.rmdir()


def test_summary() -> None:
    board = Board.of("up prod", ["a", "模型", "late"], 0.0)
    done, failed, _ = board.parts.values()
    for message in (Phase("up"), Counts({"create": 2, "same": 1}), Listed([[""] * 7 + ["USABLE"]] * 2)):
        done.take(message)
    for number in range(5):
        failed.take(Problem(f"no {number}", "warning" if number == 0 else "error"))
    for part, code in ((done, 0), (failed, 255)):
        part.began = 1.0
        part.end(code, 62.0)
    board.parts["late"].end(130, 62.0, was_stopped=True)
    output = io.StringIO()

    summary.show(board, output)

    assert output.getvalue().splitlines() == [
        "STACK  RESULT        CHANGES                 REPLICAS  TIME",
        "a      done          2 created, 1 unchanged  2 usable  1m01s",
        "模型   failed (255)  -                       -         1m01s",
        "late   not started   -                       -         -",
        "模型: error: no 1",
        "模型: error: no 2",
        "模型: error: no 3",
        "模型: 2 more are in its log",
    ]
