"""What stays in the terminal when the live view of a stack has ended: changes to come, problems, counts."""

from collections.abc import Iterator
from typing import TextIO

from rich.console import Console
from rich.text import Text

from components.model import durations
from tools.runner import phrases
from tools.runner.board import Part
from tools.runner.progress import Row, State

_SIGNS = {"+": "green", "-": "red", "~": "yellow", "+-": "magenta"}
_SEVERITIES = {"error": "red", "warning": "yellow"}
_LISTED = {"preview", "refresh"}
"""Operations whose changes are what a person wants to read; after the others the table says what there is."""


def show(part: Part, operation: str, took: float, output: TextIO) -> None:
    """Print it.

    Args:
        part: What is known of the stack.
        operation: What has ended.
        took: Seconds.
        output: The terminal.
    """
    console = Console(file=output, highlight=False, soft_wrap=True)
    with console.capture() as lines:
        for line in of(part, operation, took):
            console.print(line)
    output.write(lines.get())
    output.flush()


def of(part: Part, operation: str, took: float) -> Iterator[Text]:
    """Lay it out in lines."""
    rows = [row for row in part.shown if operation in _LISTED or row.state in {State.FAILED, State.STOPPED}]
    for row in rows:
        yield _row(row)
    for problem in sorted(part.problems, key=lambda each: each.severity != "error", reverse=True):
        yield Text(phrases.problem(part, problem), style=_SEVERITIES.get(problem.severity, ""))
    yield Text(f"{operation}: {phrases.counted(part)} ({durations.text(took)})", style="bold")


def _row(row: Row) -> Text:
    sign = phrases.sign(row.operation)
    place = " ".join(word for word in (row.kind or row.type, row.region) if word)
    operation = phrases.operation(row)
    changed = f" [{', '.join(row.changed)}]" if row.changed and operation in {"update", "replace"} else ""
    state = f" ({row.state})" if row.state in {State.FAILED, State.STOPPED} else ""
    return Text.assemble((f" {sign:2} ", _SIGNS.get(sign, "")), f"{row.name}  {operation}{state}  {place}{changed}")
