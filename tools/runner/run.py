"""A stack of the project, opened through the Automation API, and what the runner does with it."""

from __future__ import annotations

import json
import os
import runpy
import signal
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pulumi import automation

from components.clouds.alibaba.ecs_image import COPY_FAILED
from components.clouds.copies import CopyState, Phase
from components.clouds.errors import CloudError, ReplicaError
from components.replica import readiness
from tools.engine import resolve_engine
from tools.runner import leftovers, repair, table
from tools.runner.command import EngineCommand
from tools.runner.display import Display
from tools.runner.journal import Journal
from tools.runner.kinds import IMAGE_COPY, KINDS, Cloud, Clouds, Found
from tools.runner.plugins import use_plugins
from tools.runner.project import Project, put_first_on_path
from tools.runner.repair import Pending, PendingFinder


@dataclass
class Run:
    """A stack, opened for operations.

    Attributes:
        project: Where the program is.
        stack: The stack, as the Automation API sees it.
        command: The CLI.
        backend_url: Where the state is.
        say: Prints one line for the person at the terminal.
    """

    project: Project
    stack: automation.Stack
    command: EngineCommand
    backend_url: str
    say: Callable[[str], None]

    def __post_init__(self) -> None:
        self.journal = Journal(self.project.directory / ".replicas", self.backend_url, self.stack.name)
        self._known: dict[str, Any] | None = None

    def operate(self, operation: Callable[..., Any], **options: Any) -> int:
        """Run one engine operation, stream its own display, and return its exit code."""
        self._known = None
        display = Display()
        color = "always" if sys.stdout.isatty() else "never"
        with self._signals_end_waits(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Error in event stream")  # of an engine that was killed
            try:
                operation(on_output=display.show, on_error=display.show_error, color=color, **options)
            except automation.errors.CommandError:
                readiness.interrupt_all(readiness.STOPPED)  # a program whose engine is gone must not wait on
                if self.command.interrupted and not display.has_shown(readiness.STOPPED):
                    # An engine that is stopping may not take the program's last line any more.
                    display.show_error(f"error: {readiness.STOPPED}")
                return self.command.exit_code or 1
        return 0

    def repair(self, *, apply: bool) -> None:
        """Repair what a killed run left behind, or only report it.

        Args:
            apply: False reports and changes nothing.

        Raises:
            ReplicaError: Another run is changing the stack, or a region could not be asked.
        """
        if apply:
            self._clear_the_way()
        elif leftovers.is_busy(self.backend_url, self.project.name, self.stack.name):
            return  # what a living run has not recorded yet is no leftover
        exported = self._exported()
        deployment = exported["deployment"] or {}
        pending = repair.pending_copies(deployment, self.journal.unrecorded())
        if not apply:
            if pending:
                names = ", ".join(each.name for each in pending)
                self.say(f"repair: an earlier run left {names} unrecorded; the next `up` looks for them first")
            return
        if pending:
            found = repair.look_up(pending, self._finder(deployment), say=self.say)
            if any(each.is_dead for each in found.values()):
                exported = self._claimed(exported)
                found = self._without_dead(deployment, pending, found)
            state, said = repair.repaired(exported["deployment"] or {}, pending, found)
            self._replace_state(exported, {**exported, "deployment": state})
            for line in said:
                self.say(f"repair: {line}")
        self.journal.clear()

    def urn_of(self, name: str) -> str:
        """Find the URN of a replica by its resource's name; a URN is taken as it is.

        Raises:
            ReplicaError: The state has no replica of this name, or several.
        """
        if name.startswith("urn:"):
            return name
        rows = (self._exported()["deployment"] or {}).get("resources") or []
        urns = [str(row["urn"]) for row in rows if row["type"] in KINDS]
        found = list(dict.fromkeys(urn for urn in urns if urn.rpartition("::")[2] == name))
        if len(found) > 1:
            raise ReplicaError(
                f"stack {self.stack.name} has several replicas called {name!r}", f"give one's URN: {', '.join(found)}"
            )
        if not found:
            known = sorted({urn.rpartition("::")[2] for urn in urns})
            raise ReplicaError(
                f"stack {self.stack.name} has no replica called {name!r}",
                f"name one of: {', '.join(known) or '(it has none)'}; or give a whole URN",
            )
        return found[0]

    def declared_images(self, stack: str) -> int:
        """Count the image replicas that the stack's config declares; 0 where it cannot be read."""
        entries = self.project.stack_config(stack).get("replicas:images")
        if not isinstance(entries, dict):
            return 0
        return sum(_replicas_in(entry) for entry in entries.values() if isinstance(entry, dict))

    def cancel_running_copies(self) -> None:
        """End the copies of a stack that is to be destroyed, where the API can: the native delete refuses them."""
        running = self._images(lambda state: state.phase is Phase.COPYING)
        self._end(running, lambda cloud: cloud.cancel, "cancelled the copy to {}, which is to go")

    def delete_failed_copies(self) -> None:
        """Delete what has failed: the native resource takes it for healthy, for ever.

        The refresh of the `up` that follows finds it gone, so it is copied again.
        """
        self._end(self._images(_has_failed), lambda cloud: cloud.discard, "deleted {}, whose copy had failed")

    def tell_failed_copies(self) -> None:
        """Say which copies `delete_failed_copies` would delete: the engine's preview shows them as unchanged."""
        for image in self._images(_has_failed):
            self.say(f"repair: the copy {image.id} in {image.region} has failed; `up` deletes it and copies again")

    def forget_export(self) -> None:
        """Have the state exported again: somebody may have changed it while a person was asked."""
        self._known = None

    def _images(self, is_meant: Callable[[CopyState], bool]) -> list[table.Replica]:
        """Find the recorded images that the stack may delete, of those that the cloud lists in such a state."""
        deployment = self._exported()["deployment"] or {}
        kept = {
            row["id"]
            for row in deployment.get("resources") or []
            if row.get("id") and (row.get("protect") or row.get("external") or row.get("retainOnDelete"))
        }
        images = [each for each in table.recorded(deployment) if each.type == IMAGE_COPY and each.id not in kept]
        if not images:
            return []
        cloud = self._clouds().of(IMAGE_COPY)
        states, _ = table.look_up(images, lambda _: cloud.service)
        return [each for each in images if (state := states.get(each.id)) and is_meant(state)]

    def _end(
        self, images: Sequence[table.Replica], way: Callable[[Cloud], Callable[[str, str], None] | None], said: str
    ) -> None:
        end = way(self._clouds().of(IMAGE_COPY)) if images else None
        if end is None:
            return
        self._claimed(self._exported())
        for image in images:
            try:
                end(image.region, image.id)
            except CloudError as error:
                self.say(f"repair: {error}")
            else:
                self.say(f"repair: {said.format(f'{image.id} in {image.region}')}")

    def _without_dead(
        self, deployment: Mapping[str, Any], pending: Sequence[Pending], found: Mapping[int, Found]
    ) -> dict[int, Found]:
        """Delete what was started and has failed: its name would be in the way of the next copy."""
        clouds = self._clouds()
        living = {index: each for index, each in found.items() if not each.is_dead}
        for index in found.keys() - living.keys():
            creation = pending[index]
            region, _ = KINDS[creation.type].place(creation.row, deployment.get("resources") or [])
            discard = clouds.of(creation.type).discard
            if discard:
                discard(region, found[index].id)
                self.say(f"repair: {creation.name}: deleted {found[index].id}, whose copy had failed")
        return living

    def replicas_table(self) -> str:
        """Lay out the stack's replicas with what the cloud says of them; "" where there are none."""
        replicas = table.recorded(self._exported()["deployment"] or {})
        if not replicas:
            return ""
        clouds = self._clouds()
        states, problems = table.look_up(replicas, lambda type_: clouds.of(type_).service)
        return "\n".join([table.table(replicas, states), *problems])

    def _clouds(self) -> Clouds:
        return Clouds(self._config())

    def _config(self) -> dict[str, str]:
        """Return the stack's config as the program gets it; the engine tells what is not plainly written."""
        written = self.project.stack_config(self.stack.name)
        if '"secure"' in json.dumps(written, default=str) or self.project.uses_environments(self.stack.name):
            return {key: str(value.value) for key, value in self.stack.get_all_config().items()}
        return {key: value if isinstance(value, str) else json.dumps(value) for key, value in written.items()}

    def _clear_the_way(self) -> None:
        for line in leftovers.end_orphans(self.project.directory):
            self.say(f"repair: {line}")
        for line in leftovers.break_dead_locks(self.backend_url, self.project.name, self.stack.name):
            self.say(f"repair: {line}")

    def _finder(self, deployment: Mapping[str, Any]) -> PendingFinder:
        clouds = self._clouds()
        rows = deployment.get("resources") or []
        recorded = {str(row["id"]) for row in rows if row.get("id")}

        def find(creation: Pending) -> Found | None:
            return clouds.of(creation.type).find(creation.row, rows, creation.earliest, recorded)

        return find

    def _exported(self) -> dict[str, Any]:
        """Return the stack's state as it was exported since this run last changed it: the CLI is slow to start."""
        if self._known is None:
            self._known = self._export()
        return self._known

    def _export(self) -> dict[str, Any]:
        # Not through the Automation API: it exports secrets in plain text.
        exported = self.command.run(["stack", "export", "--stack", self.stack.name], str(self.project.directory), {})
        return dict(json.loads(exported.stdout))

    def _claimed(self, exported: dict[str, Any]) -> dict[str, Any]:
        """Make sure that no other run is changing the stack, before something in the cloud is ended.

        A backend other than a file tells by its lock only: writing the state as it is takes that.
        """
        self._replace_state(exported, exported)
        return self._exported()

    def _replace_state(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        if self._export() != before:
            raise leftovers.StackBusy(
                f"stack {self.stack.name} was changed by another run meanwhile", "run the same command again"
            )
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "state.json"
            path.write_text(json.dumps(after))
            arguments = ["stack", "import", "--file", str(path), "--stack", self.stack.name]
            self.command.run(arguments, str(self.project.directory), {})
        self._known = None

    @contextmanager
    def _signals_end_waits(self) -> Iterator[None]:
        """Let Ctrl-C and SIGTERM end the program's waits and reach the engine, each once."""

        def stop(_number: int, _frame: object) -> None:
            readiness.interrupt_all(readiness.STOPPED)
            self.command.interrupt()

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _has_failed(state: CopyState) -> bool:
    return state.status == COPY_FAILED


def open_stack(directory: Path, stack: str, *, say: Callable[[str], None], language_host: bool | None = None) -> Run:
    """Open a stack, creating it where its config file exists and its state does not.

    Args:
        directory: The project's directory.
        stack: The stack's name.
        say: Prints one line.
        language_host: True and False force the program out of, and into, this process; None takes what the engine has.

    Raises:
        ReplicaError: The stack's config file or environment cannot be used.
        CommandError: The engine refuses the stack.
        EngineNotFound: No engine could be found or got.
    """
    project = Project(directory)
    os.environ.update(project.environment(stack, os.environ))
    engine = resolve_engine(python_host=bool(language_host), say=say)
    say(engine.describe())
    put_first_on_path([*engine.path_dirs, Path(sys.prefix) / "bin"])
    if project.is_sandbox(stack):
        use_plugins(os.environ, say)
    hosted = engine.language_host if language_host is None else language_host
    command = EngineCommand(engine)
    backend_url = os.environ.get("PULUMI_BACKEND_URL") or _logged_in_to(command, directory)
    for line in leftovers.mend_metadata(backend_url, project.name, stack):
        say(f"repair: {line}")
    options = automation.LocalWorkspaceOptions(work_dir=str(directory), pulumi_command=command)
    if hosted:
        opened = automation.create_or_select_stack(stack, work_dir=str(directory), opts=options)
    else:
        opened = automation.create_or_select_stack(
            stack, project_name=project.name, program=_program_of(directory), opts=options
        )
    _ask_for_no_result(opened)
    return Run(project, opened, command, backend_url, say)


def _ask_for_no_result(stack: automation.Stack) -> None:
    """Leave out what the Automation API asks the engine after each operation: the runner shows its own table."""
    nothing = automation.UpdateSummary(
        kind="", start_time=datetime.now(UTC), message="", environment={}, config={}, result=""
    )
    for method, answer in (("outputs", {}), ("info", nothing)):
        setattr(stack, method, lambda *_, answer=answer: answer)


def _replicas_in(entry: Mapping[str, Any]) -> int:
    destinations, source = entry.get("destinations"), entry.get("source")
    generations = source.get("ids") if isinstance(source, dict) else None
    regions = len(destinations) if isinstance(destinations, dict) else 0
    return regions * (len(generations) if isinstance(generations, list) else 1)


def _logged_in_to(command: EngineCommand, directory: Path) -> str:
    return str(json.loads(command.run(["whoami", "--json"], str(directory), {}).stdout).get("url") or "")


def _program_of(directory: Path) -> Callable[[], None]:
    os.chdir(directory)
    sys.path.insert(0, str(directory))  # as the language host does: modules beside __main__.py can be imported

    def program() -> None:
        runpy.run_path(str(directory / "__main__.py"), run_name="__main__")

    return program


def first_line(error: automation.errors.CommandError) -> str:
    """Say in one line why a CLI command failed."""
    text = str(error).partition("stderr:")[2] or str(error)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0].removeprefix("error: ") if lines else "the engine said nothing"
