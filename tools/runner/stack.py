"""A stack of the project, opened through the Automation API: its state, its config and its clouds.

Nothing here changes anything but the state, and that only as a whole, under the engine's own lock.
"""

import json
import os
import runpy
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from pulumi import RunError, automation
from pulumi.automation.errors import StackNotFoundError

from components import kinds
from components.clouds.errors import ReplicaError
from components.lifecycle import known, outcome
from components.lifecycle.known import Known
from components.lifecycle.outcome import Unread
from components.model.kind import Cloud, Kind
from components.replica.stack_identity import IDENTITY_NAME, IDENTITY_TYPE
from tools.engine import resolve_engine
from tools.runner import backend, leftovers, owners, proxies
from tools.runner.command import EngineCommand
from tools.runner.follower import Follower
from tools.runner.journal import Journal
from tools.runner.project import Project
from tools.runner.target import Target, use_plugins


@dataclass
class Stack:
    """A stack, opened for operations.

    Attributes:
        project: Where the program is.
        engine: The stack, as the Automation API sees it.
        command: The CLI.
        backend_url: Where the state is, in its one spelling.
        target: Where it runs, None for the clouds themselves.
        say: Prints one line for the person at the terminal.
        follower: Who follows its operations besides that person, None for nobody.
    """

    project: Project
    engine: automation.Stack
    command: EngineCommand
    backend_url: str
    target: Target | None
    say: Callable[[str], None]
    follower: Follower | None = None
    silent: dict[tuple[str, str], Unread] = field(default_factory=dict, init=False)
    """Service and region -> why it has given no answer in this run."""
    _exported: dict[str, Any] | None = None
    _clouds: dict[str, Cloud] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        directory = self.project.directory / ".replicas"
        self.journal = Journal(directory, self.backend_url, self.name, lambda: self.id)

    @property
    def name(self) -> str:
        """The stack's name, as it was given: `prod`, or `organization/replicas/prod`."""
        return self.engine.name

    @property
    def id(self) -> str:
        """The stack's random id, "" where the state records none."""
        return next((str(row["id"]) for row in self.rows if row["type"] == IDENTITY_TYPE), "")

    @property
    def deployment(self) -> dict[str, Any]:
        """The state as it was exported since this run last changed it: the CLI is slow to start."""
        return dict(self.exported()["deployment"] or {})

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of the state."""
        return self.deployment.get("resources") or []

    @property
    def identity_urn(self) -> str:
        """The URN of the stack's random id, recorded or not."""
        return f"urn:pulumi:{self.name.rpartition('/')[2]}::{self.project.name}::{IDENTITY_TYPE}::{IDENTITY_NAME}"

    @property
    def has_identity(self) -> bool:
        """Whether the state records the stack's random id: one that never held a copy does not."""
        return bool(self.id)

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Have the program and the provider processes know what the state says now."""
        with tempfile.TemporaryDirectory() as directory:
            path, unread = Path(directory) / "known.json", Path(directory) / "unread"
            known.write(self._known(), path)
            os.environ |= {known.FILE: str(path), outcome.UNREAD: str(unread)}
            for each in self.silent.values():
                outcome.write_unread(*each)
            try:
                yield
            finally:
                del os.environ[known.FILE], os.environ[outcome.UNREAD]
                for each in outcome.unread(unread):
                    self.silent.setdefault((each.service, each.region), each)

    def exported(self) -> dict[str, Any]:
        """Return the whole export of which `deployment` is a part."""
        if self._exported is None:
            self._exported = self._export()
        return self._exported

    def forget_export(self) -> None:
        """Have the state exported again: it may have changed."""
        self._exported = None

    def replace_state(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Import a new state in place of the one that was exported.

        Raises:
            StackBusy: Another run has changed it meanwhile.
        """
        if self._export() != before:
            raise leftovers.StackBusy(
                f"stack {self.name} was changed by another run meanwhile", "run the same command again"
            )
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "state.json"
            path.write_text(json.dumps(after))
            self._run("stack", "import", "--file", str(path), "--stack", self.name)
        self.forget_export()

    def places(self) -> set[tuple[str, str, str]]:
        """Return resource type, region and namespace (or "") of every copy that the state or the config names."""
        readers = kinds.rows()
        pending = [operation["resource"] for operation in self.deployment.get("pending_operations") or []]
        rows = [row for row in (*self.rows, *pending) if row["type"] in readers]
        named = {(row["type"], *readers[row["type"]].place(row, self.rows)) for row in rows}
        for kind, region, settings in self._declared():
            _, group = readers[kind.type].place({"inputs": {**settings, "region": region}}, [])
            named.add((kind.type, region, group))
        return named

    def adopted(self) -> set[str]:
        """Return the ids that the config says to adopt: they were made by hand, also those that have a mark by now."""
        return {str(id_) for _, _, settings in self._declared() if (id_ := settings.get("existing_id"))}

    def _declared(self) -> Iterator[tuple[Kind, str, Mapping[str, Any]]]:
        """Read kind, region and settings of every replica from the config; a wrong one is the program's to report."""
        from components.replica import catalog, settings  # noqa: PLC0415 - takes a tenth of a second

        # What is demanded of the replicas is left out: whatever it forbids may be there all the same.
        files = catalog.StackFiles(self.project.directory, self.name)
        values = catalog.declared(settings.parsed(self.config), files).values
        sections = {kind.section for kind in kinds.KINDS} & values.keys()
        try:
            entries = settings.load({f"replicas:{key}": json.dumps(values[key]) for key in sections}).entries
        except RunError:
            return
        for kind in kinds.KINDS:
            for entry in entries[kind.section].values():
                yield from ((kind, region, entry.destination(region)) for region in entry.destinations)

    def claim(self) -> None:
        """Make sure that no other run is changing the stack, before something in the cloud is ended.

        A backend other than a file shows it by its lock only: writing the state as it is takes that.
        """
        self.replace_state(self.exported(), self.exported())

    def cloud(self, type_: str) -> Cloud:
        """Return the cloud of a resource type that can be repaired, connected when it is first needed.

        Raises:
            ReplicaError: Its endpoint or credentials cannot be used.
        """
        if type_ not in self._clouds:
            self._clouds[type_] = kinds.rows()[type_].connect(self.config)
        return self._clouds[type_]

    def urn_of(self, name: str) -> str:
        """Find the URN of a replica by its resource's name; a URN, or a pattern of URNs, is taken as it is.

        Raises:
            ReplicaError: The state has no replica of this name, or several.
        """
        if name.startswith("urn:") or "*" in name:
            return name
        urns = [str(row["urn"]) for row in self.rows if row["type"] in kinds.rows()]
        found = list(dict.fromkeys(urn for urn in urns if urn.rpartition("::")[2] == name))
        if len(found) > 1:
            raise ReplicaError(
                f"stack {self.name} has several replicas called {name!r}", f"give one's URN: {', '.join(found)}"
            )
        if not found:
            known = sorted({urn.rpartition("::")[2] for urn in urns})
            raise ReplicaError(
                f"stack {self.name} has no replica called {name!r}",
                f"name one of: {', '.join(known) or '(it has none)'}; or give a whole URN",
            )
        return found[0]

    def companions_of(self, urns: Sequence[str]) -> list[str]:
        """Return the URNs of what stands beside native copies: without it, the engine deletes none of these."""
        types = {kind.companion for kind in kinds.KINDS} - {""}
        return [str(row["urn"]) for row in self.rows if row["type"] in types and row.get("parent") in urns]

    @cached_property
    def config(self) -> dict[str, str]:
        """The stack's config as the program gets it, secrets decrypted: never print it."""
        written = self.project.plain_config(self.name)
        if written is None:
            return {key: str(value.value) for key, value in self.engine.get_all_config().items()}
        return written

    def _known(self) -> Known:
        exports = [row.get("outputs") for row in self.rows if row["type"] == "pulumi:pulumi:Stack"]
        groups: dict[str, set[str]] = {}
        for _, region, group in self.places():
            if group:
                groups.setdefault(region, set()).add(group)
        named = {region: sorted(each) for region, each in groups.items()}
        copies = [row for row in self.rows if row.get("id") and row["type"] in kinds.rows()]
        recorded = sorted({str(row["id"]) for row in copies})
        # A native creation ends when its copy is usable.
        made = {str(row["id"]) for row in copies if kinds.rows()[row["type"]].is_native and not row.get("initErrors")}
        usable = sorted({*_texts(exports), *made})
        return Known(usable=usable, recorded=recorded, adopted=sorted(self.adopted()), groups=named)

    def _export(self) -> dict[str, Any]:
        return _export(self.command, self.name, self.project.directory)

    def _run(self, *arguments: str) -> str:
        return str(self.command.run(list(arguments), str(self.project.directory), {}).stdout)


class _Workspace(automation.LocalWorkspace):
    """Finds a stack by its export, which is needed anyway: a command less, and the selected stack stays selected."""

    exported: dict[str, Any] | None = None

    def select_stack(self, stack_name: str) -> None:
        """Export it."""
        self.exported = _export(self.pulumi_command, stack_name, self.work_dir)


def _export(command: automation.PulumiCommand, name: str, directory: Path | str) -> dict[str, Any]:
    # Not through the Automation API: it exports secrets in plain text.
    return dict(json.loads(command.run(["stack", "export", "--stack", name], str(directory), {}).stdout))


class UnknownStack(ReplicaError):
    """The backend does not hold the stack: it is new, or the backend is another one than that of its state."""


def _texts(value: Any) -> Iterator[str]:
    """Find all texts in a value of a state."""
    if isinstance(value, str):
        yield value
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for each in inner:
        yield from _texts(each)


def open_stack(
    project: Project,
    name: str,
    target: Target | None,
    *,
    say: Callable[[str], None],
    language_host: bool | None = None,
    create: bool = False,
) -> Stack:
    """Open a stack that the backend holds.

    Args:
        project: The stack's project.
        name: The stack's name.
        target: Where it runs.
        say: Prints one line.
        language_host: True and False force the program out of, and into, this process; None takes what the engine has.
        create: Create it if the backend does not hold it. In a wrong backend, that makes every replica once more.

    Raises:
        UnknownStack: The backend does not hold it.
        ReplicaError: The stack's config file or environment cannot be used.
        CommandError: The engine refuses the stack.
        EngineNotFound: No engine could be found or got.
    """
    directory = project.directory
    os.environ.update(environment(target))
    engine = resolve_engine(python_host=bool(language_host), say=say)
    say(engine.describe())
    first = [*engine.path_dirs, Path(sys.prefix) / "bin"]
    os.environ["PATH"] = os.pathsep.join([*map(str, first), os.environ.get("PATH", "")])
    if target:
        say(f"target: {target.description}")
        use_plugins(target, project.plugins, os.environ, say)
    command = EngineCommand(engine)
    backend_url = os.environ.get("PULUMI_BACKEND_URL") or ""
    if not backend_url:
        backend_url = str(json.loads(command.run(["whoami", "--json"], str(directory), {}).stdout).get("url") or "")
    if backend.is_relative(backend_url):  # which the engine does not find below a directory with a % in its name
        os.environ["PULUMI_BACKEND_URL"] = backend.canonical(backend_url, directory)
    backend_url = backend.canonical(backend_url, directory)
    command.notes = owners.directory(backend_url, project.name, name)
    for line in leftovers.fix_metadata(backend_url, project.name, name):
        say(f"repair: {line}")
    has_host = engine.language_host if language_host is None else language_host
    program = None if has_host else _program_of(directory)
    workspace = _Workspace(work_dir=str(directory), program=program, pulumi_command=command)
    try:
        opened = automation.Stack.select(name, workspace)
    except StackNotFoundError:
        if not create:
            raise UnknownStack(
                f"stack {name} is not in {backend.shown(backend_url)}",
                "set PULUMI_BACKEND_URL, or run `pulumi login`, for the backend that holds it;"
                f" if it is new, run `replicas up {name} --create`",
            ) from None
        say(f"stack {name} is new in {backend.shown(backend_url)}")
        opened = automation.Stack.create(name, workspace)
    _ask_for_no_result(opened)
    return Stack(project, opened, command, backend_url, target, say, _exported=workspace.exported)


def environment(target: Target | None) -> dict[str, str]:
    """Return the variables that a run sets on top of the caller's."""
    of_target = dict(target.environment) if target else {}
    return {
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_PYTHON_CMD": sys.executable,  # the provider process runs in this virtual environment
        **of_target,
        **proxies.exempt_loopback({**os.environ, **of_target}),
    }


def _ask_for_no_result(stack: automation.Stack) -> None:
    """Leave out what the Automation API asks the engine after each operation: the runner shows its own table."""
    nothing = automation.UpdateSummary("", datetime.now(UTC), "", {}, {}, "")
    for method, answer in (("outputs", {}), ("info", nothing)):
        setattr(stack, method, lambda *_, answer=answer: answer)


def _program_of(directory: Path) -> Callable[[], None]:
    os.chdir(directory)
    sys.path.insert(0, str(directory))  # as the language host does: modules beside __main__.py can be imported

    def program() -> None:
        runpy.run_path(str(directory / "__main__.py"), run_name="__main__")

    return program
