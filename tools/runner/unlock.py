"""Ends the lock that a dead run left on a stack: shows whose it is, asks, and has the engine cancel that run.

It works with every backend, since it asks the engine and no file. It never ends a lock whose owner runs on this
machine. Whether an owner on another one is dead is what the person has to know.
"""

import argparse
import socket
from datetime import UTC, datetime

from pulumi.automation.errors import CommandError

from tools.runner import engine_errors, leftovers
from tools.runner.leftovers import Lock, StackBusy
from tools.runner.stack import Stack


def unlock(stack: Stack, options: argparse.Namespace) -> int:
    """End the lock that a dead run left on the stack, after showing whose it is."""
    found = _found(stack)
    if found is None:
        stack.say(f"stack {stack.name} is not locked")
        return 0
    for lock in found.locks:
        stack.say(f"lock: process {lock.pid} of {lock.user} on {lock.host} since {lock.since}{_age(lock)}")
        if lock.host == socket.gethostname() and leftovers.is_alive(int(lock.pid), lock.since):
            raise StackBusy(
                f"stack {stack.name} is being changed by process {lock.pid}, which is running on this machine",
                f"wait until that run has ended, or interrupt it with `kill -INT {lock.pid}`",
            )
    if not found.locks:
        stack.say(f"lock: {found.problem}")
    if not options.yes:
        question = f"Is that run dead? A living one would lose its state. Type the name {stack.name} to end its lock: "
        if input(question).strip() != stack.name:
            stack.say("nothing was changed")
            return 1
    stack.command.run(["cancel", "--yes", "--stack", stack.name], str(stack.project.directory), {})
    stack.say(
        f"stack {stack.name} is not locked any more. Next: run `replicas up {stack.name}`, which finds what the dead"
        " run started and did not record."
    )
    return 0


def _found(stack: Stack) -> StackBusy | None:
    try:
        stack.claim()
    except StackBusy as busy:
        return busy
    except CommandError as error:
        known = engine_errors.of_command(error, stack.name)
        if isinstance(known, StackBusy):
            return known
        raise
    return None


def _age(lock: Lock) -> str:
    try:
        age = datetime.now(UTC) - datetime.fromisoformat(lock.since)
    except (ValueError, TypeError):
        return ""
    minutes = max(0, int(age.total_seconds() // 60))
    return f", {minutes // 60} h {minutes % 60} min ago"
