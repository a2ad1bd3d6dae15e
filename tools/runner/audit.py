"""Checks what states record against what is demanded: `replicas audit`. It changes nothing, and asks no cloud.

The engine exports each state and has the policy pack judge it (`pulumi policy analyze`), without the program.
"""

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi.automation.errors import CommandError

from components import kinds
from components.clouds.errors import ReplicaError
from tools.engine import resolve_engine
from tools.runner import engine_errors
from tools.runner.command import EngineCommand
from tools.runner.project import Project
from tools.runner.stack import environment
from tools.runner.target import Target

VIOLATED = 3
"""The exit code where a mandatory policy is violated."""


@dataclass(frozen=True)
class Violation:
    """One finding of the pack, as the engine reports it.

    Attributes:
        rule: The policy's name.
        is_mandatory: Whether it must not be.
        text: What is the matter, and the next step.
    """

    rule: str
    is_mandatory: bool
    text: str


def audit(project: Project, names: Sequence[str], target: Target | None, say: Callable[[str], None]) -> int:
    """Judge the named stacks, or all of the backend, and print a line for each and for each finding.

    Returns:
        3 if one violates a mandatory policy, 1 if one could not be judged, 0 otherwise.

    Raises:
        ReplicaError: The project has no policy pack.
        CommandError: The backend does not list its stacks.
    """
    if not project.pack:
        raise ReplicaError(f"{project.directory} has no policy pack", "add policy/run, or name the project with -C")
    os.environ.update(environment(target))
    engine = resolve_engine(python_host=False, say=say)
    command = EngineCommand(engine)
    if not names:
        listed = json.loads(command.run(["stack", "ls", "--json"], str(project.directory), {}).stdout)
        names = sorted(str(stack["name"]) for stack in listed)
    violated = failed = 0
    for name in names:
        try:
            found = list(_judged(name, project, project.pack, command))
        except CommandError as error:
            say(f"error: {engine_errors.of_command(error, name)}")
            failed += 1
        except ReplicaError as error:
            say(f"error: {name}: {error}")
            failed += 1
        else:
            violated += any(each.is_mandatory for each in found)
    print(
        f"audit: {_counted(len(names), 'stack')}, {violated} with mandatory violations, {failed} not judged", flush=True
    )
    return VIOLATED if violated else int(bool(failed))


def _judged(name: str, project: Project, pack: Path, command: EngineCommand) -> list[Violation]:
    """Judge one stack, and print what is found."""
    state = command.run(["stack", "export", "--stack", name], str(project.directory), {}).stdout
    rows = (json.loads(state).get("deployment") or {}).get("resources") or []
    copies = sum(row["type"] in kinds.OF_TYPE for row in rows)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "state.json"
        path.write_text(state, encoding="utf-8")
        lines: list[str] = []
        words = ["policy", "analyze", "--json", "--policy-pack", str(pack), "--file", str(path)]
        try:
            command.run(words, str(project.directory), {}, on_output=lines.append)
        except CommandError:
            if not any(each.is_mandatory for each in _violations(lines)):
                raise
    found = sorted(_violations(lines), key=lambda each: not each.is_mandatory)
    mandatory = sum(each.is_mandatory for each in found)
    judged = "" if project.has_config(name) else " (it has no config file here, so that nothing is demanded)"
    print(f"{name}: {_counted(copies, 'replica')}, {mandatory} mandatory, {len(found) - mandatory} advisory{judged}")
    for each in found:
        print(f"  {'mandatory' if each.is_mandatory else 'advisory '} {each.rule}: {each.text}", flush=True)
    return found


def _violations(lines: Sequence[str]) -> Iterator[Violation]:
    """Read the findings from the engine's events."""
    for line in lines:
        event: dict[str, Any] = json.loads(line) if line.startswith("{") else {}
        if found := event.get("policyEvent"):
            is_mandatory = found["enforcementLevel"] == "mandatory"
            name, message = str(found["policyName"]), str(found["message"])
            # The engine writes the policy's description above what was found.
            yield Violation(name.removesuffix("-advisory"), is_mandatory, message.strip().rpartition("\n")[2])


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'s' * (number != 1)}"
