"""What is printed when the stacks of an environment have ended: one table, and what a person must read of each."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TextIO

from components.model import durations
from tools.runner import phrases, table
from tools.runner.board import Board, Part, Result

HEADINGS = ("STACK", "RESULT", "CHANGES", "REPLICAS", "TIME")

PROBLEMS = 3
"""So many problems of a stack are printed; all are in its log."""

_COLORS = {Result.DONE: "green", Result.FAILED: "red", Result.LOCKED: "yellow", Result.STOPPED: "yellow"}


def show(board: Board, output: TextIO) -> None:
    """Print the table of stacks, then the problems of each."""
    rows = []
    for part in board.parts.values():
        style = _COLORS.get(part.result, "")
        cells = [part.name, _result(part), _changes(part), replicas(part), _time(part)]
        rows.append([(cell, style if index == 1 else "") for index, cell in enumerate(cells)])
    table.show_columns(HEADINGS, rows, output)
    for line in problems(board):
        print(line, file=output)
    output.flush()


def show_replicas(board: Board, output: TextIO) -> None:
    """Print the replicas of all stacks in one table."""
    rows = [[(part.name, ""), *cells] for part in board.parts.values() for cells in table.styled(part.lines or ())]
    if rows:
        table.show_columns(("STACK", *table.HEADINGS), rows, output)


def show_changes(board: Board, output: TextIO) -> None:
    """Print what changes in each stack."""
    for part in board.parts.values():
        for row in part.shown:
            changed = f" [{', '.join(row.changed)}]" if row.changed else ""
            print(f"{part.name}: {phrases.change(row)} {row.name}{changed}", file=output)


def replicas(part: Part) -> str:
    """Say how many replicas a stack has in which phase, "-" where nobody asked."""
    if part.lines is None:
        return "-"
    phases = Counter((each[-1] or each[-4]).lower() for each in part.lines)
    return ", ".join(f"{n} {phase}" for phase, n in sorted(phases.items(), key=lambda each: -each[1])) or "none"


def problems(board: Board) -> Iterator[str]:
    """Write the first problems of each stack, errors before warnings."""
    for part in board.parts.values():
        found = [*part.errors, *(each for each in part.problems if each.severity == "warning")]
        yield from (f"{part.name}: {phrases.problem(part, each)}" for each in found[:PROBLEMS])
        if len(found) > PROBLEMS:
            yield f"{part.name}: {len(found) - PROBLEMS} more are in its log"
        if part.code and not part.errors and part.began is not None:
            yield f"{part.name}: ended with exit code {part.code}; its log says why"


def worst(codes: Sequence[int]) -> int:
    """Return the exit code of a run of several stacks: the highest of theirs."""
    return max(codes, default=0)


def _result(part: Part) -> str:
    if part.began is None:
        return "not started"
    return f"{part.result} ({part.code})" if part.result is Result.FAILED else str(part.result)


def _changes(part: Part) -> str:
    return phrases.counted(part) if part.changes else "-"


def _time(part: Part) -> str:
    return "-" if part.began is None or part.ended is None else durations.text(part.ended - part.began)
