"""The live view of a run in a terminal: what happens now, failures on top, and never more than fits.

`frame` is a function of the board, the time and the size, so a test can look at it. `LiveView` draws it until the run
ends; whatever goes wrong with drawing ends the drawing and nothing else.
"""

import io
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from threading import RLock
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from components.model import durations
from tools.runner import phrases
from tools.runner.board import Board, Part, Result
from tools.runner.progress import Message, Problem, Row, State

COLORS = {
    State.DONE: "green",
    State.FAILED: "red",
    State.COPYING: "cyan",
    State.STOPPED: "yellow",
    Result.DONE: "green",
    Result.FAILED: "red",
    Result.LOCKED: "yellow",
    Result.STOPPED: "yellow",
}

_KIND, _REGION, _NAME, _BAR, _PERCENT, _STATE, _TIME, _LEFT = range(8)
_WIDTHS = {_KIND: 9, _REGION: 14, _BAR: 10, _PERCENT: 4, _STATE: 10, _TIME: 6, _LEFT: 11}
_DROPPED = ((90, _KIND), (70, _LEFT), (60, _REGION), (54, _TIME), (46, _BAR))
"""Below so many cells, a column is left out."""

_LINES_OF_A_FAILURE = 4

_WIDE, _WIDE_BAR = 110, 24
"""From so many cells on, a bar has so many."""


def is_possible(output: TextIO) -> bool:
    """Report whether a stream is a terminal that can be drawn on."""
    return output.isatty() and os.environ.get("TERM", "") not in {"dumb", "unknown"}


def frame(board: Board, now: float, width: int, height: int, *, ascii_only: bool = False) -> list[Text]:
    """Lay out the board in lines that fit: whatever has no place is counted.

    Args:
        board: What is known.
        now: Unix seconds.
        width: Cells of a line.
        height: Lines at most.
        ascii_only: The terminal's encoding has no letters for bars.
    """
    layout = _Layout(width, now, ascii_only=ascii_only)
    height = max(height, 2)
    lines = [layout.title(board), *layout.failures(board, max(1, (height - 1) // 3))]
    room = height - len(lines)
    several = len(board.parts) > 1
    everything = [part for part in board.parts.values() if part.result is not Result.WAITING]
    running = [part for part in everything if part.result is Result.RUNNING]
    choices = (
        (everything, lambda _: True),
        (running, lambda _: True),
        (running, lambda row: row.state not in {State.DONE, State.PLANNED}),
        (running, lambda _: False),
    )
    body: list[Text] = []
    for parts, is_meant in choices:
        body = [line for part in parts for line in layout.part(part, filter(is_meant, part.shown), heading=several)]
        if len(body) <= room:
            return [*lines, *body]
    if not several:
        rows = [row for row in running[0].shown if row.state not in {State.DONE, State.PLANNED}] if running else []
        body = list(layout.rows(rows))
    hidden = len(body) - room + 1
    return [*lines, *body[: room - 1], layout.fit(f"... and {hidden} more")] if room > 0 else lines[:height]


class _Layout:
    """Lines of one width at one moment."""

    def __init__(self, width: int, now: float, *, ascii_only: bool) -> None:
        self._width = max(width, 10)
        self._now = now
        self._console = Console(file=io.StringIO(), width=self._width)
        """Knows how lines break; nothing is printed on it."""
        self._full, self._empty, self._mark = ("#", "-", "x") if ascii_only else ("━", "─", "✗")
        self._end = "." if ascii_only else "…"
        self._widths = {**_WIDTHS, _BAR: _WIDE_BAR} if width >= _WIDE else _WIDTHS
        dropped = {column for below, column in _DROPPED if width < below}
        self._columns = [column for column in range(8) if column not in dropped]

    def title(self, board: Board) -> Text:
        """What runs, and how far it is."""
        line = Text.assemble((board.title, "bold"), f"  {durations.text(self._now - board.began)}")
        if len(board.parts) > 1:
            results = board.results
            facts = [f"{results[Result.DONE]} of {len(board.parts)} stacks done"]
            facts += [f"{results[each]} {each}" for each in (Result.FAILED, Result.LOCKED) if results[each]]
            line.append(f"  {', '.join(facts)}")
        elif doing := _doing(next(iter(board.parts.values()))):
            line.append(f"  {doing}")
        if board.states:
            line.append(f"  {_progress(board.states)}")
        return self.fit(line)

    def failures(self, board: Board, room: int) -> list[Text]:
        """The errors so far, newest last, each in a few lines; as many as there is room for."""
        found = [(part, problem) for part in board.parts.values() for problem in part.errors]
        texts = [self._failure(part, problem, is_named=len(board.parts) > 1) for part, problem in found]
        lines = [line for text in texts for line in self._wrapped(text)]
        if len(lines) > room:
            lines = [self.fit(text) for text in texts]  # all of each is printed at the end
        if len(lines) > room:
            more = Text(f"{self._mark} {len(lines) - room + 1} more errors", style="red")
            lines = [*lines[: room - 1], self.fit(more)]
        return lines

    def _failure(self, part: Part, problem: Problem, *, is_named: bool) -> Text:
        row = part.rows.get(problem.urn)
        stack = f"{part.name}: " if is_named else ""
        name = phrases.name_for(row.name if row and row.kind else "", problem)
        return Text(f"{self._mark} {stack}{name}{' '.join(problem.text.split())}", style="red")

    def _wrapped(self, text: Text) -> list[Text]:
        lines = [self.fit(line) for line in text.wrap(self._console, self._width)]
        if len(lines) > _LINES_OF_A_FAILURE:
            lines = [*lines[: _LINES_OF_A_FAILURE - 1], self.fit(Text(self._end, style="red"))]
        return lines

    def part(self, part: Part, rows: Iterable[Row], *, heading: bool) -> Iterator[Text]:
        """One stack: how far it is, and its rows."""
        if heading:
            yield self._heading(part)
        yield from self.rows(rows)

    def rows(self, rows: Iterable[Row]) -> Iterator[Text]:
        """Rows of resources; what is the same as in the line before is left out."""
        before = ("", "")
        for row in rows:
            kind, region = row.kind or "other", row.region
            if kind != before[0] and _KIND not in self._columns:
                yield self.fit(Text(f"  {kind}", style="dim"))
            # With its region beside it, a name does not have to say it again.
            is_named = region and _REGION in self._columns
            name = row.name.replace(f"-{region}", "", 1) if is_named else row.name
            cells = {
                _KIND: Text("" if kind == before[0] else kind),
                _REGION: Text("" if (kind, region) == before else region),
                _NAME: Text(name),
                _BAR: self._bar(row, self._widths[_BAR]),
                _PERCENT: Text("" if row.percent is None else f"{row.percent}%", justify="right"),
                _STATE: Text(phrases.word(row), style=COLORS.get(row.state, "")),
                _TIME: Text(durations.text((row.ended or self._now) - row.began)),
                _LEFT: Text("" if row.left is None or row.ended else f"{durations.text(row.left)} left"),
            }
            before = kind, region
            yield self._line(cells)

    def fit(self, line: Text | str) -> Text:
        """Cut a line where the terminal ends; letters may be two cells wide."""
        text = Text(line) if isinstance(line, str) else line
        return self._cell(text, self._width, pad=False)

    def _line(self, cells: dict[int, Text]) -> Text:
        others = sum(self._widths[column] + 1 for column in self._columns if column != _NAME)
        name = max(self._width - others - 2, 8)
        line = Text("  ")
        for index, column in enumerate(self._columns):
            if index:
                line.append(" ")
            line.append_text(self._cell(cells[column], name if column == _NAME else self._widths[column]))
        line.rstrip()
        return self.fit(line)

    def _heading(self, part: Part) -> Text:
        line = Text(part.name, style=f"bold {COLORS.get(part.result, '')}".strip())
        facts = [_doing(part) if part.result is Result.RUNNING else str(part.result)]
        if part.states:
            facts.append(_progress(part.states))
        began = self._now if part.began is None else part.began
        facts.append(durations.text((part.ended or self._now) - began))
        line.append(f"  {'  '.join(fact for fact in facts if fact)}", style="not bold default")
        return self.fit(line)

    def _bar(self, row: Row, width: int) -> Text:
        color = COLORS.get(row.state, "cyan")
        if row.state is State.DONE:
            return Text(self._full * width, style=color)
        if row.percent is None and row.ended is None:  # nobody knows how far it is
            at = int(self._now * 4) % width
            parts = ("".join(self._full if (index - at) % width < 3 else self._empty for index in range(width)), color)
            return Text.assemble(parts)
        filled = round(width * (row.percent or 0) / 100)
        return Text.assemble((self._full * filled, color), (self._empty * (width - filled), "dim"))

    def _cell(self, text: Text, width: int, *, pad: bool = True) -> Text:
        found = text.copy()
        if cell_len(found.plain) > width:
            found.truncate(width - 1)
            found.append(self._end)
        elif pad and found.justify == "right":
            found.pad_left(width - cell_len(found.plain))
        if pad:
            found.pad_right(width - cell_len(found.plain))
        found.justify, found.no_wrap = None, True
        return found


def _doing(part: Part) -> str:
    """Say what happens where no row says it."""
    if part.shown:
        return ""
    read, looked_at = part.read
    return f"reading {looked_at} of {read}" if read > looked_at else part.operation or "starting"


def _progress(states: Counter[State]) -> str:
    well = states[State.DONE] + states[State.PLANNED]
    others = [f", {states[each]} {each}" for each in (State.FAILED, State.STOPPED) if states[each]]
    return f"{well} of {states.total()} replicas{''.join(others)}"


class LiveView:
    """Draws a board during a run; `take` and `refresh` may be called from any thread.

    Args:
        board: What to draw.
        clock: Unix seconds.
        output: The terminal.
    """

    def __init__(self, board: Board, clock: Callable[[], float], output: TextIO | None = None) -> None:
        self.board = board
        self._clock = clock
        self._console = Console(file=output or sys.stdout)
        self._lock = RLock()
        self._live: Live | None = None
        self._drawn: list[Text] = []

    def __enter__(self) -> "LiveView":
        live = Live(
            console=self._console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=True,
            redirect_stderr=sys.stderr.isatty(),
        )
        try:
            live.start()
            self._live = live
        except Exception:  # noqa: BLE001 - a run continues without a view
            self._live = None
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def take(self, stack: str, message: Message) -> None:
        """Add a message of a stack."""
        with self._lock:
            self.board.parts[stack].take(message)

    def refresh(self) -> None:
        """Draw it as it is now."""
        if self._live is None:
            return
        try:
            with self._lock:
                size = self._console.size
                encoding = self._console.encoding
                lines = frame(
                    self.board, self._clock(), size.width, size.height - 1, ascii_only=not encoding.startswith("utf")
                )
            if lines != self._drawn:
                self._live.update(Group(*lines), refresh=True)
                self._drawn = lines
        except Exception:  # noqa: BLE001 - a run continues without a view
            self._stop()

    def _stop(self) -> None:
        live, self._live = self._live, None
        if live is not None:
            try:
                live.stop()
            except Exception:  # noqa: BLE001 - as above
                return
