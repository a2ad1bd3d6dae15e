"""What to do about the engine's own errors: it says what is wrong, and seldom what to do now.

The first words that match decide. Nothing is decided from them but what a person is advised. Only errors of a whole run
are listed: what goes wrong with one resource has its next step already, or is unexpected and shown as it is.
"""

import re
from collections.abc import Callable, Sequence
from itertools import dropwhile

from pulumi.automation.errors import CommandError

from components.clouds.errors import ReplicaError
from tools.runner import leftovers

AGAIN = "then run the same command again"

_BACKEND = f"check PULUMI_BACKEND_URL, the network and the credentials of the backend, {AGAIN}"

_LOCK = re.compile(r"created by (?P<user>\S*)@(?P<host>\S*) \(pid (?P<pid>\d+)\) at (?P<since>\S+)")

_CUT_OFF = re.compile(r"^error: unexpected end of JSON input", re.MULTILINE)

_LOCKED = ("the stack is currently locked", "Another update is currently in progress")

_NEXT_STEPS = (
    (
        r"incorrect passphrase|passphrase must be set",
        f"set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE, to that of the stack, {AGAIN}",
    ),
    (
        r"PULUMI_ACCESS_TOKEN|\[401\] Unauthorized",
        f"set PULUMI_ACCESS_TOKEN, or name the stack's backend with PULUMI_BACKEND_URL or `pulumi login`, {AGAIN}",
    ),
    (r"integrity error", "run `pulumi state repair --stack {stack}`, " + AGAIN),
    (
        r"failed to load checkpoint",
        "put the stack's file back from its copy in the backend (`.bak` beside it), then run `replicas repair {stack}`",
    ),
    (
        r"stack secrets manager|failed to decrypt",
        f"make the stack's secrets provider and its credentials available, {AGAIN}",
    ),
    (r"validating stack config|getting stack configuration", "correct stacks/Pulumi.{stack}.yaml, " + AGAIN),
    (r"does not satisfy the version range", f"install such a Pulumi and put it first on PATH, {AGAIN}"),
    (r"no (resource|language|analyzer) plugin", f"run `pulumi plugin install`, or put the plugin on PATH, {AGAIN}"),
    (r"blob \(key|open bucket|no driver registered", _BACKEND),
)
"""Words of an error of a whole run -> the next step; more than one may match."""

_OUTSIDE_A_RUN = ((r"no such host|dial tcp|connection refused|deadline exceeded", _BACKEND),)
"""The same for words that may also be those of an error of one resource."""


def explained(lines: Sequence[str], stack: str) -> ReplicaError:
    """Turn what the engine wrote on its standard error into one line with the next step.

    Args:
        lines: All of it, from its error on.
        stack: The stack's name.
    """
    text = "\n".join(lines)
    problem = lines[0].removeprefix("error: ").rstrip(" .!") if lines else "the engine printed nothing"
    name = stack.rpartition("/")[2]
    if locks := [leftovers.Lock(**each.groupdict()) for each in _LOCK.finditer(text)]:
        return leftovers.locked(stack, locks)
    if _LOCKED[1] in text:
        return leftovers.StackBusy(
            f"stack {stack} is being changed by another run, which the stack's page shows",
            f"wait until that run has ended; if it is dead, run `replicas unlock {stack}`, {AGAIN}",
        )
    if _CUT_OFF.search(text):
        return leftovers.StackBusy(
            f"stack {stack} has a lock that was not written to its end",
            f"if no run is using the stack, run `replicas unlock {stack}`, {AGAIN}",
        )
    known = (step.format(stack=name) for words, step in (*_NEXT_STEPS, *_OUTSIDE_A_RUN) if re.search(words, text))
    return ReplicaError(f"stack {stack}: {problem}", next(known, f"correct that, {AGAIN}"))


class ErrorOutput:
    """What the engine writes on its standard error during an operation: shown as it comes, but for a listed error.

    Args:
        say: Prints one line.
        stack: The stack's name.
    """

    def __init__(self, say: Callable[[str], None], stack: str) -> None:
        self._say = say
        self._stack = stack
        self._held: list[str] = []
        self.ended_with: ReplicaError | None = None
        """The listed error that ended the run."""

    def show(self, line: str) -> None:
        """Print a line, or hold it back from the first listed error on, which is the last thing that it writes."""
        if self._held or _is_listed(line):
            self._held.append(line)
        else:
            self._say(line)

    def end(self) -> None:
        """Print the listed error with what to do, and any other error behind it."""
        if self._held:
            self.ended_with = explained(self._held, self._stack)
            self._say(f"error: {self.ended_with}")
        for line in self._held[1:]:
            if line.startswith(("error: ", "warning: ")):
                self._say(line)


def _is_listed(line: str) -> bool:
    listed = [words for words, _ in _NEXT_STEPS]
    return line.startswith("error: ") and any(re.search(words, line) for words in (*_LOCKED, _CUT_OFF.pattern, *listed))


def of_command(error: CommandError, stack: str) -> ReplicaError:
    """Do the same for a command of the Automation API that failed."""
    text = str(error).partition("stderr:")[2] or str(error)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return explained(list(dropwhile(lambda line: not line.startswith("error: "), lines)) or lines, stack)
