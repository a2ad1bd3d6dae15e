"""The stand-in for the alicloud plugin: what a snapshot of a disk does, as the engine sees it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.core.control_client import ControlClient
from sandbox.plugins.alicloud_snapshot import DiskSnapshots
from tests.sandbox.alibaba.ecs_snapshot_sdk import BEIJING, DISK, Snapshots
from tests.sandbox.plugins.plugin_engine import Plugin, Refused, served

INPUTS = {"diskId": DISK, "snapshotName": "golden", "tags": {"team": "os"}}


@pytest.fixture
def plugin(disk_snapshots: Snapshots, control: ControlClient) -> Iterator[Plugin]:  # noqa: ARG001 - has seeded the disk
    control.post("settings", {"create_seconds": 0})
    with served("alicloud", DiskSnapshots, REPLICAS_ECS_ENDPOINT=control.endpoint) as running:
        running.configure(region=BEIJING, protocol="HTTP")
        yield running


def test_create_waits_until_the_snapshot_is_accomplished(
    plugin: Plugin, disk_snapshots: Snapshots, control: ControlClient
) -> None:
    control.post("settings", {"create_seconds": 0.2})

    snapshot_id, outputs = plugin.create(INPUTS)

    assert disk_snapshots.one(snapshot_id, region_id=BEIJING).status == "accomplished"
    assert {key: outputs[key] for key in INPUTS} == INPUTS
    assert outputs["status"] == "accomplished"


def test_create_timeout_keeps_the_id(plugin: Plugin, disk_snapshots: Snapshots, control: ControlClient) -> None:
    control.post("settings", {"create_seconds": 60})

    with pytest.raises(Refused, match=r"is progressing after 0\.2 s, its create timeout") as failed:
        plugin.create(INPUTS, timeout=0.2)

    assert failed.value.init is not None
    assert disk_snapshots.ids(failed.value.init.id, region_id=BEIJING)


def test_refused_snapshot_leaves_nothing(plugin: Plugin) -> None:
    reason = r"making a snapshot of disk d-no in cn-beijing: InvalidDiskId\.NotFound"
    with pytest.raises(Refused, match=reason) as refused:
        plugin.create({**INPUTS, "diskId": "d-no"})

    assert refused.value.init is None


def test_update_and_read(plugin: Plugin, disk_snapshots: Snapshots) -> None:
    snapshot_id, outputs = plugin.create(INPUTS)
    news = {**INPUTS, "snapshotName": "renamed", "tags": {"tier": "gold"}}

    assert plugin.update(snapshot_id, outputs, news)["snapshotName"] == "renamed"
    _, read, _ = plugin.read(snapshot_id, outputs, INPUTS)
    assert (read["snapshotName"], read["tags"]) == ("renamed", {"tier": "gold"})
    assert disk_snapshots.one(snapshot_id, region_id=BEIJING).snapshot_name == "renamed"


def test_delete(plugin: Plugin, disk_snapshots: Snapshots) -> None:
    snapshot_id, outputs = plugin.create(INPUTS)

    plugin.delete(snapshot_id, outputs)
    plugin.delete(snapshot_id, outputs)  # an unknown id is no error

    assert disk_snapshots.ids(snapshot_id, region_id=BEIJING) == []
    assert plugin.read(snapshot_id, outputs, INPUTS)[0] == ""
