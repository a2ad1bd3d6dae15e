"""The command line: `replicas up prod`."""

import argparse
import json
import os
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pulumi.automation.errors import CommandError

from components.clouds import endpoints
from components.clouds.errors import ReplicaError
from tools.engine import EngineNotFound
from tools.runner import audit as audits
from tools.runner import engine_errors, environment_run, environments, operations, streams, table, target
from tools.runner.follower import Follower, Reporter, Screen, is_wanted
from tools.runner.leftovers import StackBusy
from tools.runner.progress import Problem
from tools.runner.project import Project
from tools.runner.side_by_side import end_with_parent
from tools.runner.stack import environment, open_stack
from tools.runner.target import CHECKOUT, Target
from tools.runner.unlock import unlock

STOPPED = 130
"""Exit code of a command that a person stopped."""

_WORSE = (0, 2, 3, 1, STOPPED)
"""Exit codes of a report, the worst last."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code: the engine's own, 1 for an expected error, 2 for wrong usage."""
    with streams.lasting(), _signals_end_in_order():
        return _run(_parsed(arguments))


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command in ON_STACKS and (options.stack is None) == (options.env is None):
        parser.error(f"name one stack, or an environment: replicas {options.command} STACK, or --env ENV")
    if options.command in REVIEWING:
        given = (options.stack, options.env, getattr(options, "report", None))
        if sum(each is not None for each in given) != 1:
            render = ", or --from FILE" if options.command == "review" else ""
            parser.error(f"name one: replicas {options.command} STACK, or --env ENV{render}")
    return options


def _run(options: argparse.Namespace) -> int:
    try:
        return int(options.run(options))
    except ReplicaError as error:
        _fail(options, str(error), is_lock=isinstance(error, StackBusy))
    except EngineNotFound as error:
        _fail(options, str(error).removeprefix("error: "))
    except CommandError as error:
        known = engine_errors.of_command(error, options.stack)
        _fail(options, str(known), is_lock=isinstance(known, StackBusy))
    except (KeyboardInterrupt, EOFError):
        _say("error: stopped; nothing was changed since the last line. Next: run the same command again.")
        return STOPPED
    return 1


def _fail(options: argparse.Namespace, text: str, *, is_lock: bool = False) -> None:
    _say(f"error: {text}")
    if getattr(options, "events", None):
        Reporter(options.events).say(Problem(text, is_lock=is_lock))


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


def comment(options: argparse.Namespace) -> int:
    """Post a report as a comment of its pull request, or edit the earlier one."""
    from tools.review import comment as comments  # noqa: PLC0415 - no other command needs HTTP
    from tools.review import report_file  # noqa: PLC0415 - as above

    host = comments.host_of(os.environ, repository=options.repository, number=options.number)
    print(f"comment: {comments.post(report_file.read(options.report), host, comments.Mode(options.mode))}")
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


def _reviewing(options: argparse.Namespace) -> int:
    """Make a report of one stack, or of each of an environment, or render one again."""
    if options.stack:
        return _on_stack(options)
    if options.env:
        return _on_environment(options)
    from tools.review import command, report_file  # noqa: PLC0415 - no other command needs reports

    return command.finish(report_file.read(options.report), options)


def _on_environment(options: argparse.Namespace) -> int:
    """Do the same with each stack of an environment, one after another; the worst exit code counts."""
    codes = []
    for name in environments.stacks_of(options.env, Project(options.directory)):
        one = argparse.Namespace(**{**vars(options), "stack": name, "out": options.out / name, "run": _on_stack})
        codes.append(_run(one))
        if codes[-1] == STOPPED:
            break
    return max(codes, key=_WORSE.index)


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


def stacks(options: argparse.Namespace) -> int:
    """List the stacks of an environment, or of the project, as a table or as a matrix for CI systems."""
    found = environments.declared(options.env or "", Project(options.directory))
    if options.json:
        sys.stdout.write(environments.matrix(found))
        return 0
    rows = [[(cell, "") for cell in (each.stack, str(each.replicas), ", ".join(each.regions) or "-")] for each in found]
    table.show_columns(("STACK", "REPLICAS", "REGIONS"), rows, sys.stdout)
    return 0


def _on_stack(options: argparse.Namespace) -> int:
    if not getattr(options, "yes", True) and not sys.stdin.isatty():
        raise ReplicaError(f"there is no terminal to confirm `{options.command}`", "run it with --yes")
    if options.stack is None:
        return environment_run.run(options)
    follower = _follower(options)
    project = Project(options.directory)
    where = _target_of(project, options.stack)
    create = getattr(options, "create", False)
    stack = open_stack(project, options.stack, where, say=_say, language_host=options.language_host, create=create)
    stack.follower = follower
    return int(options.do(stack, options))


def _follower(options: argparse.Namespace) -> Follower | None:
    if events := getattr(options, "events", None):
        reporter = Reporter(events)
        reporter.progress.begin("opening")
        threading.Thread(target=end_with_parent, daemon=True).start()
        return reporter
    if is_wanted(verbose=getattr(options, "verbose", True), diff=getattr(options, "diff", False)):
        return Screen(f"{options.command} {options.stack}", options.stack)
    return None


def _target_of(project: Project, stack: str) -> Target | None:
    config = project.stack_config(stack)
    return target.describe(project.directory, os.environ) if endpoints.is_loopback_only(config) else None


FORMATS = ("markdown", "html", "summary", "annotations", "sarif", "terraform", "code-quality", "junit")
"""What a report is rendered as: the keys of `tools.review.command.RENDERINGS`, which only reports need to import."""

GROUPS: Mapping[str, Sequence[Callable[..., int]]] = {
    "Change": (operations.up, operations.destroy),
    "Look": (operations.preview, operations.report, operations.refresh, stacks, audit),
    "Review": (operations.review, operations.drift, comment),
    "Recover": (operations.repair, unlock),
    "Set up": (config, env, schema),
}
"""What a person wants -> the commands for it; each is described by the first line of its docstring."""

ON_STACKS = ("up", "destroy", "preview", "report", "refresh", "repair")
"""The commands that run on a stack, or on all stacks of an environment."""

REVIEWING = ("review", "drift")
"""The commands that make a report of a stack, or of each of an environment."""


def _parser() -> argparse.ArgumentParser:
    listed = []
    for title, group in GROUPS.items():
        listed += [f"{title}:", *(f"  {do.__name__:9} {_summary(do)}" for do in group), ""]
    parser = argparse.ArgumentParser(
        "replicas",
        usage="replicas [-h] [-C DIR] COMMAND (STACK | --env ENV) [OPTION ...]",
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

    every, reviewing = " ".join(ON_STACKS), " ".join(REVIEWING)
    one = "name of the stack: stacks/Pulumi.<stack>.yaml"
    add(f"{every} {reviewing}", "stack", nargs="?", help=one)
    add("config env", "stack", help=one)
    all_of = "all stacks of an environment, side by side: stacks/Pulumi.<env>.yaml and stacks/Pulumi.<env>-*.yaml"
    add(every, "--env", metavar="ENV", help=all_of)
    add("stacks", "--env", metavar="ENV", help="those of an environment (default: all of the project)")
    add("stacks", "--json", action="store_true", help="print the matrix of a CI system")
    add(every, "--jobs", type=_at_least_one, metavar="N", help="stacks at once (default: by cores and memory)")
    add(every, "--verbose", action="store_true", help="show the engine's own lines, no live view")
    add(every, "--events", type=Path, help=argparse.SUPPRESS)  # how the process of an environment follows a stack
    commands["stacks"].set_defaults(run=stacks)
    for name in (*ON_STACKS, *REVIEWING):
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
    add("unlock", "stack", help=one)
    add("unlock", "--yes", action="store_true", help="skip confirmation")
    commands["unlock"].set_defaults(run=_on_stack, do=unlock, language_host=None)
    commands["env"].set_defaults(run=env)
    add("audit", "stacks", nargs="*", metavar="STACK", help="name of a stack (default: all stacks of the backend)")
    commands["audit"].set_defaults(run=audit, stack="")
    commands["schema"].set_defaults(run=schema)
    commands["config"].set_defaults(run=config)
    add("up", "--create", action="store_true", help="create the stack if the backend does not hold it")
    add("up destroy", "--yes", action="store_true", help="skip confirmation")
    # As with the CLI's own commands, of which these ask.
    add("refresh repair", "--yes", action="store_true", default=True, help="as without: nothing is asked")
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
    _add_review_options(commands, add, reviewing)
    commands["comment"].set_defaults(run=comment)
    add(
        "comment",
        "--from",
        dest="report",
        type=Path,
        default=Path("review/report.json"),
        metavar="FILE",
        help="report to post (default: review/report.json)",
    )
    add("comment", "--mode", choices=["edit", "new", "hide"], default="edit", help="what becomes of an earlier comment")
    add(
        "comment", "--repository", default="", metavar="NAME", help="OWNER/NAME or GROUP/NAME (default: the pipeline's)"
    )
    add("comment", "--number", type=int, metavar="N", help="pull or merge request (default: the pipeline's)")
    add("config", "--json", action="store_true", help="print a list of values with path, file and line")
    add("schema", "--catalog", action="store_true", help="the schema of catalogs")
    add("schema", "--output", type=Path, metavar="FILE", help="write it there instead")


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of at least 1")
    return int(text)


def _add_review_options(
    commands: Mapping[str, argparse.ArgumentParser], add: Callable[..., None], reviewing: str
) -> None:
    for name in reviewing.split():
        commands[name].set_defaults(run=_reviewing, refresh=True)
    add(
        reviewing, "--env", metavar="ENV", help="all stacks of an environment: ENV and ENV-*, each in its own directory"
    )
    add(
        "review",
        "--from",
        dest="report",
        type=Path,
        metavar="FILE",
        help="render a report.json again, without an engine",
    )
    add("review", "--no-refresh", dest="refresh", action="store_false", help="trust the state as it is")
    add(reviewing, "--out", type=Path, default=Path("review"), metavar="DIR", help="where to write (default: review)")
    add(
        reviewing,
        "--format",
        action="append",
        choices=FORMATS,
        metavar="FORMAT",
        help=f"write this beside report.json; repeatable (default: all): {', '.join(FORMATS)}",
    )
    add(reviewing, "--prices", type=Path, metavar="FILE", help="your own prices, which win over those of the table")
    add(
        reviewing,
        "--exit-code",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="2 with changes, 3 with a mandatory finding; else 0 (default: on)",
    )
    add(reviewing, "--parallel", type=int, metavar="N", help="resource operations at once")


def _summary(do: Callable[..., int]) -> str:
    return str(do.__doc__).splitlines()[0]


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
