"""What is known of a run at a moment, stack by stack: what the messages of `tools.runner.progress` add up to."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tools.runner.progress import UNCHANGED, Counts, Listed, Message, Phase, Problem, Row, State


class Result(StrEnum):
    """What has become of a stack."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    LOCKED = "locked"
    STOPPED = "stopped"


@dataclass
class Part:
    """One stack of a run.

    Attributes:
        name: The stack.
        result: What has become of it.
        operation: What the engine does now, "" between two operations.
        is_preview: That changes nothing.
        rows: Resources by URN.
        problems: What a person must read.
        changes: What the engine counted: operation -> resources.
        lines: The replicas as the clouds reported them last, None where nobody asked.
        began: When it began (Unix seconds), None before.
        ended: When it ended, None before.
        code: Its exit code, None before.
    """

    name: str
    result: Result = Result.WAITING
    operation: str = ""
    is_preview: bool = False
    rows: dict[str, Row] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    changes: dict[str, int] = field(default_factory=dict)
    lines: Sequence[Sequence[str]] | None = None
    began: float | None = None
    ended: float | None = None
    code: int | None = None

    def take(self, message: Message) -> None:
        """Add a message."""
        match message:
            case Row():
                self.rows[message.urn] = message
            case Problem():
                self.problems.append(message)
            case Counts():
                self.changes = dict(message.changes)
            case Listed():
                self.lines = message.lines
            case Phase(operation=""):
                self.operation = ""
            case Phase():
                self.operation, self.is_preview = message.operation, message.is_preview
                self.rows, self.changes = {}, {}

    def end(self, code: int, now: float, *, was_stopped: bool = False) -> None:
        """Note how it ended."""
        self.code, self.ended, self.operation = code, now, ""
        if code == 0:
            self.result = Result.DONE
        elif any(problem.is_lock for problem in self.problems):
            self.result = Result.LOCKED
        else:
            self.result = Result.STOPPED if was_stopped else Result.FAILED

    @property
    def shown(self) -> list[Row]:
        """The rows that there is something to show of, by kind, region and name; what is no replica last."""
        changes = (row for row in self.rows.values() if row.is_change)
        return sorted(changes, key=lambda row: (not row.kind, row.kind, row.region, row.name))

    @property
    def read(self) -> tuple[int, int]:
        """How many resources were looked at that did not change, and how many of them have ended."""
        rows = [row for row in self.rows.values() if row.operation in UNCHANGED]
        return len(rows), sum(row.ended is not None for row in rows)

    @property
    def states(self) -> Counter[State]:
        """How many of the shown replicas are in each state; of a stack without any, of all shown rows."""
        rows = [row for row in self.shown if row.kind] or self.shown
        return Counter(row.state for row in rows)

    @property
    def errors(self) -> list[Problem]:
        """The problems that are errors: those of single replicas first, which say more than that of the stack."""
        found = [problem for problem in self.problems if problem.severity == "error"]
        return sorted(found, key=lambda problem: problem.urn not in self.rows or not self.rows[problem.urn].kind)


@dataclass
class Board:
    """All stacks of a run.

    Attributes:
        title: What is run, for people: `up prod`.
        parts: Its stacks by name, in their order.
        began: When it began (Unix seconds).
    """

    title: str
    parts: dict[str, Part]
    began: float

    @classmethod
    def of(cls, title: str, stacks: Sequence[str], now: float) -> "Board":
        """Make one on which nothing has begun."""
        return cls(title, {name: Part(name) for name in stacks}, now)

    @property
    def results(self) -> Counter[Result]:
        """How many stacks ended how."""
        return Counter(part.result for part in self.parts.values())

    @property
    def states(self) -> Counter[State]:
        """How many shown replicas are in each state."""
        return sum((part.states for part in self.parts.values()), Counter[State]())
