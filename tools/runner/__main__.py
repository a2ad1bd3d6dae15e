"""Command line of the stack runner: `python -m tools.runner up sandbox`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from pulumi.automation.errors import CommandError

from components.clouds.errors import ReplicaError
from components.replica import readiness
from tools.engine import EngineNotFound
from tools.runner.project import Project, as_exports, sandbox_proxy
from tools.runner.run import Run, first_line, open_stack

SLOTS = 16
"""Operations at once besides the images."""

PROJECT = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code: the engine's own, 1 for an expected error, 2 for wrong usage."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "env":
            print(as_exports(_environment_of(Project(options.directory), options.stack)))
            return 0
        run = open_stack(options.directory, options.stack, say=_say, language_host=options.language_host)
        return int(options.do(run, options))
    except ReplicaError as error:
        _say(f"error: {error}")
    except EngineNotFound as error:
        _say(str(error))
    except CommandError as error:
        _say(f"error: stack {options.stack}: {first_line(error)}. Next: mend that, then run the same command again.")
    except (KeyboardInterrupt, EOFError):
        _say("error: stopped; nothing was changed since the last line. Next: run the same command again.")
        return 130
    return 1


def _environment_of(project: Project, stack: str) -> dict[str, str]:
    """Return what plain `pulumi` needs; it may download the real plugins at any time."""
    variables = project.environment(stack, os.environ)
    return {**variables, **sandbox_proxy(variables)} if project.is_sandbox(stack) else variables


def _up(run: Run, options: argparse.Namespace) -> int:
    run.repair(apply=True)
    if not options.yes and not _confirmed(run, options, "update", _preview):
        return 1
    if options.refresh and not options.target:
        run.delete_failed_copies()
    shared = _with_room_for_images(run, options)
    os.environ[readiness.TARGETS] = " ".join(shared.get("target", ()))
    code = run.operate(
        run.stack.up, continue_on_error=True, refresh=options.refresh, on_event=run.journal.hear, **shared
    )
    _show_table(run)
    if left := run.journal.unrecorded():
        names = ", ".join(creation.name for creation in left)
        _say(f"repair: whether {names} was started is not known; the next `up` looks for it first")
    return code


def _preview(run: Run, options: argparse.Namespace) -> int:
    run.repair(apply=False)
    if options.refresh and not options.target:
        run.tell_failed_copies()
    return run.operate(run.stack.preview, refresh=options.refresh, **_shared(run, options))


def _refresh(run: Run, options: argparse.Namespace) -> int:
    run.repair(apply=True)
    code = run.operate(run.stack.refresh, **_shared(run, options))
    _show_table(run)
    return code


def _destroy(run: Run, options: argparse.Namespace) -> int:
    run.repair(apply=True)
    if not options.yes and not _confirmed(run, options, "destroy", None):
        return 1
    if not options.target:
        run.cancel_running_copies()
    # The states of removed replicas need no refresh: a delete finds out by itself whether there is anything to delete.
    return run.operate(run.stack.destroy, continue_on_error=True, **_with_room_for_images(run, options))


def _repair(run: Run, _options: argparse.Namespace) -> int:
    run.repair(apply=True)
    _say("repair: done")
    return 0


def _report(run: Run, _options: argparse.Namespace) -> int:
    _show_table(run)
    return 0


def _shared(run: Run, options: argparse.Namespace) -> dict[str, Any]:
    named = ("parallel", "diff", "expect_no_changes")
    shared = {key: value for key in named if (value := getattr(options, key, None))}
    for key in ("target", "replace"):
        if names := getattr(options, key, None):
            shared[key] = [run.urn_of(name) for name in names]
    return shared


def _with_room_for_images(run: Run, options: argparse.Namespace) -> dict[str, Any]:
    """Let all images be copied at once: each holds one of the engine's slots until it is there."""
    shared = _shared(run, options)
    images = run.declared_images(options.stack)
    return {"parallel": images + SLOTS, **shared} if images else shared


def _show_table(run: Run) -> None:
    if text := run.replicas_table():
        print(f"\n{text}", flush=True)


def _confirmed(run: Run, options: argparse.Namespace, what: str, show: Any) -> bool:
    if not sys.stdin.isatty():
        _say(f"error: nobody is there to confirm this {what}. Next: run it with --yes.")
        return False
    if show and (code := show(run, options)) != 0:
        raise SystemExit(code)
    answer = input(f"Do you want to {what} stack {run.stack.name}? Type its name to go on: ")
    if answer.strip() == run.stack.name:
        run.forget_export()
        return True
    _say("nothing more was changed")
    return False


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m tools.runner", description="Runs a stack of this project on the real Pulumi engine."
    )
    parser.add_argument(
        "-C",
        "--cwd",
        dest="directory",
        type=lambda text: Path(text).resolve(),
        default=PROJECT,
        metavar="DIR",
        help="the directory that holds Pulumi.yaml (default: this checkout)",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, do: Any, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.add_argument("stack", help="name of the stack: stacks/Pulumi.<stack>.yaml")
        host = added.add_mutually_exclusive_group()
        host.add_argument(
            "--language-host",
            dest="language_host",
            action="store_true",
            default=None,
            help="let the engine start the program (default: where the engine can)",
        )
        host.add_argument(
            "--inline", dest="language_host", action="store_false", help="run the program in this process"
        )
        added.set_defaults(do=do)
        return added

    up = command("up", _up, "repair, refresh, create and update replicas, wait until they are usable")
    preview = command("preview", _preview, "show what `up` would do; changes nothing in the cloud")
    refresh = command("refresh", _refresh, "read the replicas' real state: drift, expiry, loss, failure")
    destroy = command("destroy", _destroy, "delete all replicas of the stack")
    for added in (up, preview, refresh, destroy):
        added.add_argument("--parallel", type=int, metavar="N", help="resource operations at once")
        added.add_argument("--target", action="append", metavar="NAME", help="only this replica, or URN; repeatable")
        added.add_argument("--diff", action="store_true", help="show the engine's detailed diff")
    for added in (up, preview):
        added.add_argument("--replace", action="append", metavar="NAME", help="copy this one again; repeatable")
        added.add_argument("--no-refresh", dest="refresh", action="store_false", help="trust the state as it is")
    for added in (up, preview, refresh):
        added.add_argument("--expect-no-changes", action="store_true", help="fail if anything changes")
    for added in (up, destroy):
        added.add_argument("--yes", action="store_true", help="do not ask")
    command("repair", _repair, "find copies that a killed run started but did not record")
    command("report", _report, "show the stack's replicas with what the cloud says of them")
    command("env", None, "print the variables that plain `pulumi` needs for this stack, for eval")
    return parser


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
