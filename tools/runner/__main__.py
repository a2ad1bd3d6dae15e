"""The command line: `replicas up prod`."""

import argparse
import json
import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pulumi.automation.errors import CommandError

from components.clouds import endpoints
from components.clouds.errors import ReplicaError
from tools.engine import EngineNotFound
from tools.runner import audit as audits
from tools.runner import engine_errors, operations, streams, target
from tools.runner.project import Project
from tools.runner.stack import environment, open_stack
from tools.runner.target import CHECKOUT, Target


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code: the engine's own, 1 for an expected error, 2 for wrong usage."""
    with streams.lasting(), _signals_end_in_order():
        return _run(_parser().parse_args(arguments))


def _run(options: argparse.Namespace) -> int:
    try:
        return int(options.run(options))
    except ReplicaError as error:
        _say(f"error: {error}")
    except EngineNotFound as error:
        _say(str(error))
    except CommandError as error:
        _say(f"error: {engine_errors.of_command(error, options.stack)}")
    except (KeyboardInterrupt, EOFError):
        _say("error: stopped; nothing was changed since the last line. Next: run the same command again.")
        return 130
    return 1


@contextmanager
def _signals_end_in_order() -> Iterator[None]:
    """Let SIGTERM, and SIGHUP unless it is ignored (`nohup`), end a command as Ctrl-C does; a second one, at once."""
    numbers = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_DFL]

    def stop(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        raise KeyboardInterrupt

    for number in numbers:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)


def env(options: argparse.Namespace) -> int:
    """Print the variables that plain `pulumi` needs for the stack, for `eval`."""
    where = _target_of(Project(options.directory), options.stack)
    # Plain `pulumi` may download the vendors' own plugins at any time.
    variables = environment(where) | (dict(where.proxy) if where else {})
    print("\n".join(f"export {key}={shlex.quote(value)}" for key, value in sorted(variables.items())))
    return 0


def schema(options: argparse.Namespace) -> int:
    """Print the JSON Schema of stack config files, or of catalogs, by which an editor completes and checks them."""
    from components.replica import catalog_model, settings  # noqa: PLC0415 - few commands need the models

    made = catalog_model.json_schema() if options.catalog else settings.json_schema()
    text = json.dumps(made, indent=2, ensure_ascii=False) + "\n"
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


def audit(options: argparse.Namespace) -> int:
    """Check what states record against replicas:policies, of all stacks or the named ones; changes nothing."""
    project = Project(options.directory)
    configured = [name for name in options.stacks if project.has_config(name)]
    where = next(filter(None, (_target_of(project, name) for name in configured)), None)
    return audits.audit(project, options.stacks, where, _say)


def config(options: argparse.Namespace) -> int:
    """Print the stack's config, catalogs included, and where each value is written."""
    from tools.runner import merged_config  # noqa: PLC0415 - as above

    return merged_config.show(Project(options.directory), options.stack, as_json=options.json)


def _on_stack(options: argparse.Namespace) -> int:
    if not getattr(options, "yes", True) and not sys.stdin.isatty():
        raise ReplicaError(f"there is no terminal to confirm `{options.command}`", "run it with --yes")
    project = Project(options.directory)
    where = _target_of(project, options.stack)
    create = getattr(options, "create", False)
    stack = open_stack(project, options.stack, where, say=_say, language_host=options.language_host, create=create)
    return int(options.do(stack, options))


def _target_of(project: Project, stack: str) -> Target | None:
    config = project.stack_config(stack)
    return target.describe(project.directory, os.environ) if endpoints.is_loopback_only(config) else None


GROUPS: Mapping[str, Sequence[Callable[..., int]]] = {
    "Change": (operations.up, operations.destroy),
    "Look": (operations.preview, operations.report, operations.refresh, audit),
    "Recover": (operations.repair,),
    "Set up": (config, env, schema),
}
"""What a person wants -> the commands for it; each is described by the first line of its docstring."""


def _parser() -> argparse.ArgumentParser:
    listed = []
    for title, group in GROUPS.items():
        listed += [f"{title}:", *(f"  {do.__name__:9} {_summary(do)}" for do in group), ""]
    parser = argparse.ArgumentParser(
        "replicas",
        usage="replicas [-h] [-C DIR] COMMAND STACK [OPTION ...]",
        description="Runs a stack of cross-region replicas on the real Pulumi engine.",
        epilog="\n".join([*listed, "`replicas COMMAND --help` shows the options of a command."]),
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
    added = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", help=argparse.SUPPRESS)
    commands = {
        do.__name__: added.add_parser(do.__name__, prog=f"replicas {do.__name__}", description=_summary(do))
        for group in GROUPS.values()
        for do in group
    }
    _add_options(commands)
    return parser


def _add_options(commands: Mapping[str, argparse.ArgumentParser]) -> None:
    def add(names: str, *flags: str, **settings: Any) -> None:
        for name in names.split():
            commands[name].add_argument(*flags, **settings)

    every = "up destroy preview report refresh repair"
    add(f"{every} config env", "stack", help="name of the stack: stacks/Pulumi.<stack>.yaml")
    for name in every.split():
        commands[name].set_defaults(run=_on_stack, do=getattr(operations, name))
        host = commands[name].add_mutually_exclusive_group()
        host.add_argument(
            "--language-host",
            action="store_true",
            default=None,
            help="let the engine start the program (default: where the engine can)",
        )
        host.add_argument(
            "--inline", dest="language_host", action="store_false", help="run the program in this process"
        )
    commands["env"].set_defaults(run=env)
    add("audit", "stacks", nargs="*", metavar="STACK", help="name of a stack (default: all stacks of the backend)")
    commands["audit"].set_defaults(run=audit, stack="")
    commands["schema"].set_defaults(run=schema)
    commands["config"].set_defaults(run=config)
    add("up", "--create", action="store_true", help="create the stack if the backend does not hold it")
    add("up destroy", "--yes", action="store_true", help="skip confirmation")
    for name in ("up", "destroy", "preview", "refresh"):
        limits = commands[name].add_mutually_exclusive_group()
        for flag, what in (("--target", "only this replica"), ("--exclude", "all replicas but this one")):
            text = f"{what}, by name, URN or pattern of URNs; repeatable"
            limits.add_argument(flag, action="append", metavar="NAME", help=text)
    add("up destroy preview refresh", "--target-dependents", action="store_true", help="and what depends on them")
    add("up preview", "--replace", action="append", metavar="NAME", help="copy this one again; repeatable")
    add("up preview", "--no-refresh", dest="refresh", action="store_false", help="trust the state as it is")
    add("up preview refresh", "--expect-no-changes", action="store_true", help="fail if anything changes")
    add("up destroy preview refresh", "--diff", action="store_true", help="show the engine's detailed diff")
    add("up destroy preview refresh", "--parallel", type=int, metavar="N", help="resource operations at once")
    add("config", "--json", action="store_true", help="print a list of values with path, file and line")
    add("schema", "--catalog", action="store_true", help="the schema of catalogs")
    add("schema", "--output", type=Path, metavar="FILE", help="write it there instead")


def _summary(do: Callable[..., int]) -> str:
    return str(do.__doc__).splitlines()[0]


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
