"""The live view of a run in a terminal: what happens now, failures on top, and never more than fits.

`frame` is a function of the board, the time and the size, so a test can look at it. `LiveView` draws it until the run
ends; whatever goes wrong with drawing ends the drawing and nothing else.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from threading import RLock
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from components.model import durations
from tools.runner import phrases
from tools.runner.board import Board, Part, Result
from tools.runner.progress import Message, Row, State

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
_WIDTHS = {_KIND: 9, _REGION: 15, _BAR: 20, _PERCENT: 4, _STATE: 10, _TIME: 6, _LEFT: 13}
_DROPPED = ((110, _KIND), (96, _LEFT), (70, _REGION), (56, _TIME), (48, _BAR))
"""Below so many cells, a column is left out."""


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
        self._full, self._empty, self._mark = ("#", "-", "x") if ascii_only else ("━", "─", "✗")
        self._end = "." if ascii_only else "…"
        dropped = {column for below, column in _DROPPED if width < below}
        self._columns = [column for column in range(8) if column not in dropped]

    def title(self, board: Board) -> Text:
        """What runs, and how far it is."""
        facts = []
        if len(board.parts) > 1:
            results = board.results
            facts.append(f"{results[Result.DONE]} of {len(board.parts)} stacks done")
            facts += [f"{results[each]} {each}" for each in (Result.FAILED, Result.LOCKED) if results[each]]
        states = board.states
        facts += [f"{states[each]} {each}" for each in (State.COPYING, State.DONE, State.FAILED) if states[each]]
        facts += [text for part in board.parts.values() if len(board.parts) == 1 and (text := _reading(part))]
        line = Text.assemble((board.title, "bold"), f"  {durations.text(self._now - board.began)}")
        line.append(f"  {', '.join(facts)}" if facts else "")
        return self.fit(line)

    def failures(self, board: Board, room: int) -> list[Text]:
        """The errors so far, each in a line."""
        found = [(part, problem) for part in board.parts.values() for problem in part.errors]
        shown = found if len(found) <= room else found[: room - 1]
        lines = []
        for part, problem in shown:
            row = part.rows.get(problem.urn)
            words = [part.name] if len(board.parts) > 1 else []
            words += [row.name] if row else []
            text = " ".join(problem.text.split())
            lines.append(self.fit(Text(f"{self._mark} {': '.join([*words, text])}", style="red")))
        if len(shown) < len(found):
            lines.append(self.fit(Text(f"{self._mark} {len(found) - len(shown)} more errors", style="red")))
        return lines[:room]

    def part(self, part: Part, rows: Iterator[Row], *, heading: bool) -> Iterator[Text]:
        """One stack: how far it is, and its rows."""
        if heading:
            yield self._heading(part)
        yield from self.rows(rows)

    def rows(self, rows: Sequence[Row] | Iterator[Row]) -> Iterator[Text]:
        """Rows of resources; what is the same as in the line before is left out."""
        before = ("", "")
        for row in rows:
            place = (row.kind or "other", row.region)
            cells = {
                _KIND: Text("" if place[0] == before[0] else place[0]),
                _REGION: Text("" if place == before else place[1]),
                _NAME: Text(row.name),
                _BAR: self._bar(row, _WIDTHS[_BAR]),
                _PERCENT: Text("" if row.percent is None else f"{row.percent}%", justify="right"),
                _STATE: Text(phrases.word(row), style=COLORS.get(row.state, "")),
                _TIME: Text(durations.text((row.ended or self._now) - row.began)),
                _LEFT: Text("" if row.left is None or row.ended else f"{durations.text(row.left)} left"),
            }
            before = place
            yield self._line(cells)

    def fit(self, line: Text | str) -> Text:
        """Cut a line where the terminal ends; letters may be two cells wide."""
        text = Text(line) if isinstance(line, str) else line
        return self._cell(text, self._width, pad=False)

    def _line(self, cells: dict[int, Text]) -> Text:
        others = sum(_WIDTHS[column] + 1 for column in self._columns if column != _NAME)
        name = max(self._width - others - 2, 8)
        line = Text("  ")
        for index, column in enumerate(self._columns):
            if index:
                line.append(" ")
            line.append_text(self._cell(cells[column], name if column == _NAME else _WIDTHS[column]))
        line.rstrip()
        return self.fit(line)

    def _heading(self, part: Part) -> Text:
        states, (read, looked_at) = part.states, part.read
        rows = part.shown
        facts = [f"{states[each]} {each}" for each in State if states[each]]
        if part.result is Result.RUNNING:
            facts += [_reading(part)] if looked_at < read or not rows else []
        else:
            facts.insert(0, part.result)
        began = self._now if part.began is None else part.began
        facts.append(durations.text((part.ended or self._now) - began))
        line = Text(part.name, style=f"bold {COLORS.get(part.result, '')}".strip())
        line.append(f"  {', '.join(fact for fact in facts if fact)}", style="not bold default")
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


def _reading(part: Part) -> str:
    read, looked_at = part.read
    if part.operation and read > looked_at:
        return f"reading {looked_at} of {read}"
    return "" if part.rows else (part.operation or "starting")


class LiveView:
    """Draws a board while a run goes on; `take` and `refresh` may be called from any thread.

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
        except Exception:  # noqa: BLE001 - a run goes on without a view
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
            self._live.update(Group(*lines), refresh=True)
        except Exception:  # noqa: BLE001 - a run goes on without a view
            self._stop()

    def _stop(self) -> None:
        live, self._live = self._live, None
        if live is not None:
            try:
                live.update("")
                live.stop()
            except Exception:  # noqa: BLE001 - as above
                return
