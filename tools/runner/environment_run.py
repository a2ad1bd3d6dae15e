"""What each command does on an environment: ask once, run its stacks side by side, and say how they ended."""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO

from components.clouds.errors import ReplicaError
from tools.runner import environments, follower, summary
from tools.runner.board import Board, Part
from tools.runner.lines import Lines
from tools.runner.progress import Message
from tools.runner.project import Project
from tools.runner.side_by_side import STOPPED, SideBySide
from tools.runner.target import CHECKOUT

FLAGS = ("create", "diff", "expect_no_changes", "target_dependents")
"""Options without a value that each stack's own command gets."""

KEPT_LOGS = 20
"""So many runs of an environment keep their logs."""

_ASKS = {"up": "preview", "destroy": "report"}
"""Commands that ask -> the one that shows what they will do."""


def run(options: argparse.Namespace) -> int:
    """Run a command on all stacks of an environment, and return the worst exit code."""
    project = Project(options.directory)
    stacks = environments.stacks_of(options.env, project)
    if any(getattr(options, name, None) for name in ("target", "exclude", "replace")):
        raise ReplicaError(
            "--target, --exclude and --replace name replicas of one stack",
            f"run `replicas {options.command} STACK` with it, without --env",
        )
    first = _ASKS.get(options.command)
    if first is None or options.yes:
        return _round(options, options.command, stacks)
    code = _round(options, first, stacks)
    if first == "preview" and code != 0:
        return code
    question = f"Do you want to {options.command} the {len(stacks)} stacks of {options.env}?"
    if input(f"{question} Type {options.env!r} to continue: ").strip() != options.env:
        print("nothing was changed", file=sys.stderr)
        return 1
    return _round(options, options.command, stacks)


def _round(options: argparse.Namespace, command: str, stacks: Sequence[str]) -> int:
    jobs = options.jobs or environments.width(len(stacks))
    logs = _logs(options.directory, options.env, command)
    board = Board.of(f"{command} {options.env}", stacks, time.time())
    print(f"{command} {options.env}: {len(stacks)} stacks, {min(jobs, len(stacks))} side by side", file=sys.stderr)
    shown = _shown(board, is_verbose=options.verbose)
    with shown.context:
        was_stopped = SideBySide(
            parts=list(board.parts.values()),
            command=lambda stack, events: command_line(options, command, stack, events),
            logs=logs,
            jobs=jobs,
            take=shown.take,
            tick=shown.tick,
            line=shown.line,
            ended=shown.ended,
            directory=CHECKOUT,
        ).run()
    _say_how_it_ended(board, command, sys.stdout)
    print(f"logs: {logs}", file=sys.stderr)
    codes = [part.code or 0 for part in board.parts.values()]
    return summary.worst([*codes, STOPPED if was_stopped and any(codes) else 0])


def command_line(options: argparse.Namespace, command: str, stack: str, events: Path) -> list[str]:
    """Write the runner's own command for one stack."""
    line = [sys.executable, "-m", "tools.runner", "--cwd", str(options.directory), command, stack]
    if command in _ASKS:
        line.append("--yes")
    given = options if command == options.command else argparse.Namespace(language_host=options.language_host)
    if command == "preview":
        given = argparse.Namespace(**{key: value for key, value in vars(options).items() if key != "create"})
    line += [f"--{name.replace('_', '-')}" for name in FLAGS if getattr(given, name, False)]
    if parallel := getattr(given, "parallel", None):
        line.append(f"--parallel={parallel}")
    if not getattr(given, "refresh", True):
        line.append("--no-refresh")
    if options.language_host is not None:
        line.append("--language-host" if options.language_host else "--inline")
    return [*line, f"--events={events}"]


@dataclass(frozen=True)
class _Shown:
    """How a run is shown while it continues."""

    context: AbstractContextManager[object]
    take: Callable[[str, Message], None]
    tick: Callable[[], None] = lambda: None
    line: Callable[[str, str], None] = lambda *_: None
    ended: Callable[[Part], None] = lambda _: None


def _shown(board: Board, *, is_verbose: bool) -> _Shown:
    if follower.is_wanted(verbose=is_verbose, diff=False):
        from tools.runner.view import LiveView  # noqa: PLC0415 - takes a tenth of a second

        view = LiveView(board, time.time)
        return _Shown(view, view.take, view.refresh)

    def keep(stack: str, message: Message) -> None:
        board.parts[stack].take(message)

    def say_end(part: Part) -> None:
        _say(f"{part.name}: {part.result}" + (f" (exit code {part.code})" if part.code else ""))

    if is_verbose:
        return _Shown(nullcontext(), keep, line=lambda stack, line: _say(f"{stack} | {line}"), ended=say_end)
    lines = Lines(_say, time.time)

    def tell(stack: str, message: Message) -> None:
        keep(stack, message)
        lines.take(stack, message)

    return _Shown(nullcontext(), tell, ended=say_end)


def _say(line: str) -> None:
    print(line, flush=True)


def _say_how_it_ended(board: Board, command: str, output: TextIO) -> None:
    if command == "report":
        summary.show_replicas(board, output)
    elif command in {"preview", "refresh"} and follower.is_wanted(verbose=False, diff=False):
        summary.show_changes(board, output)  # else each has been printed as it came
    print(file=output)
    summary.show(board, output)


def _logs(directory: Path, env: str, command: str) -> Path:
    """Make the directory of a run's logs, and remove those of the oldest runs."""
    place = directory / ".replicas" / "logs" / env
    name = f"{datetime.now().astimezone():%Y-%m-%dT%H-%M-%S-%f}-{command}"
    try:
        (place / name).mkdir(parents=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix=f"replicas-{name}-"))
    for old in sorted(place.iterdir())[:-KEPT_LOGS]:
        shutil.rmtree(old, ignore_errors=True)
    return place / name
