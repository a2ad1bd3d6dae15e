from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.core.control_client import ControlClient
from tests.sandbox.tencent.cbs_sdk import BEIJING, DISK, GUANGZHOU, SOURCE, Cbs, refused, set_state

FRESH = "disk-fresh001"


@pytest.fixture
def disk(control: ControlClient) -> str:
    return seed_disk(control)


def seed_disk(control: ControlClient, **fields: Any) -> str:
    disk = {"region": GUANGZHOU, "id": FRESH, "size": 70, "backups": ["dbp-1"]} | fields
    control.post("seed", {"disks": [disk]})
    return FRESH


def after(control: ControlClient, **parts: float) -> str:
    now = datetime.fromtimestamp(control.get("clock")["epoch"], UTC)
    return (now + timedelta(**parts)).isoformat(timespec="seconds")


def test_snapshot_is_created_after_a_while(cbs: Cbs, control: ControlClient, disk: str) -> None:
    control.post("settings", {"create_seconds": 1000})
    made = cbs.create(DiskId=disk)
    control.advance(500)
    snapshot = cbs.one(made, GUANGZHOU)
    assert (snapshot.SnapshotState, snapshot.Percent // 10) == ("CREATING", 5)
    control.advance(500)

    snapshot = cbs.one(made, GUANGZHOU)
    assert (snapshot.SnapshotState, snapshot.Percent, snapshot.SnapshotName) == ("NORMAL", 100, "Unnamed")
    assert (snapshot.DiskId, snapshot.DiskSize, snapshot.DiskUsage) == (disk, 70, "DATA_DISK")
    assert (snapshot.IsPermanent, snapshot.CopyFromRemote) == (True, False)


def test_created_snapshot_carries_every_parameter(cbs: Cbs, control: ControlClient) -> None:
    disk = seed_disk(control, usage="SYSTEM_DISK", encrypted=True, project_id=7, zone="ap-guangzhou-3")
    deadline = after(control, days=1, minutes=1)
    tags = [{"Key": "k", "Value": "v"}]
    made = cbs.create(DiskId=disk, SnapshotName="näme", Deadline=deadline, Tags=tags, DiskUsage="DATA_DISK")

    snapshot = cbs.one(made, GUANGZHOU)
    assert (snapshot.SnapshotName, snapshot.IsPermanent, snapshot.Encrypt) == ("näme", False, True)
    assert [(tag.Key, tag.Value) for tag in snapshot.Tags] == [("k", "v")]
    assert (snapshot.Placement.Zone, snapshot.Placement.ProjectId) == ("ap-guangzhou-3", 7)
    assert snapshot.DiskUsage == "DATA_DISK"
    control.advance(86400 + 60)
    assert made not in cbs.ids(GUANGZHOU)


def test_created_snapshot_can_be_copied_once_it_is_normal(cbs: Cbs, control: ControlClient, disk: str) -> None:
    made = cbs.create(DiskId=disk)
    assert refused(cbs.copy, source=made) == "InvalidSnapshot.NotSupported"
    assert refused(cbs.delete, made, region=GUANGZHOU) == "ResourceUnavailable.SnapshotCreating"
    control.advance(5)

    assert cbs.copy(source=made) in cbs.ids()


def test_backup_point_is_used_up(cbs: Cbs, control: ControlClient, disk: str) -> None:
    made = cbs.create(DiskId=None, DiskBackupId="dbp-1")
    control.advance(5)

    assert cbs.one(made, GUANGZHOU).DiskId == disk
    assert refused(cbs.create, DiskId=disk, DiskBackupId="dbp-1") == "ResourceNotFound.NotFound"


@pytest.mark.usefixtures("disk")
def test_backup_point_of_another_disk(cbs: Cbs) -> None:
    assert refused(cbs.create, DiskId=DISK, DiskBackupId="dbp-1") == "ResourceNotFound.NotFound"


def test_second_snapshot_of_a_disk_waits_for_the_first(cbs: Cbs, control: ControlClient, disk: str) -> None:
    cbs.create(DiskId=disk)
    assert refused(cbs.create, DiskId=disk) == "InvalidDisk.SnapshotCreating"
    control.advance(5)

    assert cbs.create(DiskId=disk)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"state": "EXPANDING"}, "InvalidDisk.Busy"),
        ({"state": "ROLLBACKING"}, "ResourceInUse.DiskRollbacking"),
        ({"state": "TORECYCLE"}, "ResourceUnavailable.NotSupported"),
        ({"snapshot_ability": False}, "InvalidDisk.NotSupportSnapshot"),
    ],
)
def test_disk_that_cannot_be_snapshotted(cbs: Cbs, control: ControlClient, fields: dict[str, Any], code: str) -> None:
    assert refused(cbs.create, DiskId=seed_disk(control, **fields)) == code


def test_disk_has_64_snapshots_at_most(cbs: Cbs, control: ControlClient, disk: str) -> None:
    snapshots = [{"region": GUANGZHOU, "id": f"snap-{number:08}", "disk": disk} for number in range(63)]
    control.post("seed", {"snapshots": snapshots})
    cbs.create(DiskId=disk)
    control.advance(5)

    assert refused(cbs.create, DiskId=disk) == "InsufficientSnapshotQuota"


def test_region_may_be_full(cbs: Cbs, control: ControlClient, disk: str) -> None:
    set_state(control, snapshot_quota={GUANGZHOU: 1})

    assert refused(cbs.create, DiskId=disk) == "InsufficientSnapshotQuota"


def test_account_without_balance_cannot_create(cbs: Cbs, control: ControlClient, disk: str) -> None:
    set_state(control, sufficient_balance=False)

    assert refused(cbs.create, DiskId=disk) == "InvalidAccount.InsufficientBalance"


def test_deadline_must_be_a_day_away(cbs: Cbs, control: ControlClient, disk: str) -> None:
    assert refused(cbs.create, DiskId=disk, Deadline=after(control, hours=23)) == "InvalidParameterValue"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"DiskId": None}, "MissingParameter"),
        ({"DiskId": "disk-unknown0"}, "InvalidDiskId.NotFound"),
        ({"region": BEIJING}, "InvalidDiskId.NotFound"),
        ({"DiskBackupId": "dbp-unknown"}, "ResourceNotFound.NotFound"),
        ({"SnapshotName": "n" * 61}, "InvalidParameterValue"),
        ({"Deadline": "tomorrow"}, "InvalidParameterValue"),
        ({"DiskUsage": "FLOPPY"}, "InvalidParameterValue"),
        ({"DiskUsage": "SYSTEM_DISK"}, "InvalidParameterValue"),
        ({"Tags": [{"Key": "", "Value": "v"}]}, "InvalidParameterValue"),
        ({"Tags": [{"Key": "k", "Value": "v"}, {"Key": "k", "Value": "w"}]}, "InvalidParameterValue"),
        ({"Tags": [{"Key": "k"}]}, "MissingParameter"),
        ({"LocalSnap": True}, "InvalidDisk.NotSupported"),
    ],
)
def test_create_refuses(cbs: Cbs, fields: dict[str, Any], code: str) -> None:
    assert refused(cbs.create, **fields) == code
    assert cbs.ids(GUANGZHOU) == [SOURCE]
