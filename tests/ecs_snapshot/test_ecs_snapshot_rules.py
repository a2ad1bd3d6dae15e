"""The rules and the local cloud say the same: check accepts exactly what ECS carries out."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, event, example, given, settings

from components.clouds.errors import InvalidInput
from components.ecs_snapshot.lifecycle import SENT_BY_COPY
from components.lifecycle.tagged_copy import all_tags
from components.providers.ecs_snapshot import EcsSnapshotProvider
from sandbox.core.control_client import ControlClient
from tests.ecs_snapshot import ecs_snapshot_declarations as declarations
from tests.lifecycle.replicas import DECLARED_ECS_SNAPSHOT

BY_EXAMPLE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
AT_ONCE = {"copy_seconds": 0}


def carried_out(provider: EcsSnapshotProvider, inputs: dict[str, Any]) -> bool:
    """Send inputs without looking at them first, and see whether they are what the cloud then has."""
    cloud, region = provider.lifecycle.cloud, inputs["region"]
    try:
        id_ = cloud.copy_snapshot(
            source_region=inputs["source_region"],
            source_id=inputs["source_id"],
            region=region,
            client_token=inputs["copy_token"],
            settings={api: inputs[name] for name, api in SENT_BY_COPY.items() if name in inputs},
            tags=all_tags(inputs),
        )
    except InvalidInput as refusal:
        event(refusal.code)
        return False
    found = cloud.describe(region, {id_: ""})[id_]
    seen = provider.lifecycle.observed(inputs, found)
    return all(seen[name] == inputs[name] for name in seen.keys() & inputs.keys())


@BY_EXAMPLE
@example({"name": "a" * 128, "description": "x" * 256, "retention_days": 65536})
@given(declarations.sendable)
def test_check_accepts_exactly_what_the_cloud_carries_out(
    ecs_snapshots: EcsSnapshotProvider, control: ControlClient, declared: dict[str, Any]
) -> None:
    control.post("settings", AT_ONCE)
    control.post("seed", {"kms_keys": [{"region": "cn-hangzhou", "id": "key-1"}]})
    result = ecs_snapshots.check({}, {**DECLARED_ECS_SNAPSHOT, **declared})

    assert carried_out(ecs_snapshots, result.inputs) is (not result.failures)
