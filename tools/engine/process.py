"""Runs one external command that must end: with a time limit, its children included, and a sign of life."""

import contextlib
import dataclasses
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Ended:
    """How a command ended, with all that it printed on either stream."""

    code: int
    output: str
    errors: str = ""

    def last_lines(self, count: int = 3) -> str:
        """Return the last lines it printed, errors if there are any, joined to one line."""
        lines = (self.errors.strip() or self.output.strip()).splitlines()
        return " / ".join(line.strip() for line in lines[-count:] if line.strip()) or f"exit code {self.code}"


@dataclasses.dataclass(frozen=True)
class Command:
    """A command to run to its end.

    Attributes:
        words: The program and its arguments.
        seconds: After so many it is ended, with its children.
        cwd: Where to run it.
        extra: Environment variables on top of those of this process.
        alive: Called each minute with the minutes since the start.
    """

    words: Sequence[str]
    seconds: float
    cwd: Path | None = None
    extra: Mapping[str, str] = dataclasses.field(default_factory=dict)
    alive: Callable[[int], None] | None = None


Runner = Callable[[Command], Ended]


def run_bounded(command: Command) -> Ended:
    """Run a command; one that could not be started or took too long has a non-zero code."""
    try:
        process = subprocess.Popen(  # noqa: S603 - fixed commands of this package, no shell
            list(command.words),
            cwd=command.cwd,
            env={**os.environ, **command.extra},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,  # so that what it started can be ended with it
        )
    except OSError as error:
        return Ended(127, "", str(error))
    started = time.monotonic()
    try:
        while True:
            left = started + command.seconds - time.monotonic()
            if left <= 0:
                return Ended(124, "", f"no end after {command.seconds:.0f} s, so it was stopped")
            try:
                output, errors = process.communicate(timeout=min(60.0, left))
            except subprocess.TimeoutExpired:
                if command.alive is not None and left > 60:
                    command.alive(round((time.monotonic() - started) / 60))
            else:
                return Ended(process.returncode, output, errors)
    finally:
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
