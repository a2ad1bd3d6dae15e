"""One operation of the engine on one stack, through the Automation API, with everything that goes around it."""

from __future__ import annotations

import os
import re
import runpy
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from pulumi import automation

from components import readiness
from components.clouds.alibaba import Connection
from components.clouds.eci import Eci
from components.clouds.errors import ReplicaError
from components.providers.data_cache import DataCacheProvider
from components.settings import InvalidConfig
from tools.engine import Engine, resolve_engine
from tools.runner import leftovers, repair, table
from tools.runner.journal import Journal
from tools.runner.project import Project, put_first_on_path


class RunFailed(ReplicaError):
    """The engine could not be used for this stack at all."""


@dataclass
class Run:
    """A stack, opened for operations.

    Attributes:
        project: Where the program is.
        stack: The stack, as the Automation API sees it.
        say: Prints one line for the person at the terminal.
    """

    project: Project
    stack: automation.Stack
    say: Callable[[str], None]

    def __post_init__(self) -> None:
        self.backend_url = self.stack.workspace.who_am_i().url or ""
        self.journal = Journal(self.project.directory / ".replicas", self.backend_url, self.stack.name)

    def connection(self) -> Connection:
        """Return how the stack reaches the cloud, from its own config."""
        return Connection.from_config({key: value.value for key, value in self.stack.get_all_config().items()})

    def repair(self, *, apply: bool) -> None:
        """Repair what a killed run left behind, or only report it.

        Args:
            apply: False reports and changes nothing.
        """
        if apply:
            for line in leftovers.end_orphans(self.project.directory):
                self.say(f"repair: {line}")
            for line in leftovers.break_dead_locks(self.backend_url, self.stack.name):
                self.say(f"repair: {line}")
        exported = self.stack.export_stack()
        deployment = exported.deployment or {}
        pending = repair.pending_copies(deployment, self.journal.unrecorded())
        if not pending:
            if apply:
                self.journal.clear()
            return
        if not apply:
            names = ", ".join(each.name for each in pending)
            self.say(f"repair: an earlier run left {names} unrecorded; the next `up` looks for them first")
            return
        provider = DataCacheProvider()
        provider.cloud = Eci(self.connection())

        def find(inputs: Mapping[str, Any]) -> str | None:
            found = provider.find(inputs)
            return found.id if found else None

        found = repair.look_up(pending, find, say=self.say)
        state, said = repair.repaired(deployment, pending, found)
        self.stack.import_stack(automation.Deployment(version=exported.version, deployment=state))
        self.journal.clear()
        for line in said:
            self.say(f"repair: {line}")

    def replicas_table(self) -> str:
        """Lay out the stack's replicas with what the cloud says of them; "" where there are none."""
        replicas = table.recorded(self.stack.export_stack().deployment or {})
        if not replicas:
            return ""
        states, problems = table.look_up(replicas, Eci(self.connection()))
        return "\n".join([table.table(replicas, states), *problems])


def open_stack(directory: Path, stack: str, *, say: Callable[[str], None], language_host: bool | None = None) -> Run:
    """Open a stack, creating it where its config file exists and its state does not.

    Args:
        directory: The project's directory.
        stack: The stack's name.
        say: Prints one line.
        language_host: True and False force the program out of, and into, this process; None takes what the engine has.

    Raises:
        ReplicaError: Unknown stack, or an engine that refuses it.
        EngineNotFound: No engine could be found or got.
    """
    project = Project(directory)
    os.environ.update(project.environment(stack, os.environ))
    engine = resolve_engine(python_host=bool(language_host), say=say)
    say(engine.describe())
    put_first_on_path([*engine.path_dirs, Path(sys.prefix) / "bin"])
    hosted = engine.language_host if language_host is None else language_host
    try:
        opened = _open(project, stack, engine, hosted=hosted)
    except automation.errors.CommandError as error:
        raise RunFailed(f"stack {stack}: {_last_line(error)}", "mend that, then run the same command again") from None
    return Run(project, opened, say)


def _open(project: Project, stack: str, engine: Engine, *, hosted: bool) -> automation.Stack:
    command = automation.PulumiCommand()
    command.command = str(engine.pulumi)
    options = automation.LocalWorkspaceOptions(work_dir=str(project.directory), pulumi_command=command)
    if hosted:
        return automation.create_or_select_stack(stack, work_dir=str(project.directory), opts=options)

    def program() -> None:
        runpy.run_path(str(project.directory / "__main__.py"), run_name="__main__")

    os.chdir(project.directory)
    sys.path.insert(0, str(project.directory))  # as the language host does: modules beside __main__.py can be imported
    return automation.create_or_select_stack(stack, project_name=project.name, program=program, opts=options)


def operate(operation: Callable[..., Any], **options: Any) -> int:
    """Run one engine operation, stream its own display, and return its exit code."""
    color = "always" if sys.stdout.isatty() else "never"
    with _signals_end_waits():
        try:
            operation(on_output=_show, on_error=_print_error, color=color, **options)
        except automation.errors.CommandError as error:
            readiness.interrupt_all(readiness.STOPPED)  # a program whose engine is gone must not wait on
            return _exit_code(error)
    return 0


@contextmanager
def _signals_end_waits() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end the program's waits, and reach the engine exactly once."""

    def stop(number: int, _frame: object) -> None:
        readiness.interrupt_all(readiness.STOPPED)
        # A terminal sends Ctrl-C to the engine itself, and a second one would make it drop its state unsaved.
        if number == signal.SIGTERM or not sys.stdin.isatty():
            for child in psutil.Process().children():
                if child.name() in {"pulumi", "pulumi.exe"}:
                    child.send_signal(signal.SIGINT)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _exit_code(error: automation.errors.CommandError) -> int:
    code = re.search(r"code: (-?\d+)", str(error))
    number = int(code[1]) if code else 1
    return 128 - number if number < 0 else number or 1


def _last_line(error: automation.errors.CommandError) -> str:
    text = str(error).partition("stderr:")[2] or str(error)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0].removeprefix("error: ") if lines else "the engine said nothing"


_COLOR = re.compile(r"\x1b\[[0-9;]*m")
_NOTHING_CHANGED = re.compile(r" ~  \S+ \S+ refresh(ing)?( \(\S+\))?|    \S+:\S+ \S+( running)?|@ .*")


def _show(line: str) -> None:
    # Without a terminal of its own the engine writes a line for every row it looks at: one that says that nothing
    # changed would hide, and be mistaken for, one that says that something does.
    if not _NOTHING_CHANGED.fullmatch(_COLOR.sub("", line)):
        print(line, flush=True)


def _print_error(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


EXPECTED = (ReplicaError, InvalidConfig)
