"""Reads a preview, or a refresh in preview mode, from the engine's events as they come.

The events are the one source: they carry deletions with what is recorded, which no policy pack sees. What the engine
masks stays masked, and what it should have masked is masked here.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from pulumi.automation import EngineEvent
from pulumi.automation.events import StepEventMetadata, StepEventStateMetadata
from pulumi.output import UNKNOWN

from components import kinds
from components.lifecycle.results import MASKED
from components.model.copy_fields import COPY
from components.model.field import Change as FieldChange
from components.model.kind import Kind
from components.replica.stack_identity import IDENTITY_TYPE
from components.review.recorded import replica
from components.review.replicas import Action, Change, Replica
from tools.review.report import FAILED, SECRET

SECRET_KEY = "4dabf18193072939515e22adb298388d"  # noqa: S105 - the engine's own: what it stands in is a secret
_NOT_KNOWN = re.compile(r"04da6b54-80e4-46f7-96ec-b56ff033[0-9a-f]{4}")
"""What the engine sends in place of a value that the run makes; the last digits say of which type it will be."""
_COLOR = re.compile(r"<\{%[^%]*%\}>")

ACTIONS: Mapping[str, Action] = {
    "same": Action.SAME,
    "create": Action.CREATE,
    "import": Action.CREATE,
    "update": Action.UPDATE,
    "replace": Action.REPLACE,
    "import-replacement": Action.REPLACE,
    "delete": Action.DELETE,
}
"""The engine's step that says what becomes of a resource -> what that is. The others are parts of a replacement."""

_ECHO = "an unhandled error occurred: "
"""How the engine repeats an error of the program."""


class Recorder:
    """Takes the events of one operation.

    Args:
        drift: The operation is a refresh: what it finds is the change, and nothing else is.
    """

    def __init__(self, *, drift: bool = False) -> None:
        self._drift = drift
        self._steps: dict[str, StepEventMetadata] = {}
        self._rows: dict[str, dict[str, Any]] = {}
        self._made: set[str] = set()
        self._deleted_first: set[str] = set()
        self._leftovers: dict[str, StepEventMetadata] = {}
        self._refreshing: set[str] = set()
        self._dead: set[str] = set()
        self.problems: list[str] = []
        """Errors of the engine and of the program, each once, as plain text."""
        self.violations: list[Any] = []
        """The policy packs' events."""

    def take(self, event: EngineEvent) -> None:
        """Take one event."""
        if event.resource_pre_event:
            self._take_step(event.resource_pre_event.metadata)
        elif event.res_outputs_event:
            self._take_outputs(event.res_outputs_event.metadata)
        elif event.policy_event:
            self.violations.append(event.policy_event)
        elif event.diagnostic_event and event.diagnostic_event.severity == "error":
            self._take_problem(event.diagnostic_event.message, event.diagnostic_event.urn or "")

    def take_dead(self, ids: Collection[str]) -> None:
        """Take the ids of copies that have failed, which a native resource's own read does not tell."""
        self._dead |= {*ids}

    def changes(self) -> list[Change]:
        """Return what becomes of every replica, unchanged ones included, by name."""
        return sorted(
            (self._change(step, kinds.OF_TYPE[step.type]) for step in self._copies()),
            key=lambda change: (change.replica.kind, change.replica.entry, change.replica.region, change.urn),
        )

    def others(self) -> Iterator[tuple[str, str, str]]:
        """Yield action, type and name of every change of a resource that is no replica and no part of one.

        Components, providers and the stack's id are nothing in a cloud.
        """
        parts = {IDENTITY_TYPE, *kinds.OF_TYPE, *(kind.companion for kind in kinds.KINDS)}
        found = [(step, ACTIONS.get(_op(step), Action.SAME)) for step in self._steps.values() if step.type not in parts]
        found += [(step, Action.DELETE) for step in self._leftovers.values()]
        for step, action in found:
            state = _state(step)
            stays = action is Action.DELETE and not self._drift and state.retain_on_delete
            is_thing = state.custom and not step.type.startswith("pulumi:providers:")
            if action is not Action.SAME and is_thing and not stays:
                yield action.value, step.type, step.urn.rpartition("::")[2]

    def _take_step(self, step: StepEventMetadata) -> None:
        op = _op(step)
        for state in (step.old, step.new):
            if state:
                self._rows[step.urn] = _row(state)
        if op == "refresh":
            self._refreshing.add(step.urn)
        elif self._drift:
            return
        elif op == "create-replacement":
            self._made.add(step.urn)
        elif op in {"delete-replaced", "discard-replaced"}:
            if step.urn not in self._made:
                self._leftovers[step.urn] = step
        elif op in ACTIONS:
            self._refreshing.discard(step.urn)
            self._steps[step.urn] = step
            if op == "replace" and step.urn in self._leftovers:  # what was deleted first is what it replaces
                del self._leftovers[step.urn]
                self._deleted_first.add(step.urn)

    def _take_outputs(self, step: StepEventMetadata) -> None:
        """Take what a refresh found of one resource; other operations have said everything before."""
        if step.urn not in self._refreshing:
            return
        self._refreshing.discard(step.urn)
        if step.new:
            self._rows[step.urn] = _row(step.new)
        if self._drift:
            self._steps[step.urn] = step

    def _take_problem(self, message: str, urn: str) -> None:
        text = _COLOR.sub("", message).strip().removeprefix("error: ").removeprefix(_ECHO)
        name = urn.rpartition("::")[2]
        if name and name not in text:
            text = f"{name}: {text}"
        if text and text not in self.problems:
            self.problems.append(text)

    def _copies(self) -> Iterator[StepEventMetadata]:
        return (step for step in self._steps.values() if step.type in kinds.OF_TYPE)

    def _change(self, step: StepEventMetadata, kind: Kind) -> Change:
        action = ACTIONS.get(_op(step), Action.SAME)
        beside = self._beside(step.urn, kind)
        old, new = (beside.old, beside.new or beside.old) if beside else (None, None)
        before = self._replica(step.old, old) if step.old else None
        after = self._replica(step.new, new) if step.new else None
        if action is Action.CREATE:
            before = None
        elif action is Action.DELETE:
            after = None
        differing: tuple[str, ...] = ()
        if before and after and before.id in self._dead:
            if self._drift:
                after = replace(after, failure=FAILED)
            else:  # what `up` deletes before its refresh, and copies again
                return Change(Action.REPLACE, replace(before, failure=FAILED), replace(after, id=""), urn=step.urn)
        if before and after:
            differing = tuple(_differing(step, before, after))
            if beside and _op(beside) == "update" and action is Action.SAME:
                action = Action.UPDATE
            action = self._judged(action, before, after, differing)
            if action in {Action.SAME, Action.UPDATE}:
                # What only the record knows is not in what is declared.
                after = replace(
                    after,
                    id=before.id,
                    created=before.created,
                    renewed=after.renewed or before.renewed,
                    failure=after.failure or before.failure,
                )
        return Change(
            action,
            before,
            after,
            deletes_first=action is Action.REPLACE and step.urn in self._deleted_first,
            retained=action is Action.DELETE and not self._drift and bool(step.old and step.old.retain_on_delete),
            properties=differing if action in {Action.UPDATE, Action.REPLACE} else (),
            urn=step.urn,
        )

    def _judged(self, action: Action, before: Replica, after: Replica, differing: tuple[str, ...]) -> Action:
        if action is Action.REPLACE:
            return action
        if self._drift and after.failure and not before.failure:
            return Action.REPLACE  # the next `up` makes it again
        # What a refresh finds of what nobody declares is no drift.
        return Action.SAME if self._drift and not differing else action

    def _beside(self, urn: str, kind: Kind) -> StepEventMetadata | None:
        """Find the step of the resource beside a native copy, which holds the settings that the copy's own cannot."""
        if not kind.companion:
            return None
        return next((step for step in self._companions() if _state(step).parent == urn), None)

    def _companions(self) -> Iterator[StepEventMetadata]:
        types = {kind.companion for kind in kinds.KINDS if kind.companion}
        return (step for step in self._steps.values() if step.type in types)

    def _replica(self, state: StepEventStateMetadata, beside: StepEventStateMetadata | None) -> Replica:
        made = replica(_row(state), [*self._rows.values()], _row(beside) if beside else {})
        masked = (state.outputs or {}).get(MASKED) or ()
        properties = {name: SECRET if name in masked else known(value) for name, value in made.properties.items()}
        return replace(made, properties=properties)


def known(value: Any) -> Any:
    """Return a value as the rules read it: secrets masked, what is not known yet as `Unknown`, numbers whole."""
    if isinstance(value, str):
        return UNKNOWN if _NOT_KNOWN.fullmatch(value) else value
    if isinstance(value, Mapping):
        if SECRET_KEY in value:
            return SECRET
        return {key: known(inner) for key, inner in value.items() if not key.startswith("__")}
    if isinstance(value, list):
        return [known(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _differing(step: StepEventMetadata, before: Replica, after: Replica) -> Iterator[str]:
    """Find the declared properties that differ; of what is masked the engine alone knows it."""
    named = {path.partition(".")[0].partition("[")[0] for path in step.detailed_diff or ()}
    named |= {*(step.diffs or ()), *(step.keys or ())}
    for name in dict.fromkeys([*before.properties, *after.properties]):
        old, new = before.value(name), after.value(name)
        field = after.of_kind.settings.get(name) or COPY.get(name)
        if field is None or field.change is FieldChange.AT_CREATION:
            continue
        is_masked = _is_masked(old) and _is_masked(new)
        if (is_masked and name in named) or (old != new and not (_is_nothing(old) and _is_nothing(new))):
            yield name


def _is_nothing(value: Any) -> bool:
    return value is None or value == {}


def _is_masked(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_is_masked, value.values()))
    return bool(value == SECRET)


def _op(step: StepEventMetadata) -> str:
    return str(step.op.value)


def _state(step: StepEventMetadata) -> StepEventStateMetadata:
    found = step.new or step.old
    assert found is not None  # noqa: S101 - a step has one or both
    return found


def _row(state: StepEventStateMetadata) -> dict[str, Any]:
    """Return a state as the export of a stack has it."""
    return {
        "type": state.type,
        "urn": state.urn,
        "parent": state.parent,
        "provider": state.provider,
        "id": state.id,
        "inputs": dict(state.inputs or {}),
        "outputs": dict(state.outputs or {}),
    }
