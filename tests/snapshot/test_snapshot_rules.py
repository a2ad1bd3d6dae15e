"""The rules and the local cloud say the same: check accepts exactly what CBS carries out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings

from components.clouds.errors import InvalidInput, NotFound
from components.providers.snapshot import SnapshotProvider
from sandbox.core.control_client import ControlClient
from tests.lifecycle.replicas import DECLARED_SNAPSHOT
from tests.snapshot import snapshot_declarations as declarations

BY_EXAMPLE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def _unhurried(control: ControlClient) -> None:
    control.post("settings", {"copy_seconds": 0, "requests_per_second": 1_000_000})


def carried_out(provider: SnapshotProvider, declared: dict[str, Any]) -> bool:
    """Send a declaration without looking at it first, and see whether it is what the cloud then has."""
    cloud, region = provider.lifecycle.cloud, declared["region"]
    name, deadline = declared.get("name", "unnamed"), declared.get("deadline")
    is_permanent = declared.get("is_permanent", deadline is None)
    try:
        id_ = cloud.start_copy(
            source_region=declared["source_region"], source_id=declared["source_id"], region=region, name=name
        )
        if {"is_permanent", "deadline"} & declared.keys():
            cloud.modify(region, id_, settings={"IsPermanent": is_permanent, "Deadline": deadline})
    except (InvalidInput, NotFound) as refusal:
        event(refusal.code)
        return False
    found = cloud.describe(region, {id_: ""})[id_]
    wanted = None if deadline is None else datetime.fromisoformat(deadline)
    return (found.name, found.is_permanent, found.deadline) == (name, is_permanent, wanted)


@BY_EXAMPLE
@given(declarations.anything)
def test_check_accepts_exactly_what_the_cloud_carries_out(
    snapshots: SnapshotProvider, control: ControlClient, declared: dict[str, Any]
) -> None:
    del control
    everything = {**DECLARED_SNAPSHOT, **declared}
    result = snapshots.check({}, everything)

    assert carried_out(snapshots, everything if result.failures else result.inputs) is (not result.failures)


@BY_EXAMPLE
@given(declarations.settings)
def test_what_obeys_the_rules_is_accepted(
    snapshots: SnapshotProvider, control: ControlClient, declared: dict[str, Any]
) -> None:
    del control
    result = snapshots.check({}, {**DECLARED_SNAPSHOT, **declared})

    assert result.failures == []
    assert carried_out(snapshots, result.inputs)
