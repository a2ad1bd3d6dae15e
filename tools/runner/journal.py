"""What a run started to create and did not see recorded, kept on this machine until a repair has looked for it.

The engine forgets a creation that failed, also when its provider process died after the cloud had accepted the copy.
The journal listens to the engine's events and remembers the inputs, token included, of every creation; the provider
processes write how each ended (`components.lifecycle.outcome`). Whatever was neither recorded nor refused stays. It
holds no secrets: the engine masks them in its events, and repair puts other secrets in their places.

Its file is named after the stack's id, which no renaming and no move of the backend changes, or, until there is one,
after the backend and the stack. It is on disk before the next event is looked at; a run that cannot write or
read it ends.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pulumi.automation import EngineEvent
from pulumi.automation.events import StepEventMetadata

from components import kinds
from components.clouds.errors import ReplicaError
from components.lifecycle import outcome
from components.lifecycle.outcome import Outcome
from components.replica.stack_identity import IDENTITY_TYPE
from tools.runner import masks
from tools.runner.repair import Pending

_CREATES = {"create", "create-replacement"}


Entries = dict[str, dict[str, Any]]


class JournalUnusable(ReplicaError):
    """The journal cannot be written or read: a run could lose what it starts, or what an earlier one has started."""


class Journal:
    """The unrecorded creations of one stack, in a file of the project directory, and their outcomes beside it.

    Args:
        directory: Where journals are; made when there is something to write.
        backend_url: The stack's state backend, in its one spelling.
        stack: The stack's name: `prod`, or `organization/replicas/prod`.
        stack_id: Returns the stack's id, "" where its state has none yet.
    """

    def __init__(
        self,
        directory: Path,
        backend_url: str,
        stack: str,
        stack_id: Callable[[], str] = lambda: "",
    ) -> None:
        self._directory = directory
        self._stack = stack.rpartition("/")[2]
        self._stack_id = stack_id
        self._place = directory / f"{_place(backend_url, stack)}.json"
        self._path = self._place
        self.unwritten = ""
        self.found_taken = False
        self._earlier: Entries = {}
        self._open: Entries = {}

    def begin(self) -> None:
        """Make sure that what a run starts can be noted, and have its provider processes write their outcomes here.

        Raises:
            JournalUnusable: It cannot be written or read.
        """
        self._earlier = self._read()
        self._path = self._files()[0]
        try:
            if not self._directory.is_dir():
                self._directory.mkdir(exist_ok=True)  # runs of other stacks may make it now
                _sync(self._directory.parent)
            _replace(self._path, self._earlier)
            self._write()
        except OSError as error:
            raise self._unusable(error) from None
        os.environ[outcome.FILE] = str(self._path.with_suffix(".outcomes"))

    def record(self, event: EngineEvent) -> None:
        """Take note of an engine event."""
        if before := event.resource_pre_event:
            if not before.planning and _creates(before.metadata):
                self._started(before.metadata)
        elif after := event.res_outputs_event:
            if not after.planning and _creates(after.metadata):
                self._ended(after.metadata.urn)
            elif not after.planning and after.metadata.type == IDENTITY_TYPE:
                self._identified(after.metadata)
        elif (failure := event.diagnostic_event) and failure.severity == "error":
            self._failed(failure.urn, failure.message)

    def unrecorded(self) -> list[Pending]:
        """Return the creations that earlier runs, or this one, left open.

        Raises:
            JournalUnusable: It cannot be read.
        """
        outcomes = [path.with_suffix(".outcomes") for path in self._files()]
        ended = [each for path in outcomes for each in outcome.read(path)]
        refused = {each.token for each in ended if each.outcome is Outcome.REFUSED}
        refused -= {each.token for each in ended if each.outcome is not Outcome.REFUSED}
        others = {token: ids for path in outcomes for token, ids in outcome.others(path).items()}
        owners = {token: owner for path in outcomes for token, owner in outcome.owners(path).items()}
        return [
            replace(_pending(entry), others=others.get(token), owner=owners.get(token, {}))
            for token, entry in self._read().items()
            if token not in refused
        ]

    def clear(self, kept: Sequence[Pending] = ()) -> None:
        """Forget them: they were looked for. Those that are kept could not be, or the state holds them no more."""
        known = self._read()
        self._earlier = {each.token: known.get(each.token) or _entry(each) for each in kept}
        self._open = {}
        self._path, *others = self._files()
        try:
            self._write()
            for path in others:
                path.unlink(missing_ok=True)
            if not self._earlier:
                for path in self._files():
                    path.with_suffix(".outcomes").unlink(missing_ok=True)
        except OSError as error:
            if self._earlier:  # else what stays noted is found recorded the next time
                raise self._unusable(error) from None

    def _unusable(self, error: OSError) -> JournalUnusable:
        return JournalUnusable(
            f"what a run starts cannot be noted in {self._directory} ({error.strerror}), so nothing was started",
            "make that directory writable, then run the same command again",
        )

    def _started(self, step: StepEventMetadata) -> None:
        if step.new is None:
            return
        inputs = dict(step.new.inputs or {})
        masked = [key for key, value in inputs.items() if masks.holds_one(value)]
        row = {
            "urn": step.urn,
            "custom": True,
            "type": step.type,
            "inputs": {key: value for key, value in inputs.items() if not masks.is_one(value)},
            "parent": step.new.parent,
            "provider": step.new.provider,
        }
        self._open[step.urn] = {"row": row, "started": datetime.now(UTC).isoformat(), "masked": masked}
        try:
            self._write()
        except OSError as error:
            self.unwritten = f"what the run started could not be noted in {self._path}: {error.strerror}"

    def _identified(self, step: StepEventMetadata) -> None:
        # It is recorded by now, and no copy has been started: each is marked with it.
        if step.new and step.new.id:
            self._path = self._directory / f"{step.new.id}.json"

    def _failed(self, urn: str | None, message: str) -> None:
        # Native plugins write no outcomes; their kind knows the form of a refusal.
        if urn in self._open:
            reader = kinds.rows()[self._open[urn]["row"]["type"]]
            self.found_taken = self.found_taken or reader.is_taken(message)
            if reader.was_refused(message):
                self._ended(urn)

    def _ended(self, urn: str) -> None:
        if self._open.pop(urn, None):
            with suppress(OSError):
                self._write()

    def _files(self) -> list[Path]:
        """The files that may be the stack's, the one to write first."""
        id_ = self._stack_id()
        return [self._directory / f"{id_}.json", self._place] if id_ else [self._place]

    def _read(self) -> Entries:
        """Token -> entry."""
        noted = [*self._open.values(), *(entry for path in self._files() for entry in _entries(path))]
        return {_pending(entry).token: _in_stack(entry, self._stack) for entry in noted}

    def _write(self) -> None:
        entries = {_pending(entry).token: entry for entry in self._open.values()} | self._earlier
        if entries:
            self._directory.mkdir(exist_ok=True)
            _replace(self._path, entries)
        else:
            self._path.unlink(missing_ok=True)


def _place(backend_url: str, stack: str) -> str:
    """Name a stack by where it is: `prod`, `organization/replicas/prod` and `organization/prod` are one."""
    organization, _, name = stack.rpartition("/")
    organization = organization.partition("/")[0]
    place = backend_url if organization in {"", "organization"} else f"{backend_url}/{organization}"
    return f"{re.sub('[^A-Za-z0-9._-]', '_', name)}-{hashlib.sha256(place.encode()).hexdigest()[:8]}"


def _entries(path: Path) -> list[dict[str, Any]]:
    try:
        entries = list(json.loads(path.read_text(encoding="utf-8")).values())
        for entry in entries:
            _ = _pending(entry).token
    except FileNotFoundError:
        return []
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        raise JournalUnusable(
            f"the journal {path} cannot be read, so what an earlier run has started is not known",
            "compare the cloud with what `report` lists, delete copies that no stack lists, then delete that file",
        ) from None
    return entries


def _pending(entry: Mapping[str, Any]) -> Pending:
    started = datetime.fromisoformat(entry["started"])
    return Pending(entry["row"], started, float(entry.get("uncertainty", 0.0)), tuple(entry["masked"]))


def _in_stack(entry: Mapping[str, Any], stack: str) -> dict[str, Any]:
    """Return the entry with the URNs that its row has in a stack of this name: it may have been renamed."""
    row = dict(entry["row"])
    for key in ("urn", "parent", "provider"):
        if str(row.get(key) or "").startswith("urn:pulumi:"):
            row[key] = f"urn:pulumi:{stack}::{row[key].partition('::')[2]}"
    return {**entry, "row": row}


def _replace(path: Path, entries: Mapping[str, Any]) -> None:
    """Write a file that is either the old one or the new one, also after a power loss."""
    unfinished = path.with_suffix(".new")
    with unfinished.open("w", encoding="utf-8") as file:
        json.dump(entries, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    _sync(path.parent)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _entry(creation: Pending) -> dict[str, Any]:
    return {
        "row": creation.row,
        "started": creation.started.isoformat(),
        "uncertainty": creation.uncertainty,
        "masked": creation.masked,
    }


def _creates(step: StepEventMetadata) -> bool:
    return step.type in kinds.rows() and str(getattr(step.op, "value", step.op)) in _CREATES
