"""What each command does with an opened stack: repair first, the engine's operation with its own display, the table.

A command returns its exit code: the engine's own, or 1 where nothing was done.
"""

import argparse
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pulumi import automation

from components.replica import readiness
from tools.runner import accounts, engine_errors, healing, strays, table
from tools.runner.display import Display
from tools.runner.stack import Stack

SLOTS = 16
"""Operations at once besides the copies that each hold a slot."""


def up(stack: Stack, options: argparse.Namespace) -> int:
    """Repair, refresh, create and update replicas, and wait until they are usable."""
    stack.journal.begin()
    kept = healing.repair_stack(stack)
    if not options.yes and not _confirmed(stack, options, "update", preview):
        return 1
    if options.refresh and not _is_partial(options):
        healing.discard_dead_copies(stack)
    strays.settle(stack, strays.places_of_young(stack, now=time.time()), reports=False)
    shared = _with_room_for_copies(stack, options)
    if not _left_out(shared, [str(creation.row["urn"]) for creation in kept]):
        return 1
    before = stack.rows

    def run() -> int:
        on_event, refresh = stack.journal.record, options.refresh
        return _operate(stack, stack.engine.up, continue_on_error=True, refresh=refresh, on_event=on_event, **shared)

    code = run()
    if stack.journal.found_taken and not stack.command.interrupted and healing.records_lost_copies(stack):
        code = run()
    report(stack, options)
    if not stack.command.interrupted:
        # What an earlier run has started may have been listed too late to be used.
        strays.settle(stack, strays.places_of_new(stack, before))
    if stack.journal.unwritten:
        stack.say(f"repair: {stack.journal.unwritten}")
    if left := healing.unrecorded(stack):
        names = ", ".join(creation.name for creation in left)
        stack.say(f"repair: whether {names} was started is not known; the next `up` looks for it first")
    else:
        stack.journal.clear()
    return code or int(bool(kept))


def preview(stack: Stack, options: argparse.Namespace) -> int:
    """Show what `up` would do; it changes nothing in the cloud."""
    healing.report_unrecorded(stack)
    if options.refresh and not _is_partial(options):
        healing.report_dead_copies(stack)
    return _operate(stack, stack.engine.preview, refresh=options.refresh, **_shared(stack, options))


def refresh(stack: Stack, options: argparse.Namespace) -> int:
    """Read the replicas' real state into the stack's: drift, expiry, loss, failure."""
    kept = healing.repair_stack(stack)
    code = _operate(stack, stack.engine.refresh, **_shared(stack, options))
    report(stack, options)
    return code or int(bool(kept))


def destroy(stack: Stack, options: argparse.Namespace) -> int:
    """Delete all replicas of the stack."""
    kept = healing.repair_stack(stack)
    if not options.yes and not _confirmed(stack, options, "destroy", None):
        return 1
    if not _is_partial(options):
        healing.cancel_running_copies(stack)
        strays.settle(stack, stack.places())
    shared = _with_room_for_copies(stack, options)
    if kept and stack.has_identity:  # by which what is not recorded yet is found
        _left_out(shared, [stack.identity_urn])
    if excluded := shared.pop("exclude", ()):  # the Automation API's destroy knows none
        del shared["exclude_dependents"]  # a destroy keeps what the excluded depend on
        stack.command.pass_on(*(f"--exclude={urn}" for urn in excluded))
    # The states of removed replicas need no refresh: a delete finds out by itself whether there is anything to delete.
    return _operate(stack, stack.engine.destroy, continue_on_error=True, **shared) or int(bool(kept))


def repair(stack: Stack, _options: argparse.Namespace) -> int:
    """Find copies that a killed run started but did not record."""
    kept = healing.repair_stack(stack)
    strays.settle(stack, stack.places())
    stack.say("repair: done, but for the regions that did not answer" if kept else "repair: done")
    return int(bool(kept))


def report(stack: Stack, _options: argparse.Namespace) -> int:
    """Show the stack's replicas with what the cloud reports of them now."""
    if replicas := table.recorded(stack.rows):
        states, problems = table.look_up(replicas, lambda type_: stack.cloud(type_).service)
        if None in states.values():  # not listed, for these credentials
            problems += accounts.problem(stack)
        print()
        table.show(replicas, states, sys.stdout)
        for line in problems:
            print(line, flush=True)
    return 0


def _operate(stack: Stack, operation: Callable[..., Any], **options: Any) -> int:
    """Run one engine operation, stream its own display, and return its exit code."""
    healing.name_holders(stack)
    display = Display(stack.target.plugins if stack.target else "")
    color = "always" if sys.stdout.isatty() else "never"
    errors = engine_errors.ErrorOutput(stack.say, stack.name)
    code = 0
    with stack.telling(), _signals_end_waits(stack), warnings.catch_warnings():
        stack.forget_export()
        warnings.filterwarnings("ignore", message="Error in event stream")  # of an engine that was killed
        try:
            operation(on_output=display.show, on_error=errors.show, color=color, **options)
        except automation.errors.CommandError:
            readiness.interrupt_all(readiness.STOPPED)  # a program whose engine is gone must not wait on
            if stack.command.interrupted and not display.has_shown(readiness.STOPPED):
                # An engine that is stopping may not take the program's last line any more.
                stack.say(f"error: {readiness.STOPPED}")
            code = stack.command.exit_code or 1
        finally:
            errors.end()
    for unread in stack.unread:
        stack.say(
            f"error: {unread.service} in {unread.region} gave no answer, so what is recorded of it was kept: "
            f"{unread.problem}. Next: run the same command again when it answers."
        )
    return code or int(bool(stack.unread))


@contextmanager
def _signals_end_waits(stack: Stack) -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and the end of the terminal end the program's waits and reach the engine, each once."""

    def stop(_number: int, _frame: object) -> None:
        readiness.interrupt_all(readiness.STOPPED)
        stack.command.interrupt()

    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # `nohup`
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _is_partial(options: argparse.Namespace) -> bool:
    """Report whether the run is limited to some replicas."""
    return bool(options.target or options.exclude)


def _shared(stack: Stack, options: argparse.Namespace) -> dict[str, Any]:
    named = ("parallel", "diff", "expect_no_changes", "target_dependents")
    shared = {key: value for key in named if (value := getattr(options, key, None))}
    for key in ("target", "exclude", "replace"):
        if names := getattr(options, key, None):
            shared[key] = [stack.urn_of(name) for name in names]
    if "exclude" in shared:
        # Without it the engine creates what depends on a creation that is left out, and cannot save its state any more.
        shared["exclude_dependents"] = True
    if "target" in shared:
        shared["target"] += stack.companions_of(shared["target"])
    if "target" in shared and options.command in {"up", "preview"} and not stack.has_identity:
        shared["target"].append(stack.identity_urn)  # every copy is marked with it
    literal = {urn for key in ("target", "exclude") for urn in shared.get(key, ()) if "*" not in urn}
    if getattr(options, "refresh", False) and literal - {row["urn"] for row in stack.rows}:
        # The engine's refresh refuses what the state lacks; one that runs the program knows that it is declared.
        shared["run_program"] = True
    return shared


def _left_out(shared: dict[str, Any], urns: Sequence[str]) -> bool:
    """Leave resources out of an operation; report whether anything is left to operate on."""
    if "target" in shared:
        shared["target"] = [urn for urn in shared["target"] if urn not in urns]
        return bool(shared["target"])
    if urns:
        shared["exclude"] = [*shared.get("exclude", ()), *urns]
        shared["exclude_dependents"] = True
    return True


def _with_room_for_copies(stack: Stack, options: argparse.Namespace) -> dict[str, Any]:
    """Let all copies that hold one of the engine's slots until they are usable run at once."""
    slots = stack.project.slots(options.stack)
    return {**({"parallel": slots + SLOTS} if slots else {}), **_shared(stack, options)}


def _confirmed(
    stack: Stack, options: argparse.Namespace, what: str, show: Callable[[Stack, argparse.Namespace], int] | None
) -> bool:
    if show and (code := show(stack, options)) != 0 and not stack.unread:
        raise SystemExit(code)
    answer = input(f"Do you want to {what} stack {stack.name}? Type its name to continue: ")
    if answer.strip() == stack.name:
        stack.forget_export()  # it may have been changed while the question stood
        return True
    stack.say("nothing more was changed")
    return False
