"""What happens in several stacks, as lines: for a log, a pipe and a terminal that cannot be drawn on."""

from collections.abc import Callable
from dataclasses import dataclass

from components.model import durations
from tools.runner import phrases
from tools.runner.progress import UNCHANGED, Message, Problem, Row, State

STEP = 25
MINUTE = 60.0
"""A line of progress is written when the state changes, each time this many percent are done, and each minute."""


@dataclass
class _Said:
    operation: str
    state: State
    step: int
    at: float


class Lines:
    """Prints one line for each change.

    Args:
        say: Prints a line.
        clock: Unix seconds.
    """

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float]) -> None:
        self._say = say
        self._clock = clock
        self._said: dict[tuple[str, str], _Said] = {}
        self._names: dict[tuple[str, str], str] = {}

    def take(self, stack: str, message: Message) -> None:
        """Print what is new in a message of a stack, if anything is."""
        if isinstance(message, Row):
            if message.kind:
                self._names[stack, message.urn] = message.name
            if message.is_change or (stack, message.urn) in self._said:
                self._row(stack, message)
        elif isinstance(message, Problem):
            label = "" if message.severity == "info" else f"{message.severity}: "
            name = phrases.name_for(self._names.get((stack, message.urn), ""), message)
            self._say(f"{stack}: {label}{name}{message.text}")

    def _row(self, stack: str, row: Row) -> None:
        now = self._clock()
        step = (row.percent or 0) // STEP
        said = self._said.get((stack, row.urn))
        is_known = said and (said.operation, said.state, said.step) == (row.operation, row.state, step)
        if said and is_known and (row.state is not State.COPYING or now - said.at < MINUTE):
            return
        self._said[stack, row.urn] = _Said(row.operation, row.state, step, now)
        if text := _text(row, now, was_copying=bool(said and said.state is State.COPYING)):
            self._say(f"{stack}: {text}")


def _text(row: Row, now: float, *, was_copying: bool) -> str:
    so_far = durations.text((row.ended or now) - row.began)
    match row.state:
        case State.PLANNED | State.RUNNING:
            changed = f" [{', '.join(row.changed)}]" if row.changed else ""
            return f"{phrases.sign(row.operation):2} {row.name} {phrases.word(row)}{changed}"
        case State.COPYING:
            left = "" if row.left is None else f", about {durations.text(row.left)} left"
            return f"{row.name} copying: {row.percent or 0}% ({row.status or 'started'}), {so_far} so far{left}"
        case State.DONE if was_copying:
            return f"{row.name} usable after {so_far}"
        case State.DONE if row.operation in UNCHANGED:
            return ""
        case _:
            return f"{row.name} {phrases.word(row)} ({so_far})"
