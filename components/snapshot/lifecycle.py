"""SnapshotCopy's part of the lifecycle: one copy of a CBS snapshot in one destination region.

Property names below are stored in the state of every stack: they are an API.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from datetime import UTC, datetime, timedelta
from typing import Any

from pulumi.dynamic import CheckFailure, CheckResult, CreateResult

from components.clouds.errors import ReplicaError
from components.clouds.tencent import connection as tencent
from components.clouds.tencent.cbs import Cbs
from components.clouds.tencent.cbs_snapshot import RECYCLED, Snapshot
from components.lifecycle.copy_state import MASKED, declared
from components.lifecycle.lifecycle import AdoptionRefused, CopyProvider
from components.model.violations import Violation
from components.snapshot.rules import MAX_NAME, parsed_deadline, violations
from components.snapshot.start import TOKEN_LENGTH, Start, bears_token, newcomer

LIFETIME = ("is_permanent", "deadline")
"""What the copy itself cannot set: it is sent right after."""

CLOCK_TOLERANCE = timedelta(minutes=1)
ZONES = (timedelta(0), timedelta(hours=8))
"""The service writes times without a zone: they are read as Beijing's, and UTC's are no drift."""


class SnapshotProvider(CopyProvider):
    """Check, diff, create, read, update and delete one snapshot copy."""

    thing = "Snapshot"
    config_keys = ("replicas:loopbackOnly", "replicas:sandbox", "replicas:endpoints", *tencent.CONFIG_KEYS)
    identity = ("source_region", "source_id", "region")
    in_place = ("name", *LIFETIME)
    only_recorded = ("delete_timeout", "delete_bound_images", "default_name")
    output_only = ("accepted_at", "failure", MASKED)
    renewal = "set a later deadline, or remove the region"

    cloud: Cbs

    def connect(self, config: Mapping[str, Any]) -> None:
        """See `CopyKind`."""
        self.cloud = Cbs(tencent.Connection.from_config("cbs", config))

    def broken_rules(self, inputs: Mapping[str, Any]) -> list[Violation]:
        """See `CopyKind`."""
        return violations(inputs)

    def complete(self, inputs: dict[str, Any]) -> None:
        """See `CopyKind`. The default name ends with the token, so that nothing else can bear it."""
        stem = str(inputs.setdefault("default_name", "replica"))
        inputs.setdefault("name", f"{stem[: MAX_NAME - TOKEN_LENGTH - 1]}-{inputs['copy_token'][:TOKEN_LENGTH]}")
        if isinstance(text := inputs.get("deadline"), str):
            try:
                inputs["deadline"] = _written(parsed_deadline(text))
            except ValueError:
                return  # told as a broken rule
        inputs.setdefault("is_permanent", "deadline" not in inputs)
        inputs.setdefault("delete_bound_images", False)

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Complete the inputs and report every broken rule; a new deadline must be in the future."""
        result = super().check(_olds, news)
        text = result.inputs.get("deadline")
        is_new = text != _olds.get("deadline")
        if is_new and isinstance(text, str) and not result.failures and self._is_over(text):
            failure = CheckFailure("deadline", f"{text} has passed: set a later one, or remove this region")
            return CheckResult(result.inputs, [failure])
        return result

    def _is_over(self, deadline: str) -> bool:
        return parsed_deadline(deadline).timestamp() <= self.clock()

    def start(self, inputs: Mapping[str, Any]) -> CreateResult:
        """Start the copy, and give it its deadline, which the copy itself cannot have."""
        copy_id = Start(self.cloud, inputs, sleep=self.sleep, clock=self.clock).once()
        outputs = self.outputs_of(inputs, accepted_at=self.clock())
        if not inputs["is_permanent"]:
            try:
                self.send(copy_id, inputs, set(LIFETIME), "")
            except ReplicaError as error:
                # The id must not be lost, not even for want of credentials. What the copy has now is recorded, so
                # that the next `up` brings it in line.
                outputs = self.recovered(inputs, accepted_at=self.clock())
                print(f"warning: {error.problem}; the next `up` sets the deadline of {inputs['name']}.", flush=True)
        return CreateResult(copy_id, outputs)

    def outputs_of(self, inputs: Mapping[str, Any], *, accepted_at: float) -> dict[str, Any]:
        """See `CopyKind`."""
        return {**declared(inputs), "accepted_at": int(accepted_at), "failure": ""}

    def recovered(self, inputs: Mapping[str, Any], *, accepted_at: float) -> dict[str, Any]:
        """Build the outputs of a copy that may not have been given its deadline yet: copies are permanent."""
        outputs = self.outputs_of({**inputs, "is_permanent": True}, accepted_at=accepted_at)
        outputs.pop("deadline", None)
        return outputs

    def find(self, inputs: Mapping[str, Any], *, started: float, recorded: Set[str]) -> str | None:
        """Find the copy by its name; under a user's exact name, only what is not older than the creation."""
        others = set(recorded)
        if not bears_token(inputs):
            named = self.cloud.find_by_name(inputs["region"], inputs["name"])
            # Whole seconds are all that the service tells.
            others |= {one.id for one in named if one.created and one.created.timestamp() < int(started)}
        return newcomer(self.cloud, inputs, others=others)

    def verify_adoption(self, id_: str, found: Snapshot, inputs: Mapping[str, Any]) -> None:
        """See `CopyKind`. The API has no tag to tell an owner by, but a default name tells it."""
        is_default = re.search(rf"-{re.escape(inputs['region'])}(-snap-\w+)?-([0-9a-f]{{{TOKEN_LENGTH}}})$", found.name)
        if is_default and is_default[2] != inputs["copy_token"][:TOKEN_LENGTH]:
            raise AdoptionRefused(
                f"adopting {self.thing} {id_} in {inputs['region']}: it is a replica already, called {found.name!r}",
                "remove existing_id to make a copy; after a killed run, `make repair`; if its owner is gone, rename it",
            )

    def observed(self, props: Mapping[str, Any], found: Snapshot) -> dict[str, Any]:
        """See `CopyKind`."""
        lifetime: dict[str, Any] = {"is_permanent": found.is_permanent, "deadline": None}
        if not found.is_permanent:
            text = props.get("deadline")
            lifetime["deadline"] = text if _is_same_moment(text, found.deadline) else _written(found.deadline)
        return {"name": found.name or props.get("name"), **lifetime}

    def send(self, id_: str, news: Mapping[str, Any], changed: Set[str], token: str) -> None:
        """Send what changed in one ModifySnapshotAttribute; the API has no token, and repeating it changes nothing."""
        del token
        with_lifetime = bool(changed & set(LIFETIME))
        self.cloud.modify_snapshot(
            news["region"],
            id_,
            name=news["name"] if "name" in changed else None,
            is_permanent=news["is_permanent"] if with_lifetime else None,
            deadline=news.get("deadline") if with_lifetime else None,
        )

    def request_deletion(self, id_: str, props: Mapping[str, Any], token: str) -> None:
        """See `CopyKind`. The API has no token: deleting what is gone already is told as not found."""
        del token
        self.cloud.delete_snapshot(
            props["region"], id_, with_bound_images=bool(props.get("delete_bound_images", False))
        )

    def is_gone(self, found: Snapshot | None) -> bool:
        """See `CopyKind`. The cloud itself removes what is in its recycle bin, and refuses to do so on request."""
        return found is None or found.status == RECYCLED

    def expires(self, props: Mapping[str, Any]) -> float | None:
        """See `CopyKind`."""
        return parsed_deadline(props["deadline"]).timestamp() if props.get("deadline") else None


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")


def _is_same_moment(text: Any, moment: datetime | None) -> bool:
    if not isinstance(text, str) or moment is None:
        return False
    return any(abs(moment + shift - parsed_deadline(text)) <= CLOCK_TOLERANCE for shift in ZONES)
