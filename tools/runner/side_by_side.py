"""Runs the stacks of an environment side by side, each by the runner's own command in a process of its own.

A stack that fails or is locked stops no other one. The processes are in sessions of their own, so that a terminal's
Ctrl-C reaches each of them once: by what is passed on here. They write what happens to files, which nobody has to read
for them to continue, and end in order when this process is gone.
"""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.runner.board import Part, Result
from tools.runner.progress import Message, of_line
from tools.runner.tail import Tail

INTERVAL = 0.1
"""Seconds between two looks at the processes."""

STOPPED = 130
"""The exit code of a stack that was to be run when a signal came."""


@dataclass
class _Running:
    part: Part
    process: subprocess.Popen[bytes]
    events: Tail
    log: Tail
    passed: int = 0
    has_reported: bool = False


@dataclass
class SideBySide:
    """One run of several stacks.

    Attributes:
        parts: The stacks, in the order in which they begin.
        command: Makes the command line of a stack; its name, and the file that it reports to, given.
        logs: The directory of their logs: what each prints goes to `<stack>.log`.
        jobs: So many run at once.
        take: Takes a message of a stack.
        tick: Is called all the time.
        line: Takes a line of a stack's log.
        ended: Is called when a stack has ended.
        clock: Unix seconds.
        directory: Where the processes run.
        environment: Their variables, None for those of this process.
    """

    parts: Sequence[Part]
    command: Callable[[str, Path], Sequence[str]]
    logs: Path
    jobs: int
    take: Callable[[str, Message], None]
    tick: Callable[[], None] = lambda: None
    line: Callable[[str, str], None] = lambda *_: None
    ended: Callable[[Part], None] = lambda _: None
    clock: Callable[[], float] = time.time
    directory: Path | None = None
    environment: Mapping[str, str] | None = None
    signals: int = field(default=0, init=False)
    """How many signals have come: each is passed on once to each process."""

    def run(self) -> bool:
        """Run them all to their ends; report whether a signal came."""
        waiting = list(self.parts)
        running: list[_Running] = []
        with tempfile.TemporaryDirectory(prefix="replicas-") as directory, self._signals(), ExitStack() as files:
            try:
                while waiting or running:
                    while waiting and not self.signals and len(running) < self.jobs:
                        running.append(self._start(waiting.pop(0), Path(directory), files))
                    if self.signals:
                        for part in waiting:
                            part.end(STOPPED, self.clock(), was_stopped=True)
                        waiting = []
                    running = [each for each in running if not self._has_ended(each)]
                    self._pass_on(running)
                    self.tick()
                    time.sleep(INTERVAL)
            finally:
                self._end(running)
        return bool(self.signals)

    def _start(self, part: Part, directory: Path, files: ExitStack) -> _Running:
        log, events = self.logs / f"{part.name}.log", directory / f"{part.name}.events"
        events.touch()
        with log.open("wb") as output:
            process = files.enter_context(
                subprocess.Popen(  # noqa: S603 - the runner's own command
                    self.command(part.name, events),
                    stdin=subprocess.PIPE,  # its end is ours
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd=self.directory,
                    env=None if self.environment is None else dict(self.environment),
                    start_new_session=True,
                )
            )
        part.result, part.began = Result.RUNNING, self.clock()
        return _Running(part, process, Tail(events), Tail(log))

    def _has_ended(self, running: _Running) -> bool:
        code = running.process.poll()  # before what it has said: nothing comes after that
        self._read(running)
        if code is None:
            return False
        running.part.end(128 - code if code < 0 else code, self.clock(), was_stopped=bool(self.signals))
        self.ended(running.part)
        return True

    def _read(self, running: _Running) -> None:
        name = running.part.name
        for line in running.events.lines():
            running.has_reported = True
            if message := of_line(line):
                self.take(name, message)
        for line in running.log.lines():
            self.line(name, line)

    def _pass_on(self, running: Sequence[_Running]) -> None:
        for each in running:
            # One that has just been started knows no signals yet.
            if each.passed < self.signals and each.has_reported and each.process.poll() is None:
                each.passed += 1
                each.process.send_signal(signal.SIGINT)

    def _end(self, running: Sequence[_Running]) -> None:
        """End what runs in order, should anything here have failed."""
        for each in running:
            if each.process.poll() is None:
                each.process.send_signal(signal.SIGINT)
        for each in running:
            each.process.wait()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        def note(_number: int, _frame: Any) -> None:
            self.signals += 1

        numbers = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # `nohup`
            numbers.append(signal.SIGHUP)
        before = {number: signal.signal(number, note) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def end_with_parent() -> None:
    """End this process in order when the one that has started it is gone: its standard input ends then."""
    while True:
        try:
            if not os.read(0, 4096):
                break
        except OSError:
            break
    os.kill(os.getpid(), signal.SIGTERM)
