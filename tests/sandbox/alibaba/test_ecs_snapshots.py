"""Snapshots of disks in ECS: what the actions do, and what they refuse, with the real SDK."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.core.control_client import ControlClient
from tests.sandbox.alibaba import ecs_sdk
from tests.sandbox.alibaba.eci_sdk import refused
from tests.sandbox.alibaba.ecs_snapshot_sdk import BEIJING, DISK, HANGZHOU, SHANGHAI, SNAPSHOT, Snapshots, plant


def test_copy_runs_and_is_accomplished(disk_snapshots: Snapshots, control: ControlClient) -> None:
    control.post("settings", {"copy_seconds": 100})
    id_ = disk_snapshots.copy(tags={"team": "db"}, retention_days=7)

    control.advance(50)
    running = disk_snapshots.one(id_)
    control.advance(50)
    done = disk_snapshots.one(id_)

    assert (running.status, running.progress, running.available) == ("progressing", "50%", False)
    assert (done.status, done.progress, done.available) == ("accomplished", "100%", True)
    assert (done.source_region_id, done.source_snapshot_id, done.source_disk_id) == (BEIJING, SNAPSHOT, DISK)
    assert (done.source_disk_size, done.retention_days, done.encrypted) == ("40", 7, False)
    assert [(tag.tag_key, tag.tag_value) for tag in done.tags.tag] == [("team", "db")]


def test_copy_fails(disk_snapshots: Snapshots, control: ControlClient) -> None:
    plant(control, copy_outcome={"status": "failed", "reason": "disk broken"})

    id_ = disk_snapshots.copy()
    control.advance(100)

    assert disk_snapshots.one(id_).status == "failed"
    (entry,) = control.get("inventory")["disk_snapshots"][HANGZHOU]
    assert entry["failure"] == "disk broken"


def test_same_token_is_one_copy(disk_snapshots: Snapshots) -> None:
    first = disk_snapshots.copy(client_token="t")

    assert disk_snapshots.copy(client_token="t") == first
    assert refused(disk_snapshots.copy, client_token="t", retention_days=3)[0] == "IdempotentParameterMismatch"
    assert disk_snapshots.ids() == [first]


def test_one_copy_of_a_disk_runs_to_a_region_at_a_time(disk_snapshots: Snapshots, control: ControlClient) -> None:
    plant(control, "s-another")
    plant(control, "s-foreign", disk="d-foreign")
    disk_snapshots.copy()

    code, status = refused(disk_snapshots.copy, snapshot_id="s-another")[:2]
    assert (code, status) == ("InvalidOperation.DiskHasUnfinishedSnapshotCopy", 403)
    assert disk_snapshots.copy(snapshot_id="s-another", destination_region_id=SHANGHAI)
    assert disk_snapshots.copy(snapshot_id="s-foreign")
    control.advance(10)
    assert disk_snapshots.copy(snapshot_id="s-another")


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ({"status": "progressing"}, "InvalidSnapshotId.NotReady"),
        ({"status": "failed"}, "InvalidSnapshotId.NotReady"),
        ({"category": "flash"}, "OperationDenied"),
        ({"category": "archive"}, "OperationDenied"),
        ({"created": "2013-07-14T23:59:59Z"}, "InvalidSnapshot.TooOld"),
    ],
)
def test_source_that_cannot_be_copied(
    disk_snapshots: Snapshots, control: ControlClient, source: dict[str, Any], code: str
) -> None:
    plant(control, **source)

    assert refused(disk_snapshots.copy)[0] == code


@pytest.mark.parametrize("left_out", ["destination_snapshot_name", "destination_snapshot_description", "snapshot_id"])
def test_what_has_to_be_sent(disk_snapshots: Snapshots, left_out: str) -> None:
    assert refused(disk_snapshots.copy, **{left_out: None})[0] == "MissingParameter"


@pytest.mark.parametrize("name", ["l", "1ledger", "-ledger", "autoledger", "AUTO-1", "http://x", "a b", "x" * 129])
def test_wrong_name(disk_snapshots: Snapshots, name: str) -> None:
    assert refused(disk_snapshots.copy, destination_snapshot_name=name)[0] == "InvalidSnapshotName.Malformed"


def test_quota(disk_snapshots: Snapshots, control: ControlClient) -> None:
    ecs_sdk.set_state(control, snapshot_quota={HANGZHOU: 0})

    assert refused(disk_snapshots.copy)[0] == "QuotaExceed.Snapshot"


def test_expires_counted_from_its_creation(disk_snapshots: Snapshots, control: ControlClient) -> None:
    id_ = disk_snapshots.copy(retention_days=1)

    control.advance(86399)
    assert disk_snapshots.ids() == [id_]
    control.advance(2)
    assert disk_snapshots.ids() == []


def test_modify(disk_snapshots: Snapshots, control: ControlClient) -> None:
    id_ = disk_snapshots.copy(retention_days=7)
    disk_snapshots.modify(id_, snapshot_name="renamed", description="")
    assert refused(disk_snapshots.modify, snapshot_id=id_, retention_days=8)[0] == "InvalidSnapshotId.NotReady"
    control.advance(10)

    disk_snapshots.modify(id_, retention_days=8)

    found = disk_snapshots.one(id_)
    assert (found.snapshot_name, found.description, found.retention_days) == ("renamed", "", 8)


def test_retention_can_only_be_extended(disk_snapshots: Snapshots, control: ControlClient) -> None:
    plant(control, "s-kept", HANGZHOU)
    plant(control, "s-week", HANGZHOU, retention_days=7)

    for id_ in ("s-kept", "s-week"):
        code = refused(disk_snapshots.modify, snapshot_id=id_, retention_days=6)[0]
        assert code == "InvalidRetentionDays.LessThanCurrent"


def test_modify_of_nothing(disk_snapshots: Snapshots) -> None:
    assert refused(disk_snapshots.modify, snapshot_id=SNAPSHOT)[0] == "NoAttributeToModify"
    unknown = {"snapshot_id": "s-nothing", "snapshot_name": "ab"}
    assert refused(disk_snapshots.modify, **unknown)[0] == "InvalidSnapshotId.NotFound"


def test_delete_cancels_a_running_copy(disk_snapshots: Snapshots) -> None:
    id_ = disk_snapshots.copy()

    disk_snapshots.delete(id_)
    disk_snapshots.delete(id_)  # an unknown id is ignored

    assert disk_snapshots.ids() == []
    assert disk_snapshots.copy() != id_


def test_delete_of_what_is_used(disk_snapshots: Snapshots, control: ControlClient) -> None:
    plant(control, "s-disk", HANGZHOU, disks=["d-made"])
    plant(control, "s-image", HANGZHOU, images=["m-made"])

    assert refused(disk_snapshots.delete, snapshot_id="s-disk")[0] == "SnapshotCreatedDisk"
    disk_snapshots.delete("s-disk", force=True)
    assert refused(disk_snapshots.delete, snapshot_id="s-image", force=True)[0] == "SnapshotCreatedImage"
    assert [disk_snapshots.one("s-image").usage, disk_snapshots.ids()] == ["image", ["s-image"]]


def test_tags(disk_snapshots: Snapshots) -> None:
    id_ = disk_snapshots.copy(tags={"team": "db", "tier": "gold"})

    disk_snapshots.tag(id_, {"tier": "silver"})
    disk_snapshots.untag(id_, "team")

    assert disk_snapshots.ids(tags={"tier": "silver"}) == [id_]
    assert disk_snapshots.ids(tags={"team": None}) == []
    assert refused(disk_snapshots.tag, snapshot_id="s-nothing", tags={"a": "b"})[0] == "InvalidResourceId.NotFound"


def test_pages_are_counted_and_newest_first(disk_snapshots: Snapshots, control: ControlClient) -> None:
    for number in range(3):
        plant(control, f"s-{number}", HANGZHOU)

    first, second = (disk_snapshots.page(page_number=number, page_size=2) for number in (1, 2))

    assert (first.total_count, second.total_count) == (3, 3)
    assert [one.snapshot_id for one in first.snapshots.snapshot] == ["s-2", "s-1"]
    assert [one.snapshot_id for one in second.snapshots.snapshot] == ["s-0"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"snapshot_ids": "s-1,s-2"}, "InvalidSnapshotIds.Malformed"),
        ({"status": "done"}, "InvalidStatus.NotFound"),
        ({"snapshot_type": "odd"}, "InvalidSnapshotType.NotFound"),
        ({"usage": "odd"}, "InvalidUsage"),
        ({"snapshot_link_id": "sl-1"}, "InvalidSnapshotLinkId.NotFound"),
        ({"page_size": 101}, "InvalidParameter.PageSize"),
    ],
)
def test_wrong_lookup(disk_snapshots: Snapshots, fields: dict[str, Any], code: str) -> None:
    assert refused(disk_snapshots.page, **fields)[0] == code


def test_snapshot_of_a_disk(disk_snapshots: Snapshots, control: ControlClient) -> None:
    id_ = disk_snapshots.create()
    assert refused(disk_snapshots.create)[0] == "IncorrectDiskStatus.CreatingSnapshot"
    assert refused(disk_snapshots.create, disk_id="d-nothing")[0] == "InvalidDiskId.NotFound"

    control.advance(10)

    made = disk_snapshots.one(id_, region_id=BEIJING)
    assert (made.status, made.source_disk_id, made.source_disk_size) == ("accomplished", DISK, "40")
