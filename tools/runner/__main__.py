"""The command line: `replicas up prod`."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

from pulumi.automation.errors import CommandError

from components.clouds import endpoints
from components.clouds.errors import ReplicaError
from tools.engine import EngineNotFound
from tools.runner import operations, target
from tools.runner.project import Project
from tools.runner.stack import Stack, environment, open_stack
from tools.runner.target import CHECKOUT, Target

GROUPS = {
    "Change": {
        "up": "repair, refresh, create and update replicas, and wait until they are usable",
        "destroy": "delete all replicas of the stack",
    },
    "Look": {
        "preview": "show what `up` would do; changes nothing in the cloud",
        "report": "show the stack's replicas with what the cloud reports of them now",
        "refresh": "read the replicas' real state into the stack's: drift, expiry, loss, failure",
    },
    "Recover": {
        "repair": "find copies that a killed run started but did not record",
    },
    "Set up": {
        "env": "print the variables that plain `pulumi` needs for this stack, for `eval`",
        "schema": "print the JSON Schema of stack config files, for editors",
    },
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code: the engine's own, 1 for an expected error, 2 for wrong usage."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except ReplicaError as error:
        _say(f"error: {error}")
    except EngineNotFound as error:
        _say(str(error))
    except CommandError as error:
        _say(f"error: stack {options.stack}: {_first_line(error)}. Next: fix that, then run the same command again.")
    except (KeyboardInterrupt, EOFError):
        _say("error: stopped; nothing was changed since the last line. Next: run the same command again.")
        return 130
    return 1


def _on_stack(do: Callable[[Stack, argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """Make a command of what is done with an opened stack."""

    def run(options: argparse.Namespace) -> int:
        project = Project(options.directory)
        where = _target_of(project, options.stack)
        stack = open_stack(project, options.stack, where, say=_say, language_host=options.language_host)
        return do(stack, options)

    return run


def _env(options: argparse.Namespace) -> int:
    where = _target_of(Project(options.directory), options.stack)
    # Plain `pulumi` may download the vendors' own plugins at any time.
    variables = environment(where) | (dict(where.proxy) if where else {})
    print("\n".join(f"export {key}={shlex.quote(value)}" for key, value in sorted(variables.items())))
    return 0


def _schema(options: argparse.Namespace) -> int:
    from components.replica.settings import json_schema  # noqa: PLC0415 - no other command needs the models

    text = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


def _target_of(project: Project, stack: str) -> Target | None:
    config = project.stack_config(stack)
    return target.describe(project.directory, os.environ) if endpoints.is_loopback_only(config) else None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "replicas",
        usage="replicas [-h] [-C DIR] COMMAND STACK [OPTION ...]",
        description="Runs a stack of cross-region replicas on the real Pulumi engine.",
        epilog=_listed(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "-C",
        "--cwd",
        dest="directory",
        type=lambda text: Path(text).resolve(),
        default=CHECKOUT,
        metavar="DIR",
        help="the directory that holds Pulumi.yaml (default: this checkout)",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", help=argparse.SUPPRESS)
    texts = {name: text for group in GROUPS.values() for name, text in group.items()}

    def command(name: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        text = f"{texts[name][0].upper()}{texts[name][1:]}."
        added = commands.add_parser(name, prog=f"replicas {name}", description=text)
        added.set_defaults(run=run)
        return added

    def stack_command(name: str, do: Callable[[Stack, argparse.Namespace], int]) -> argparse.ArgumentParser:
        added = command(name, _on_stack(do))
        _add_stack(added)
        host = added.add_mutually_exclusive_group()
        host.add_argument(
            "--language-host",
            action="store_true",
            default=None,
            help="let the engine start the program (default: where the engine can)",
        )
        host.add_argument(
            "--inline", dest="language_host", action="store_false", help="run the program in this process"
        )
        return added

    up = stack_command("up", operations.up)
    destroy = stack_command("destroy", operations.destroy)
    preview = stack_command("preview", operations.preview)
    refresh = stack_command("refresh", operations.refresh)
    for added in (up, preview, refresh, destroy):
        added.add_argument("--parallel", type=int, metavar="N", help="resource operations at once")
        added.add_argument(
            "--target", action="append", metavar="NAME", help="only this replica, by name or URN; repeatable"
        )
        added.add_argument("--diff", action="store_true", help="show the engine's detailed diff")
    for added in (up, preview):
        added.add_argument("--replace", action="append", metavar="NAME", help="copy this one again; repeatable")
        added.add_argument("--no-refresh", dest="refresh", action="store_false", help="trust the state as it is")
    for added in (up, preview, refresh):
        added.add_argument("--expect-no-changes", action="store_true", help="fail if anything changes")
    for added in (up, destroy):
        added.add_argument("--yes", action="store_true", help="skip confirmation")
    stack_command("report", operations.report)
    stack_command("repair", operations.repair)
    _add_stack(command("env", _env))
    schema = command("schema", _schema)
    schema.add_argument("--output", type=Path, metavar="FILE", help="write it there instead")
    return parser


def _add_stack(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("stack", help="name of the stack: stacks/Pulumi.<stack>.yaml")


def _listed() -> str:
    lines = []
    for title, group in GROUPS.items():
        lines += [f"{title}:", *(f"  {name:9} {text}" for name, text in group.items()), ""]
    return "\n".join([*lines, "`replicas COMMAND --help` shows the options of a command."])


def _first_line(error: CommandError) -> str:
    """Return in one line why a CLI command failed."""
    text = str(error).partition("stderr:")[2] or str(error)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0].removeprefix("error: ") if lines else "the engine printed nothing"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
