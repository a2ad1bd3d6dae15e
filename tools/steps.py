"""The steps of getting an environment and an engine: a command that must end, progress, and one kind of failure.

It must not import anything but the standard library: it is needed before anything else is installed.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

Say = Callable[[str], None]


class StepFailed(Exception):
    """A step did not work; the message says why."""


def say(line: str) -> None:
    """Show a progress line, apart from the answer on standard output."""
    print(line, file=sys.stderr, flush=True)


def run(
    words: Sequence[str | Path],
    failure: str,
    *,
    seconds: float = 1800.0,
    cwd: Path | None = None,
    extra: Mapping[str, str] | None = None,
    alive: Callable[[int], None] | None = None,
) -> str:
    """Run a command, and return what it printed.

    Args:
        words: The program and its arguments.
        failure: What the message of a failure begins with.
        seconds: After so many it is ended, with its children; enough for slow links and source distributions.
        cwd: Where to run it.
        extra: Environment variables on top of those of this process.
        alive: Called each minute with the minutes since the start.

    Raises:
        StepFailed: It could not be started, took too long, or failed; the message ends with what it printed last.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - fixed commands of the project, no shell
            words,
            cwd=cwd,
            env=os.environ | (extra or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,  # so that what it started can be ended with it
        )
    except OSError as error:
        raise StepFailed(f"{failure}: {error}") from error
    minutes = 0
    with process:
        try:
            while True:
                left = seconds - 60 * minutes
                try:
                    output, errors = process.communicate(timeout=min(60, left))
                    break
                except subprocess.TimeoutExpired:
                    if left <= 60:
                        raise StepFailed(f"{failure}: no end after {seconds:.0f} s, so it was stopped") from None
                minutes += 1
                if alive:
                    alive(minutes)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode == 0:
        return output
    lines = (errors.strip() or output.strip()).splitlines()
    last = [line.strip() for line in lines if line.strip() and not line.startswith("go: downloading ")][-6:]
    raise StepFailed(f"{failure}: {' / '.join(last) or f'exit code {process.returncode}'}")
