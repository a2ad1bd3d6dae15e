"""What to do about the engine's own errors: it says what is wrong, and seldom what to do now.

The first words that match decide. Nothing is decided from them but what a person is advised.
"""

import re
from collections.abc import Sequence
from itertools import dropwhile

from pulumi.automation.errors import CommandError

from components.clouds.errors import ReplicaError
from tools.runner import leftovers

AGAIN = "then run the same command again"

_LOCK = re.compile(r"created by (?P<user>\S*)@(?P<host>\S*) \(pid (?P<pid>\d+)\) at (?P<since>\S+)")

_NEXT_STEPS = (
    (r"passphrase", f"set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE, to that of the stack, {AGAIN}"),
    (
        r"PULUMI_ACCESS_TOKEN|not logged in|\[401\]|[Uu]nauthorized",
        f"set PULUMI_ACCESS_TOKEN, or name the stack's backend with PULUMI_BACKEND_URL or `pulumi login`, {AGAIN}",
    ),
    (r"snapshot integrity", "run `pulumi state repair --stack {stack}`, " + AGAIN),
    (
        r"failed to load checkpoint",
        "put the stack's file back from its copy in the backend (`.bak` beside it), then run `replicas repair {stack}`",
    ),
    (r"decrypt|secrets manager", f"make the stack's secrets provider and its credentials available, {AGAIN}"),
    (r"[Cc]onfiguration|stack config", "correct stacks/Pulumi.{stack}.yaml, " + AGAIN),
    (r"does not satisfy the version range", f"install such a Pulumi and put it first on PATH, {AGAIN}"),
    (r"plugin", f"run `pulumi plugin install`, or put the plugin on PATH, {AGAIN}"),
    (r"unexpected end of JSON input", "if no run is using the stack, run `pulumi cancel --stack {stack}`, " + AGAIN),
    (
        r"\(code=\w+\)|open bucket|no such host|dial tcp|connection refused|deadline exceeded|no driver registered",
        f"check PULUMI_BACKEND_URL, the network and the credentials of the backend, {AGAIN}",
    ),
)
"""Words of the engine -> the next step; more than one may match."""


def explained(lines: Sequence[str], stack: str) -> ReplicaError:
    """Turn what the engine wrote on its standard error into one line with the next step.

    Args:
        lines: All of it, from its error on.
        stack: The stack's name.
    """
    text = "\n".join(lines)
    problem = lines[0].removeprefix("error: ").rstrip(" .!") if lines else "the engine printed nothing"
    name = stack.rpartition("/")[2]
    if owner := _LOCK.search(text):
        return leftovers.locked(stack, **owner.groupdict())
    if "Another update is currently in progress" in text:
        return leftovers.StackBusy(
            f"stack {stack} is being changed by another run, which the stack's page shows",
            f"wait until that run has ended; if it is dead, run `pulumi cancel --stack {stack}`, {AGAIN}",
        )
    known = (step.format(stack=name) for words, step in _NEXT_STEPS if re.search(words, text))
    return ReplicaError(f"stack {stack}: {problem}", next(known, f"correct that, {AGAIN}"))


def of_command(error: CommandError, stack: str) -> ReplicaError:
    """Do the same for a command of the Automation API that failed."""
    text = str(error).partition("stderr:")[2] or str(error)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return explained(list(dropwhile(lambda line: not line.startswith("error: "), lines)) or lines, stack)
