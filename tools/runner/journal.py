"""What a run started to create and did not see recorded, kept on this machine until a repair has looked for it.

The engine forgets a creation that failed, also when its provider process died after the cloud had accepted the copy.
The journal listens to the engine's events and remembers the inputs, token included, of every such creation whose
outcome is not known. It holds no secrets: the engine masks them in its events, and what is masked is left out here.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from components.lifecycle.lifecycle import OUTCOME_UNKNOWN
from pulumi.automation import EngineEvent
from pulumi.automation.events import StepEventMetadata

from tools.runner.kinds import KINDS
from tools.runner.repair import Pending

CLOCK_TOLERANCE = 60.0
"""Seconds by which the cloud's clock may be behind this machine's."""

_REQUEST_ID = re.compile(r"request ?id|\(request ", re.IGNORECASE)
_CLOUDS_FAULT = re.compile(r"InternalError|ServiceUnavailable|Processing|status ?code: ?5", re.IGNORECASE)
"""What a cloud answers that may have done what was asked all the same."""

_NAME_IS_TAKEN = "InvalidImageName.Duplicated"
"""By an image of this stack, since the name is its own: an earlier request, whose answer was lost, has started it."""

_MASK = "[secret]"
"""What the engine writes for a secret in its events."""

_CREATES = {"create", "create-replacement"}


class Journal:
    """The unrecorded creations of one stack, in a file of the project directory.

    Args:
        directory: Where journals are; made when there is something to write.
        backend_url: The stack's state backend.
        stack: The stack's name.
    """

    def __init__(self, directory: Path, backend_url: str, stack: str) -> None:
        backend = hashlib.sha256(backend_url.encode()).hexdigest()[:8]
        self._path = directory / f"{re.sub('[^A-Za-z0-9._-]', '_', stack)}-{backend}.json"
        self._open: dict[str, dict[str, Any]] = {}

    def hear(self, event: EngineEvent) -> None:
        """Take note of an engine event."""
        if before := event.resource_pre_event:
            if not before.planning and _creates(before.metadata):
                self._started(before.metadata)
        elif after := event.res_outputs_event:
            if not after.planning and _creates(after.metadata):
                self._ended(after.metadata.urn)
        elif (told := event.diagnostic_event) and told.urn and told.severity == "error" and _is_definite(told.message):
            self._ended(told.urn)

    def unrecorded(self) -> list[Pending]:
        """Return the creations that earlier runs left open."""
        try:
            entries = json.loads(self._path.read_text())
        except (FileNotFoundError, ValueError):
            return []
        return [
            Pending(entry["row"], datetime.fromisoformat(entry["started"]), CLOCK_TOLERANCE, tuple(entry["masked"]))
            for entry in entries.values()
        ]

    def clear(self) -> None:
        """Forget them: they were looked for."""
        self._open = {}
        self._path.unlink(missing_ok=True)

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


def _creates(step: StepEventMetadata) -> bool:
    return step.type in KINDS and str(getattr(step.op, "value", step.op)) in _CREATES


def _is_definite(message: str) -> bool:
    """Tell whether an error says that nothing was started.

    One of ours does where it names a next step, but for one. A native plugin's does where the cloud answered, and not
    with a fault of its own.
    """
    if OUTCOME_UNKNOWN in message or _NAME_IS_TAKEN in message:
        return False
    answered = _REQUEST_ID.search(message) is not None and _CLOUDS_FAULT.search(message) is None
    return ". Next: " in message or answered
