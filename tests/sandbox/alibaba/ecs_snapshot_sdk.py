"""The real ECS SDK and snapshots of disks, with what most tests need filled in."""

from __future__ import annotations

import json
from typing import Any

from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client

from sandbox.core.control_client import ControlClient
from sandbox.core.server import SandboxServer
from tests.sandbox.alibaba.alibaba_config import alibaba_config

BEIJING, HANGZHOU, SHANGHAI = "cn-beijing", "cn-hangzhou", "cn-shanghai"
SNAPSHOT, DISK = "s-2zesource00000000001", "d-2zesource00000000001"
SEED: dict[str, Any] = {
    "disk_snapshots": [{"region": BEIJING, "id": SNAPSHOT, "name": "ledger", "size": 40, "disk": DISK}],
    "ecs_disks": [{"region": BEIJING, "id": DISK, "size": 40}],
}


class Snapshots:
    """The actions with the parameters of a usual call; keyword arguments are the SDK's own."""

    def __init__(self, server: SandboxServer | ControlClient) -> None:
        self.client = Client(alibaba_config(server))

    def copy(self, *, tags: Any = None, **fields: Any) -> str:
        usual = {
            "region_id": BEIJING,
            "snapshot_id": SNAPSHOT,
            "destination_region_id": HANGZHOU,
            "destination_snapshot_name": "ledger",
            "destination_snapshot_description": "A copy",
        }
        request = models.CopySnapshotRequest(**usual | fields)
        given = [models.CopySnapshotRequestTag(key, value) for key, value in (tags or {}).items()]
        request.tag = given or None
        return str(self.client.copy_snapshot(request).body.snapshot_id)

    def create(self, **fields: Any) -> str:
        request = models.CreateSnapshotRequest(**{"disk_id": DISK, "snapshot_name": "made"} | fields)
        return str(self.client.create_snapshot(request).body.snapshot_id)

    def page(self, *ids: str, tags: Any = None, **fields: Any) -> Any:
        usual = {"region_id": HANGZHOU, "snapshot_ids": json.dumps(ids) if ids else None}
        request = models.DescribeSnapshotsRequest(**usual | fields)
        request.tag = [models.DescribeSnapshotsRequestTag(key, value) for key, value in (tags or {}).items()]
        return self.client.describe_snapshots(request).body

    def ids(self, *ids: str, **fields: Any) -> list[str]:
        return [one.snapshot_id for one in self.page(*ids, **fields).snapshots.snapshot]

    def one(self, snapshot_id: str, **fields: Any) -> Any:
        (snapshot,) = self.page(snapshot_id, **fields).snapshots.snapshot
        return snapshot

    def modify(self, snapshot_id: str, **fields: Any) -> None:
        self.client.modify_snapshot_attribute(models.ModifySnapshotAttributeRequest(snapshot_id=snapshot_id, **fields))

    def delete(self, snapshot_id: str, **fields: Any) -> None:
        self.client.delete_snapshot(models.DeleteSnapshotRequest(snapshot_id=snapshot_id, **fields))

    def tag(self, snapshot_id: str, tags: dict[str, str]) -> None:
        tag = [models.TagResourcesRequestTag(key, value) for key, value in tags.items()]
        thing = {"region_id": HANGZHOU, "resource_type": "snapshot", "resource_id": [snapshot_id]}
        self.client.tag_resources(models.TagResourcesRequest(**thing, tag=tag))

    def untag(self, snapshot_id: str, *keys: str) -> None:
        thing = {"region_id": HANGZHOU, "resource_type": "snapshot", "resource_id": [snapshot_id]}
        self.client.untag_resources(models.UntagResourcesRequest(**thing, tag_key=list(keys)))


def plant(control: ControlClient, snapshot_id: str = SNAPSHOT, region: str = BEIJING, **fields: Any) -> None:
    """Seed a snapshot, or the source with other fields."""
    control.post("seed", {"disk_snapshots": [{"region": region, "id": snapshot_id, "disk": DISK, **fields}]})
