"""What happens in a run, as typed values for who draws it: rows, problems, counts, the replicas at the end.

The engine's events and the program's looks at its copies come in; the values go out, in this process to a board
(`tools.runner.board`), from the process of one stack of an environment as lines of JSON. Nothing is decided from them
but what a person is shown, and none of this may ever keep the engine's output from being read.
"""

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from threading import Lock
from typing import Any

from pulumi.automation import EngineEvent
from pulumi.automation.events import StepEventMetadata

from components import kinds
from components.replica.looks import Look
from components.replica.stack_identity import IDENTITY_TYPE

_MARKUP = re.compile(r"<\{%.*?%\}>|\x1b\[[0-9;]*[A-Za-z]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]")
_AGAIN = re.compile(r"(?:an unhandled error occurred|Exception calling application): (.*)", re.DOTALL)

UNCHANGED = frozenset({"same", "read", "refresh"})
"""Operations that change nothing."""

_MAKING = frozenset({"create", "create-replacement"})


class State(StrEnum):
    """Where a row is."""

    PLANNED = "planned"
    RUNNING = "running"
    COPYING = "copying"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Row:
    """One resource in one operation, as it is now.

    Attributes:
        urn: The resource.
        type: Its type.
        name: Its name.
        kind: What one replica of its kind is called, "" for any other resource.
        region: The destination region of a replica, else "".
        operation: What the engine does with it: `create`, `update`, `same`, ...
        state: Where it is.
        began: When that began (Unix seconds).
        ended: When it ended, None before.
        status: The cloud's own word for a copy, else "".
        percent: Its progress, None where nobody says.
        left: Estimated seconds until it is usable, None where nothing can be said.
        changed: The names of properties that differ.
        is_bookkeeping: It is nothing that a person has declared: a provider, a component, the stack, what stands
            beside a copy.
    """

    urn: str
    type: str
    name: str
    kind: str
    region: str
    operation: str
    state: State
    began: float
    ended: float | None = None
    status: str = ""
    percent: int | None = None
    left: float | None = None
    changed: Sequence[str] = ()
    is_bookkeeping: bool = False

    @property
    def is_change(self) -> bool:
        """Whether there is anything to show of it: it changes, is waited for, or has failed."""
        changes = self.operation not in UNCHANGED and not self.is_bookkeeping
        return changes or self.state in {State.COPYING, State.FAILED}


@dataclass(frozen=True)
class Problem:
    """Something that a person must read.

    Attributes:
        text: It, in one line or more.
        severity: `error`, `warning` or `info`.
        urn: The resource that it is about, "" for the whole stack.
        is_lock: Another run holds the stack.
    """

    text: str
    severity: str = "error"
    urn: str = ""
    is_lock: bool = False


@dataclass(frozen=True)
class Counts:
    """What the engine counted at the end of an operation: operation -> resources."""

    changes: Mapping[str, int]


@dataclass(frozen=True)
class Phase:
    """An operation begins, or ends (`operation` is "" then)."""

    operation: str
    is_preview: bool = False


@dataclass(frozen=True)
class Listed:
    """The replicas of a stack, as the clouds report them now: the cells of their lines in the table."""

    lines: Sequence[Sequence[str]]


Message = Row | Problem | Counts | Phase | Listed

_FORMS: Mapping[str, type[Message]] = {form.__name__: form for form in (Row, Problem, Counts, Phase, Listed)}


def to_line(message: Message) -> str:
    """Write a message as a line of JSON."""
    return json.dumps({type(message).__name__: asdict(message)}, ensure_ascii=False) + "\n"


def of_line(line: str) -> Message | None:
    """Read a line of JSON; None for one of any other form."""
    try:
        ((name, values),) = json.loads(line).items()
        message = _FORMS[name](**values)
    except (ValueError, AttributeError, KeyError, TypeError):
        return None
    return replace(message, state=State(message.state)) if isinstance(message, Row) else message


class Progress:
    """Turns what happens in one stack into messages.

    Args:
        tell: Takes them, from any thread.
        clock: Unix seconds. Injected by tests.
    """

    def __init__(self, tell: Callable[[Message], None], clock: Callable[[], float] = time.time) -> None:
        self._tell = tell
        self._clock = clock
        self.is_noise: Callable[[str], bool] = lambda _: False
        """Whether nobody has to read a problem, which is given as the engine would print it."""
        self._lock = Lock()
        self._is_preview = False
        self._rows: dict[str, Row] = {}
        self._copies: dict[tuple[str, str], str] = {}
        """Type and name of a resource -> its URN: the program knows its copies by these."""
        self._seen: list[dict[str, Any]] = []
        """Resources as the engine has named them: of some, the region stands in another one."""
        self._problems: set[str] = set()

    def begin(self, operation: str, *, is_preview: bool = False) -> None:
        """Note that an operation begins."""
        with self._lock:
            self._is_preview = is_preview
            self._rows, self._copies, self._seen, self._problems = {}, {}, [], set()
            self._tell(Phase(operation, is_preview))

    def record(self, event: EngineEvent) -> None:
        """Take note of an engine event."""
        with self._lock:
            if before := event.resource_pre_event:
                self._step(before.metadata, State.RUNNING)
            elif after := event.res_outputs_event:
                self._step(after.metadata, State.DONE)
            elif failed := event.res_op_failed_event:
                self._step(failed.metadata, State.FAILED)
            elif said := event.diagnostic_event:
                if not said.ephemeral and said.severity != "debug":
                    self._problem(str(said.message), said.severity.partition("#")[0], said.urn or "")
            elif broken := event.policy_event:
                severity = "error" if broken.enforcement_level == "mandatory" else "warning"
                text = f"{broken.policy_pack_name}: {broken.policy_name}: {broken.message}"
                self._problem(text, severity, broken.resource_urn or "")
            elif counted := event.summary_event:
                self._tell(Counts({str(getattr(op, "value", op)): n for op, n in counted.resource_changes.items()}))

    def look(self, look: Look) -> None:
        """Take note of a look at a copy."""
        with self._lock:
            row = self._rows.get(self._copies.get((look.type, look.name), ""))
            if row is None or row.state is State.FAILED:
                return
            if look.is_usable and row.operation in UNCHANGED and row.state is State.DONE:
                return  # it was usable before
            state, percent = (State.DONE, 100) if look.is_usable else (State.COPYING, look.percent or None)
            ended = self._clock() if look.is_usable else None
            self._put(replace(row, state=state, ended=ended, status=look.status, percent=percent, left=look.left))

    def end(self, *, is_well: bool) -> None:
        """Note that the operation has ended: what has not ended by itself was stopped."""
        with self._lock:
            for row in list(self._rows.values()):
                if row.state in {State.RUNNING, State.COPYING} and row.is_change:
                    state = State.DONE if is_well else State.STOPPED
                    self._put(replace(row, state=state, ended=self._clock(), left=None))
            self._tell(Phase(""))

    def say(self, problem: Problem) -> None:
        """Pass on what the runner itself reports."""
        with self._lock:
            self._tell(replace(problem, text=plain(problem.text)))

    def list(self, lines: Sequence[Sequence[str]]) -> None:
        """Pass on the lines of the table."""
        with self._lock:
            self._tell(Listed(lines))

    def _step(self, step: StepEventMetadata, state: State) -> None:
        known = step.new or step.old
        operation = str(getattr(step.op, "value", step.op))
        if known is not None:
            self._seen.append(
                {"urn": step.urn, "type": step.type, "inputs": known.inputs or {}, "id": known.id}
                | {"provider": known.provider, "parent": known.parent}
            )
        before = self._rows.get(step.urn)
        if operation in {"replace", "delete-replaced", "discard-replaced"} and before:
            if state is not State.FAILED:
                return  # parts of a replacement, whose row says it already
        elif state is State.DONE and operation in _MAKING and step.type in kinds.OF_TYPE and not self._is_preview:
            state = State.COPYING  # until a look says that it is usable, or all has ended well
        if state is not State.FAILED and before and before.state is State.FAILED:
            return
        if self._is_preview and state is State.DONE:
            state = State.PLANNED
        now = self._clock()
        began = before.began if before and before.operation == operation else now
        ended = None if state in {State.RUNNING, State.COPYING} else now
        changed = tuple(step.diffs or (before.changed if before and before.operation == operation else ()))
        row = Row(step.urn, step.type, step.urn.rpartition("::")[2], *self._place(step), operation, state, began, ended)
        companions = {kind.companion for kind in kinds.KINDS}
        hidden = step.type.startswith("pulumi:") or step.type in {IDENTITY_TYPE, *companions}
        hidden = hidden or not (known and known.custom)
        self._put(replace(row, name=plain(row.name), changed=changed, is_bookkeeping=hidden))

    def _place(self, step: StepEventMetadata) -> tuple[str, str]:
        """Return what a replica of its kind is called, and its region."""
        if step.type not in kinds.OF_TYPE:
            return "", ""
        try:
            region, _ = kinds.rows()[step.type].place(self._seen[-1], self._seen)
        except (KeyError, IndexError, TypeError, AttributeError, ValueError):  # only what is shown depends on it
            region = ""
        return kinds.OF_TYPE[step.type].thing, plain(region)

    def _put(self, row: Row) -> None:
        if self._rows.get(row.urn) != row:
            self._rows[row.urn] = row
            self._copies[row.type, row.name] = row.urn
            self._tell(row)

    def _problem(self, message: str, severity: str, urn: str) -> None:
        text = plain(message).strip()
        again = _AGAIN.fullmatch(text)
        if not text or text in self._problems or (again and again[1] in self._problems):
            return
        if self.is_noise(f"{severity}: {text}"):
            return
        self._problems.add(text)
        if severity == "error" and (row := self._rows.get(urn)) and row.type in kinds.OF_TYPE:
            self._put(replace(row, state=State.FAILED, ended=self._clock(), left=None))
        self._tell(Problem(text, severity, urn))


def plain(text: str) -> str:
    """Return a text without the engine's colours and without anything that moves a terminal's cursor."""
    return _CONTROL.sub(" ", _MARKUP.sub("", text).replace("\t", "    ").replace("\r\n", "\n"))
