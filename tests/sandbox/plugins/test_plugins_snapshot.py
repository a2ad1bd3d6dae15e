"""The stand-in for the tencentcloud plugin: what a CBS snapshot does, as the engine sees it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest

from sandbox.core.accounts import ACCESS_KEY_ID, ACCESS_KEY_SECRET, ACCOUNT_ID
from sandbox.core.control_client import ControlClient
from sandbox.plugins.native import Property
from sandbox.plugins.tencentcloud import DiskSnapshots
from tests.sandbox.plugins.plugin_engine import Plugin, Refused, Values, served
from tests.sandbox.tencent.cbs_sdk import DISK, GUANGZHOU, Cbs

INPUTS = {"storageId": DISK, "snapshotName": "golden", "tags": {"team": "os"}}


@pytest.fixture
def plugin(cbs: Cbs, control: ControlClient) -> Iterator[Plugin]:  # noqa: ARG001 - lifts the request limit
    control.post("settings", {"create_seconds": 0})
    with served("tencentcloud", DiskSnapshots, REPLICAS_CBS_ENDPOINT=control.endpoint) as running:
        running.configure(region=GUANGZHOU, protocol="HTTP")
        yield running


def test_create_waits_until_the_snapshot_is_normal(plugin: Plugin, cbs: Cbs, control: ControlClient) -> None:
    control.post("settings", {"create_seconds": 0.2})

    snapshot_id, outputs = plugin.create(INPUTS)

    assert cbs.state(snapshot_id, GUANGZHOU) == "NORMAL"
    assert outputs["snapshotStatus"] == "NORMAL"
    assert outputs["percent"] == 100
    assert {key: outputs[key] for key in INPUTS} == INPUTS


def test_refused_snapshot_leaves_nothing(plugin: Plugin) -> None:
    with pytest.raises(Refused, match=r"making a snapshot of disk disk-no in ap-guangzhou: .*request ") as refused:
        plugin.create({**INPUTS, "storageId": "disk-no"})

    assert refused.value.init is None


def test_snapshot_that_cannot_be_looked_at_keeps_its_id(plugin: Plugin, cbs: Cbs, control: ControlClient) -> None:
    fault = {"service": "cbs", "action": "DescribeSnapshots", "kind": "error", "code": "InternalError"}
    control.post("faults", fault)

    with pytest.raises(Refused, match="InternalError") as failed:
        plugin.create(INPUTS)

    assert failed.value.init is not None
    assert failed.value.init.id in cbs.ids(GUANGZHOU)


def test_rename_in_place(plugin: Plugin, cbs: Cbs) -> None:
    snapshot_id, outputs = plugin.create(INPUTS)
    news = {**INPUTS, "snapshotName": "renamed"}

    assert plugin.diff(outputs, news) == ({"snapshotName"}, set())
    assert plugin.update(snapshot_id, outputs, news)["snapshotName"] == "renamed"
    assert cbs.one(snapshot_id, GUANGZHOU).SnapshotName == "renamed"


def test_tags_cannot_be_changed(plugin: Plugin) -> None:
    snapshot_id, outputs = plugin.create(INPUTS)

    with pytest.raises(Refused, match="Tag service only reads"):
        plugin.update(snapshot_id, outputs, {**INPUTS, "tags": {}})


def test_read_finds_drift_and_loss(plugin: Plugin, cbs: Cbs) -> None:
    snapshot_id, outputs = plugin.create(INPUTS)
    cbs.modify(snapshot_id, SnapshotName="by-hand")

    found, read, inputs = plugin.read(snapshot_id, outputs, INPUTS)
    assert (found, read["snapshotName"], inputs["snapshotName"]) == (snapshot_id, "by-hand", "by-hand")

    cbs.delete(snapshot_id, region=GUANGZHOU)
    assert plugin.read(snapshot_id, outputs, INPUTS) == ("", {}, {})


def test_every_read_asks_the_tag_service_for_every_tag(plugin: Plugin, control: ControlClient) -> None:
    tags = {f"tag-{number:02}": "x" for number in range(21)}

    _, outputs = plugin.create({**INPUTS, "tags": tags})

    assert outputs["tags"] == tags
    assert [call["params"]["Offset"] for call in control.get("calls", service="tag")] == ["0", "20"]


def test_read_without_the_permission_for_tags_fails(plugin: Plugin, control: ControlClient) -> None:
    snapshot_id, outputs = plugin.create({**INPUTS, "tags": {}})
    key = {"access_key_id": ACCESS_KEY_ID, "access_key_secret": ACCESS_KEY_SECRET, "denied_actions": ["tag:*"]}
    control.post("seed", {"accounts": [{"id": ACCOUNT_ID, "keys": [key]}]})

    with pytest.raises(Refused, match=f"reading tags of snapshot {snapshot_id}.*UnauthorizedOperation"):
        plugin.read(snapshot_id, outputs, INPUTS)


def test_delete(plugin: Plugin, cbs: Cbs) -> None:
    snapshot_id, outputs = plugin.create(INPUTS)

    plugin.delete(snapshot_id, outputs)

    assert snapshot_id not in cbs.ids(GUANGZHOU)
    with pytest.raises(Refused, match=r"InvalidSnapshotId.NotFound"):
        plugin.delete(snapshot_id, outputs)


@pytest.mark.parametrize("changed", [{"storageId": "disk-other"}, {"diskUsage": "SYSTEM_DISK"}])
def test_another_disk_replaces(plugin: Plugin, changed: Values) -> None:
    assert plugin.diff({**INPUTS, "diskUsage": "DATA_DISK"}, {**INPUTS, **changed}) == (set(changed), set(changed))


def test_check(plugin: Plugin) -> None:
    assert set(plugin.check(snapshotName="x", diskUsage="DISK")[1]) == {"storageId", "snapshotName", "diskUsage"}


class Group(DiskSnapshots):
    """A further resource of the plugin."""

    TOKEN = "tencentcloud:Cbs/group:Group"
    PROPERTIES: ClassVar = {"groupName": Property(required=True, replaces=True)}


def test_plugin_serves_every_resource_by_its_type() -> None:
    with served("tencentcloud", Group) as plugin:
        assert set(plugin.check(snapshotName="golden")[1]) == {"groupName", "snapshotName"}
        assert plugin.diff({"groupName": "a"}, {"groupName": "b"}) == ({"groupName"}, {"groupName"})
        plugin.urn = plugin.urn.replace(Group.TOKEN, DiskSnapshots.TOKEN)
        assert set(plugin.check(snapshotName="golden")[1]) == {"storageId"}
        plugin.urn = plugin.urn.replace(DiskSnapshots.TOKEN, "tencentcloud:Cbs/storage:Storage")
        with pytest.raises(Refused, match=r"has no tencentcloud:Cbs/storage:Storage, only tencentcloud:Cbs/snapshot:"):
            plugin.check(snapshotName="golden")


def test_anything_but_loopback_is_refused() -> None:
    with served("tencentcloud") as plugin, pytest.raises(Refused, match="calls nothing but loopback"):
        plugin.configure(region=GUANGZHOU, domain="tencentcloudapi.com")
