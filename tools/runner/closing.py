"""What stays in the terminal when the live view of a stack has ended: changes to come, problems, counts."""

from collections.abc import Iterator
from typing import TextIO

from rich.console import Console
from rich.text import Text

from components.model import durations
from tools.runner.board import Part
from tools.runner.progress import UNCHANGED, Problem, Row, State

SIGNS = {"create": "+", "delete": "-", "update": "~", "replace": "+-", "create-replacement": "+-", "import": "="}
_STYLES = {"+": "green", "-": "red", "~": "yellow", "+-": "magenta"}
_PASTS = {"create": "created", "update": "updated", "delete": "deleted", "replace": "replaced", "import": "imported"}
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
        yield _problem(problem, part)
    yield Text(f"{operation}: {counted(part, is_preview=part.is_preview)} ({durations.text(took)})", style="bold")


def counted(part: Part, *, is_preview: bool) -> str:
    """Say in words what the engine counted."""
    changes = {operation: n for operation, n in part.changes.items() if operation not in UNCHANGED and n}
    # A replacement is counted once: what it consists of says nothing more.
    changes = {key: n for key, n in changes.items() if "replace" not in key or key == "replace"}
    words = [
        f"{n} to {operation}" if is_preview else f"{n} {_PASTS.get(operation, operation)}"
        for operation, n in changes.items()
    ]
    if same := part.changes.get("same"):
        words.append(f"{same} unchanged")
    return ", ".join(words) or "nothing changed"


def change(row: Row) -> tuple[str, str, str, str]:
    """Say what happens with a row: the operation with its sign, name, region, properties."""
    sign = f"{SIGNS.get(row.operation, '')} {row.operation}".strip()
    return sign, row.name, row.region, ", ".join(row.changed) or "-"


def _row(row: Row) -> Text:
    sign = SIGNS.get(row.operation, " ")
    line = Text(f" {sign:2} ", style=_STYLES.get(sign, ""))
    line.append(f"{row.name}  ", style="default")
    place = " ".join(word for word in (row.kind or row.type, row.region) if word)
    changed = f" [{', '.join(row.changed)}]" if row.changed and row.operation in {"update", "replace"} else ""
    state = f" ({row.state})" if row.state in {State.FAILED, State.STOPPED} else ""
    line.append(f"{row.operation}{state}  {place}{changed}", style="default")
    return line


def _problem(problem: Problem, part: Part) -> Text:
    row = part.rows.get(problem.urn)
    where = f"{row.name}: " if row and row.kind and row.name not in problem.text else ""
    style = {"error": "red", "warning": "yellow"}.get(problem.severity, "")
    label = f"{problem.severity}: " if problem.severity != "info" else ""
    return Text.assemble((label, style), f"{where}{problem.text}")
