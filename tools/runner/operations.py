"""What each command does with an opened stack: repair first, the engine's operation with its own display, the table.

A command returns its exit code: the engine's own, or 1 where nothing was done.
"""

import argparse
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from pulumi import automation
from pulumi.automation import EngineEvent

from components import kinds
from components.replica import readiness
from tools.runner import accounts, engine_errors, healing, leftovers, outages, strays, table
from tools.runner.display import Display
from tools.runner.outages import Look
from tools.runner.progress import Problem
from tools.runner.stack import Stack

if TYPE_CHECKING:  # takes a third of a second to import, and two commands need it
    from tools.review.events import Recorder

SLOTS = 16
"""Operations at once besides the copies that each hold a slot."""


def up(stack: Stack, options: argparse.Namespace) -> int:
    """Repair, refresh, create and update replicas, and wait until they are usable."""
    stack.journal.begin()
    kept = healing.repair_stack(stack)
    if not options.yes and not _confirmed(stack, options, "update", _show):
        return _ended(stack, 1)
    seen = outages.look_at_natives(stack) if options.refresh else Look()
    # A confirmed preview has passed, unless a region that gave no answer made it fail.
    if (options.yes or stack.silent) and (code := _refused(stack, options, seen)):
        return _ended(stack, code)
    if options.refresh and not _is_partial(options):
        healing.discard_dead_copies(stack, seen)
    strays.settle(stack, strays.places_of_young(stack, now=time.time()), reports=False)
    shared = _with_room_for_copies(stack, options)
    if not _leave_out(stack, options, shared, seen, [str(creation.row["urn"]) for creation in kept]):
        return _ended(stack, 1)
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
        for unread in strays.settle(stack, strays.places_of_new(stack, before)):
            stack.say(f"repair: {unread.problem}")
    if stack.journal.unwritten:
        stack.say(f"repair: {stack.journal.unwritten}")
    if left := healing.unrecorded(stack):
        names = ", ".join(creation.name for creation in left)
        stack.say(f"repair: whether {names} was started is not known; the next `up` looks for it first")
    else:
        stack.journal.clear()
    return _ended(stack, code)


def preview(stack: Stack, options: argparse.Namespace) -> int:
    """Show what `up` would do; it changes nothing in the cloud."""
    code = _show(stack, options)
    return _ended(stack, code)


def review(stack: Stack, options: argparse.Namespace) -> int:
    """Write a report of what `up` would do: regions, cost, residency, recovery.

    It ends with 0 where nothing changes, 2 with changes, 3 with a mandatory finding, 1 with an error.
    """
    # Takes a third of a second to import, and no other command needs it.
    from tools.review import command, events  # noqa: PLC0415 - as above

    recorder = events.Recorder()
    _record(stack, options, recorder, stack.engine.preview, refresh=options.refresh, **_packs(stack))
    return command.finish(command.make(stack, recorder, options.prices, mode="review"), options)


def drift(stack: Stack, options: argparse.Namespace) -> int:
    """Write a report of what has become of the replicas: changed by hand, expired, gone, failed.

    It ends with 0 without drift, 2 with drift, 1 with an error; nothing is changed, the state included.
    """
    from tools.review import command, events  # noqa: PLC0415 - as in review

    recorder = events.Recorder(drift=True)
    _record(stack, options, recorder, stack.engine.refresh, preview_only=True)
    return command.finish(command.make(stack, recorder, options.prices, mode="drift"), options)


def refresh(stack: Stack, options: argparse.Namespace) -> int:
    """Read the replicas' real state into the stack's: drift, expiry, loss, failure."""
    healing.repair_stack(stack)
    shared = _shared(stack, options)
    code = 0
    if _leave_out(stack, options, shared, outages.look_at_natives(stack)):
        code = _operate(stack, stack.engine.refresh, **shared)
    report(stack, options)
    return _ended(stack, code)


def destroy(stack: Stack, options: argparse.Namespace) -> int:
    """Delete all replicas of the stack."""
    kept = healing.repair_stack(stack)
    if not options.yes and not _confirmed(stack, options, "destroy", None):
        return _ended(stack, 1)
    seen = outages.look(stack, kinds.rows().keys())
    if not _is_partial(options):
        healing.cancel_running_copies(stack, seen)
        outages.note(stack, seen.silent.values())
        outages.note(stack, strays.settle(stack, stack.places()))
    shared = _with_room_for_copies(stack, options)
    if not _leave_out(stack, options, shared, seen, outages.needed_by(kept, stack)):
        return _ended(stack, 1)
    if excluded := shared.pop("exclude", ()):  # the Automation API's destroy knows none
        del shared["exclude_dependents"]  # a destroy keeps what the excluded depend on
        stack.command.pass_on(*(f"--exclude={urn}" for urn in excluded))
    # The states of removed replicas need no refresh: a delete finds out by itself whether there is anything to delete.
    code = _operate(stack, stack.engine.destroy, continue_on_error=True, **shared)
    return _ended(stack, code)


def repair(stack: Stack, _options: argparse.Namespace) -> int:
    """Find copies that a killed run started but did not record."""
    healing.repair_stack(stack)
    outages.note(stack, strays.settle(stack, stack.places()))
    stack.say("repair: done, but for the regions that did not answer" if stack.silent else "repair: done")
    return _ended(stack, 0)


def report(stack: Stack, _options: argparse.Namespace) -> int:
    """Show the stack's replicas with what the cloud reports of them now."""
    replicas = table.recorded(stack.rows)
    asked = [each for each in replicas if not outages.known(stack, each.type, each.region)]
    states, problems = table.look_up(asked, lambda type_: stack.cloud(type_).service)
    if None in states.values():  # not listed, for these credentials
        problems += accounts.problem(stack)
    if stack.follower:
        stack.follower.list(table.lines(replicas, states))
    if replicas:
        print()
        table.show(replicas, states, sys.stdout)
        for line in problems:
            print(line, flush=True)
    return 0


def _ended(stack: Stack, code: int) -> int:
    """Report the silent regions, and return the exit code of a command that ended with `code`."""
    silent = outages.report(stack)
    return code or silent


def _show(stack: Stack, options: argparse.Namespace) -> int:
    healing.report_unrecorded(stack)
    seen = outages.look_at_natives(stack) if options.refresh else Look()
    if None in seen.states.values():  # not listed, for these credentials: a native plugin takes that for gone
        accounts.verify_accounts(stack)
    if options.refresh and not _is_partial(options):
        healing.report_dead_copies(stack, seen)
    shared = {**_shared(stack, options), **_packs(stack)}
    if not _leave_out(stack, options, shared, seen):
        return 1
    return _operate(stack, stack.engine.preview, refresh=options.refresh, **shared)


def _packs(stack: Stack) -> dict[str, Any]:
    """Return the policy pack for a preview of a stack that demands something of its replicas."""
    pack = stack.project.pack if stack.project.policies(stack.name) else None
    return {"policy_packs": [str(pack)]} if pack else {}


def _refused(stack: Stack, options: argparse.Namespace, seen: Look) -> int:
    """Have the policy pack judge what an `up` that asks nobody would do: the engine's up would create first.

    It shows nothing where nothing is violated; else it returns the preview's exit code.
    """
    shared = {**_shared(stack, options), **_packs(stack)}
    shared.pop("expect_no_changes", None)  # that is asked of the up, which refreshes first
    if "policy_packs" not in shared or not _leave_out(stack, options, shared, seen):
        return 0
    shared.pop("run_program", None)  # nothing is refreshed here
    return _operate(stack, stack.engine.preview, shows_success=False, **shared)


def _operate(stack: Stack, operation: Callable[..., Any], *, shows_success: bool = True, **options: Any) -> int:
    """Run one engine operation, stream its own display, and return its exit code."""
    healing.name_holders(stack)
    follower = stack.follower if shows_success else None
    display = Display(stack.target.plugins if stack.target else "", is_hidden=bool(follower and follower.hides_engine))
    held: list[str] = []
    show = display.show if shows_success else held.append
    if follower:
        follower.progress.is_noise = display.is_empty
        options["on_event"] = _each(options.get("on_event"), follower.record)
    following = follower.following(operation.__name__, is_well=lambda: not code) if follower else nullcontext()
    errors = engine_errors.ErrorOutput(stack.say, stack.name)
    code = 0
    with stack.telling(), following, _signals_end_waits(stack), warnings.catch_warnings():
        stack.forget_export()
        warnings.filterwarnings("ignore", message="Error in event stream")  # of an engine that was killed
        try:
            operation(on_output=show, on_error=errors.show, color=_color(), **options)
        except automation.errors.CommandError:
            readiness.interrupt_all(readiness.STOPPED)  # a program whose engine is gone must not wait on
            for line in held:
                display.show(line)
            if stack.command.interrupted and not display.has_shown(readiness.STOPPED):
                # An engine that is stopping may not take the program's last line any more.
                stack.say(f"error: {readiness.STOPPED}")
            code = stack.command.exit_code or 1
        finally:
            errors.end()
    if follower and (found := errors.ended_with):
        follower.say(Problem(str(found), is_lock=isinstance(found, leftovers.StackBusy)))
    return code


def _record(
    stack: Stack, options: argparse.Namespace, recorder: "Recorder", operation: Callable[..., Any], **how: Any
) -> None:
    """Run one engine operation and record it; what keeps the record from being complete is one of its problems."""
    from components.replica.settings import REVIEWED  # noqa: PLC0415 - as in review

    healing.report_unrecorded(stack)
    seen = outages.look_at_natives(stack) if options.refresh else Look()
    if None in seen.states.values():  # as in _show
        accounts.verify_accounts(stack)
    if options.refresh:
        recorder.take_dead(healing.report_dead_copies(stack, seen))
    shared = _shared(stack, options)
    code = 0
    if _leave_out(stack, options, shared, seen):
        os.environ[REVIEWED] = "1"
        try:
            code = _operate(stack, operation, on_event=recorder.take, **how, **shared)
        finally:
            del os.environ[REVIEWED]
    outages.report(stack)
    recorder.problems += [f"{unread.service} in {unread.region}: {unread.problem}" for unread in stack.silent.values()]
    if code and not recorder.problems and not recorder.violations:
        recorder.problems.append(f"the engine ended with exit code {code}")


def _each(*takers: Callable[[EngineEvent], None] | None) -> Callable[[EngineEvent], None]:
    def take(event: EngineEvent) -> None:
        for taker in takers:
            if taker:
                taker(event)

    return take


def _color() -> str:
    """Say whether the engine colours its lines: in a terminal that can show it, unless a person wants none."""
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return "always" if sys.stdout.isatty() and not is_plain else "never"


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
    return shared


def _leave_out(
    stack: Stack, options: argparse.Namespace, shared: dict[str, Any], seen: Look, others: Sequence[str] = ()
) -> bool:
    """Leave silent regions and other resources out of an operation; report whether anything is left to operate on."""
    silent = outages.silent_rows(stack, seen)
    left = outages.leave_out(stack, shared, [*silent, *others])
    outages.note(stack, [silent[urn] for urn in left if urn in silent])
    literal = {urn for key in ("target", "exclude") for urn in shared.get(key, ()) if "*" not in urn}
    if getattr(options, "refresh", False) and literal - {row["urn"] for row in stack.rows}:
        # The engine's refresh refuses what the state lacks; one that runs the program knows that it is declared.
        shared["run_program"] = True
    return shared.get("target") != []


def _with_room_for_copies(stack: Stack, options: argparse.Namespace) -> dict[str, Any]:
    """Let all copies that hold one of the engine's slots until they are usable run at once."""
    slots = stack.project.slots(options.stack)
    return {**({"parallel": slots + SLOTS} if slots else {}), **_shared(stack, options)}


def _confirmed(
    stack: Stack, options: argparse.Namespace, what: str, show: Callable[[Stack, argparse.Namespace], int] | None
) -> bool:
    if show and (code := show(stack, options)) != 0 and not stack.silent:
        raise SystemExit(code)
    answer = input(f"Do you want to {what} stack {stack.name}? Type its name to continue: ")
    if answer.strip() == stack.name:
        stack.forget_export()  # it may have been changed while the question stood
        return True
    stack.say("nothing more was changed")
    return False
