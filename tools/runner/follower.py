"""Who follows a stack's operations besides the person who reads the engine's lines: a live view, or an environment.

Without a terminal, with `--verbose` and with `--diff` nobody does, and the engine's own display is printed as it is.
"""

import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pulumi.automation import EngineEvent

from components.replica import looks
from tools.runner.board import Board, Part, Result
from tools.runner.progress import Message, Problem, Progress, to_line
from tools.runner.tail import Tail

INTERVAL = 0.15
"""Seconds between two frames, and two looks into a file."""


class Follower:
    """Takes what happens in a stack, and passes it on.

    Attributes:
        hides_engine: The engine's own lines are not printed: what they say is drawn.
    """

    hides_engine = False

    def __init__(self) -> None:
        self.progress = Progress(self._tell)

    def record(self, event: EngineEvent) -> None:
        """Take note of an engine event; whatever goes wrong here is none of the engine's business."""
        try:
            self.progress.record(event)
        except Exception:  # noqa: BLE001 - as above
            return

    @contextmanager
    def following(self, operation: str, *, is_well: Callable[[], bool]) -> Iterator[None]:
        """Follow one operation; `is_well` is asked at its end."""
        with tempfile.TemporaryDirectory() as directory, self._shown():
            path = Path(directory) / "looks"
            os.environ[looks.FILE] = str(path)
            ended = threading.Event()
            self.progress.begin(operation, is_preview=operation == "preview")
            reader = threading.Thread(target=self._read, args=(Tail(path), ended), daemon=True)
            reader.start()
            try:
                yield
            finally:
                del os.environ[looks.FILE]
                ended.set()
                reader.join()
                self.progress.end(is_well=is_well())
        self._close(operation)

    def say(self, problem: Problem) -> None:
        """Pass on an error of the runner itself."""
        self.progress.say(problem)

    def list(self, lines: Sequence[Sequence[str]]) -> None:
        """Pass on the replicas as the clouds report them now."""
        self.progress.list(lines)

    def _tell(self, message: Message) -> None:
        raise NotImplementedError

    @contextmanager
    def _shown(self) -> Iterator[None]:
        yield

    def _tick(self) -> None:
        """Do what is to be done now and then."""

    def _close(self, _operation: str) -> None:
        """Say what is to be read when an operation has ended."""

    def _read(self, tail: Tail, ended: threading.Event) -> None:
        is_last = False
        while True:
            for line in tail.lines():
                if look := looks.of_line(line):
                    self.progress.look(look)
            if is_last:
                return
            self._tick()
            is_last = ended.wait(INTERVAL)


class Reporter(Follower):
    """Writes what happens as lines of JSON to a file, which the process of an environment reads.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def _tell(self, message: Message) -> None:
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(to_line(message))
        except OSError:
            return


class Screen(Follower):
    """Draws one stack in a terminal."""

    hides_engine = True

    def __init__(self, title: str, stack: str) -> None:
        from tools.runner.view import LiveView  # noqa: PLC0415 - takes a tenth of a second

        part = Part(stack, Result.RUNNING)
        self._board = Board(title, {stack: part}, time.time())
        self._part = part
        self._view = LiveView(self._board, time.time)
        super().__init__()

    def _tell(self, message: Message) -> None:
        self._view.take(self._part.name, message)

    @contextmanager
    def _shown(self) -> Iterator[None]:
        self._board.began = time.time()
        self._part.problems = []
        with self._view:
            yield

    def _tick(self) -> None:
        self._view.refresh()

    def _close(self, operation: str) -> None:
        from tools.runner.closing import show  # noqa: PLC0415 - as above

        took = time.time() - self._board.began
        show(self._part, operation, took, sys.stdout)


def is_wanted(*, verbose: bool, diff: bool) -> bool:
    """Report whether a person wants, and the terminal can show, a live view."""
    if verbose or diff or not sys.stdout.isatty():
        return False
    from tools.runner import view  # noqa: PLC0415 - as above

    return view.is_possible(sys.stdout)
