"""How the runner says in words what the engine does, in the live view, in lines and in the summary."""

from dataclasses import dataclass

from tools.runner.board import Part
from tools.runner.progress import UNCHANGED, Problem, Row, State


@dataclass(frozen=True)
class _Verb:
    sign: str
    running: str
    done: str


_VERBS = {
    "create": _Verb("+", "creating", "created"),
    "create-replacement": _Verb("+-", "creating", "created"),
    "update": _Verb("~", "updating", "updated"),
    "delete": _Verb("-", "deleting", "deleted"),
    "delete-replaced": _Verb("-", "deleting", "deleted"),
    "replace": _Verb("+-", "replacing", "replaced"),
    "import": _Verb("=", "importing", "imported"),
    "refresh": _Verb("", "reading", "read"),
}


def sign(operation: str) -> str:
    """Return the engine's sign for an operation."""
    return _VERBS[operation].sign if operation in _VERBS else ""


def word(row: Row) -> str:
    """Say in a word what a row is at: the cloud's own where it is a copy."""
    verb = _VERBS.get(row.operation)
    match row.state:
        case State.RUNNING:
            return verb.running if verb else row.operation
        case State.COPYING:
            return row.status or "copying"
        case State.DONE:
            return row.status or (verb.done if verb else row.operation)
        case State.PLANNED:
            return operation(row)
        case _:
            return row.state


def operation(row: Row) -> str:
    """Return what is done with a row: a replacement is one operation, whatever it consists of."""
    return "replace" if row.operation == "create-replacement" else row.operation


def change(row: Row) -> str:
    """Say with its sign what happens with a row."""
    return f"{sign(row.operation)} {operation(row)}".strip()


def counted(part: Part) -> str:
    """Say what the engine counted."""
    # A replacement is counted once: what it consists of says nothing more.
    counts = {key: n for key, n in part.changes.items() if key not in UNCHANGED and key == key.partition("-")[0]}
    done = {key: _VERBS[key].done if key in _VERBS else key for key in counts}
    words = [f"{n} to {key}" if part.is_preview else f"{n} {done[key]}" for key, n in counts.items() if n]
    if same := part.changes.get("same"):
        words.append(f"{same} unchanged")
    return ", ".join(words) or "nothing changed"


def problem(part: Part, said: Problem) -> str:
    """Write a problem with its severity and the name of its replica, unless it says that itself."""
    row = part.rows.get(said.urn)
    label = "" if said.severity == "info" else f"{said.severity}: "
    return f"{label}{name_for(row.name if row and row.kind else '', said)}{said.text}"


def name_for(name: str, said: Problem) -> str:
    """Return the name to put before a problem, "" where it is in it already."""
    return f"{name}: " if name and name not in said.text else ""
