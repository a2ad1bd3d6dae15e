"""What a run started to create and did not see recorded, kept on this machine until a repair has looked for it.

The engine forgets a creation that failed, also when its provider process died after the cloud had accepted the copy.
The journal listens to the engine's events and remembers the inputs, token included, of every creation; the provider
processes write how each ended (`components.lifecycle.outcome`). Whatever was neither recorded nor refused stays. It
holds no secrets: the engine masks them in its events, and what is masked is left out here.
"""

import hashlib
import json
import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pulumi.automation import EngineEvent
from pulumi.automation.events import StepEventMetadata

from components import kinds
from components.lifecycle import outcome
from components.lifecycle.outcome import Outcome
from tools.runner.repair import Pending

CLOCK_TOLERANCE = 60.0
"""Seconds by which the cloud's clock may be behind this machine's."""

_MASK = "[secret]"
"""What the engine writes for a secret in its events."""

_CREATES = {"create", "create-replacement"}


class Journal:
    """The unrecorded creations of one stack, in a file of the project directory, and their outcomes beside it.

    Args:
        directory: Where journals are; made when there is something to write.
        backend_url: The stack's state backend.
        stack: The stack's name.
    """

    def __init__(self, directory: Path, backend_url: str, stack: str) -> None:
        backend = hashlib.sha256(backend_url.encode()).hexdigest()[:8]
        self._path = directory / f"{re.sub('[^A-Za-z0-9._-]', '_', stack)}-{backend}.json"
        self._outcomes = self._path.with_suffix(".outcomes")
        self._open: dict[str, dict[str, Any]] = {}

    def collect_outcomes(self) -> None:
        """Have the provider processes of the operations that follow write their outcomes here."""
        try:
            self._path.parent.mkdir(exist_ok=True)
        except OSError:  # a checkout that cannot be written to: every outcome is unknown then
            os.environ.pop(outcome.FILE, None)
        else:
            os.environ[outcome.FILE] = str(self._outcomes)

    def record(self, event: EngineEvent) -> None:
        """Take note of an engine event."""
        if before := event.resource_pre_event:
            if not before.planning and _creates(before.metadata):
                self._started(before.metadata)
        elif after := event.res_outputs_event:
            if not after.planning and _creates(after.metadata):
                self._ended(after.metadata.urn)
        elif (failure := event.diagnostic_event) and failure.severity == "error":
            self._failed(failure.urn, failure.message)

    def unrecorded(self) -> list[Pending]:
        """Return the creations that earlier runs left open."""
        try:
            entries = json.loads(self._path.read_text())
        except (FileNotFoundError, ValueError):
            return []
        creations = [
            Pending(entry["row"], datetime.fromisoformat(entry["started"]), CLOCK_TOLERANCE, tuple(entry["masked"]))
            for entry in entries.values()
        ]
        ended = list(outcome.read(self._outcomes))
        refused = {each.token for each in ended if each.outcome is Outcome.REFUSED}
        refused -= {each.token for each in ended if each.outcome is not Outcome.REFUSED}
        return [creation for creation in creations if creation.token not in refused]

    def clear(self, kept: Sequence[Pending] = ()) -> None:
        """Forget them: they were looked for. Those that are kept could not be, or the state holds them no more."""
        self._open = {creation.token: _entry(creation) for creation in kept}
        self._write()
        self._outcomes.unlink(missing_ok=True)

    def _started(self, step: StepEventMetadata) -> None:
        if step.new is None:
            return
        inputs = dict(step.new.inputs or {})
        masked = [key for key, value in inputs.items() if _MASK in json.dumps(value)]
        row = {
            "urn": step.urn,
            "custom": True,
            "type": step.type,
            "inputs": {key: value for key, value in inputs.items() if key not in masked},
            "parent": step.new.parent,
            "provider": step.new.provider,
        }
        self._open[step.urn] = {"row": row, "started": datetime.now(UTC).isoformat(), "masked": masked}
        self._write()

    def _failed(self, urn: str | None, message: str) -> None:
        # Native plugins write no outcomes; their kind knows the form of a refusal.
        if urn in self._open and kinds.rows()[self._open[urn]["row"]["type"]].was_refused(message):
            self._ended(urn)

    def _ended(self, urn: str) -> None:
        if self._open.pop(urn, None):
            self._write()

    def _write(self) -> None:
        if not self._open:
            self._path.unlink(missing_ok=True)
            return
        self._path.parent.mkdir(exist_ok=True)
        unfinished = self._path.with_suffix(".new")
        unfinished.write_text(json.dumps(self._open, indent=1))
        unfinished.replace(self._path)


def _entry(creation: Pending) -> dict[str, Any]:
    started = datetime.fromtimestamp(creation.earliest + CLOCK_TOLERANCE, UTC)
    return {"row": creation.row, "started": started.isoformat(), "masked": creation.masked}


def _creates(step: StepEventMetadata) -> bool:
    return step.type in kinds.rows() and str(getattr(step.op, "value", step.op)) in _CREATES
