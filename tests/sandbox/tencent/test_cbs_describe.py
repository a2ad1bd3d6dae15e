import time
from datetime import datetime
from typing import Any

import pytest

from sandbox.core.control_client import ControlClient
from sandbox.core.server import SandboxServer
from tests.sandbox.tencent.cbs_sdk import BEIJING, DISK, GUANGZHOU, SOURCE, Cbs, refused, seed
from tests.sandbox.tencent.raw_tc3 import Tc3Call

FIELDS = {
    *("SnapshotId", "SnapshotName", "SnapshotState", "Percent", "SnapshotType", "SnapshotMode", "Placement"),
    *("DiskId", "DiskSize", "DiskUsage", "Encrypt", "CopyFromRemote", "CopyingToRegions", "IsPermanent"),
    *("DeadlineTime", "CreateTime", "LatestModifyTime", "TimeStartShare", "ShareReference", "IsLocked"),
    *("Images", "ImageCount", "Tags", "AutoSnapshotPolicyId"),
}


@pytest.fixture
def five(control: ControlClient) -> list[str]:
    """Snapshots made one minute after another, oldest first."""
    made = []
    for number in range(5):
        control.advance(60)
        made.append(f"snap-number0{number}")
        control.post("seed", {"snapshots": [{"region": BEIJING, "id": made[-1]}]})
    return made


def test_every_field_is_there_with_null_for_what_is_unset(server: SandboxServer) -> None:
    answer = Tc3Call().send(server).body["Response"]
    (snapshot,) = answer["SnapshotSet"]

    assert set(answer) == {"TotalCount", "SnapshotSet", "RequestId"}
    assert set(snapshot) == FIELDS
    assert snapshot["Placement"] == {
        "Zone": "ap-guangzhou-1",
        "ProjectId": 0,
        **dict.fromkeys(("ProjectName", "CageId", "CdcId", "CdcName", "DedicatedClusterId")),
    }
    assert (snapshot["TimeStartShare"], snapshot["AutoSnapshotPolicyId"]) == (None, None)
    assert snapshot["CopyingToRegions"] == snapshot["Images"] == snapshot["Tags"] == []


def test_permanent_snapshot(cbs: Cbs) -> None:
    snapshot = cbs.one(SOURCE, GUANGZHOU)

    assert (snapshot.SnapshotName, snapshot.SnapshotState, snapshot.Percent) == ("golden", "NORMAL", 100)
    assert (snapshot.IsPermanent, snapshot.DeadlineTime) == (True, "")
    assert (snapshot.SnapshotType, snapshot.SnapshotMode) == ("PRIVATE_SNAPSHOT", "STANDARD_SNAPSHOT")
    assert (snapshot.DiskId, snapshot.DiskSize, snapshot.DiskUsage) == (DISK, 50, "DATA_DISK")
    assert (snapshot.CopyFromRemote, snapshot.Encrypt, snapshot.IsLocked) == (False, False, False)


def test_times_are_beijing_time_without_a_zone(cbs: Cbs, control: ControlClient) -> None:
    seed(control, deadline="2100-01-01T00:00:00Z")

    snapshot = cbs.one(SOURCE, GUANGZHOU)
    assert (snapshot.IsPermanent, snapshot.DeadlineTime) == (False, "2100-01-01 08:00:00")
    assert len(snapshot.CreateTime) == 19


def test_seed_says_when_a_snapshot_was_made(cbs: Cbs, control: ControlClient) -> None:
    seed(control, created="2026-01-31T00:00:00Z")

    assert cbs.one(SOURCE, GUANGZHOU).CreateTime == "2026-01-31 08:00:00"


@pytest.mark.parametrize("ahead", [240, -240])
def test_creation_time_is_by_the_clock_of_the_cloud(cbs: Cbs, control: ControlClient, ahead: float) -> None:
    control.post("settings", {"clock_ahead_seconds": ahead})
    made = cbs.one(cbs.copy(BEIJING), BEIJING).CreateTime
    written = datetime.fromisoformat(f"{made}+08:00").timestamp()

    assert written == pytest.approx(time.time() + ahead, abs=5)


def test_images_tags_and_shares(cbs: Cbs, control: ControlClient) -> None:
    seed(control, images=[{"id": "img-1", "name": "i"}], tags={"k": ""}, shared_with=2)

    snapshot = cbs.one(SOURCE, GUANGZHOU)
    assert [(image.ImageId, image.ImageName) for image in snapshot.Images] == [("img-1", "i")]
    assert [(tag.Key, tag.Value) for tag in snapshot.Tags] == [("k", "")]
    assert (snapshot.ImageCount, snapshot.ShareReference) == (1, 2)
    assert len(snapshot.TimeStartShare) == 19


def test_unknown_ids_are_missing_and_no_error(cbs: Cbs) -> None:
    page = cbs.page(GUANGZHOU, SnapshotIds=["snap-unknown0", SOURCE])
    assert (page.TotalCount, [one.SnapshotId for one in page.SnapshotSet]) == (1, [SOURCE])

    empty = cbs.page(GUANGZHOU, SnapshotIds=["snap-unknown0"])
    assert (empty.TotalCount, empty.SnapshotSet) == (0, [])


def test_newest_comes_first_unless_asked_otherwise(cbs: Cbs, five: list[str]) -> None:
    assert cbs.ids() == five[::-1]
    assert cbs.ids(Order="DESC", OrderField="CREATE_TIME") == five[::-1]
    assert cbs.ids(Order="ASC") == five


def test_pages_report_the_total(cbs: Cbs, five: list[str]) -> None:
    page = cbs.page(Order="ASC", Limit=2, Offset=3)

    assert ([one.SnapshotId for one in page.SnapshotSet], page.TotalCount) == (five[3:], 5)
    assert cbs.ids(Offset=9) == []


def test_page_has_20_snapshots_also_when_more_ids_are_given(cbs: Cbs, control: ControlClient) -> None:
    ids = [f"snap-many{number:04}" for number in range(30)]
    control.post("seed", {"snapshots": [{"region": BEIJING, "id": one} for one in ids]})

    assert len(cbs.ids(SnapshotIds=ids)) == 20
    assert set(cbs.ids(SnapshotIds=ids, Limit=100)) == set(ids)


def test_empty_lists_filter_nothing(cbs: Cbs) -> None:
    assert cbs.ids(GUANGZHOU, SnapshotIds=[], Filters=[]) == [SOURCE]


OTHER = "snap-special1"


@pytest.mark.parametrize(
    ("name", "values", "found"),
    [
        ("snapshot-id", [OTHER, "snap-unknown0"], [OTHER]),
        ("snapshot-id", ["snap-special"], []),
        ("snapshot-name", ["pecia"], [OTHER]),
        ("snapshot-name", ["SPECIAL", "gold"], [SOURCE, OTHER]),
        ("snapshot-state", ["ROLLBACKING"], [OTHER]),
        ("snapshot-state", ["NORMAL", "ROLLBACKING"], [SOURCE, OTHER]),
        ("disk-usage", ["SYSTEM_DISK"], [OTHER]),
        ("project-id", ["7"], [OTHER]),
        ("project-id", ["0"], [SOURCE]),
        ("disk-id", ["disk-special1"], [OTHER]),
        ("encrypt", ["true"], [OTHER]),
        ("encrypt", ["FALSE"], [SOURCE]),
        ("snapshot-type", ["SHARED_SNAPSHOT"], [OTHER]),
    ],
)
def test_filter(cbs: Cbs, control: ControlClient, name: str, values: list[str], found: list[str]) -> None:
    seed(
        control,
        id=OTHER,
        name="A Special One",
        state="ROLLBACKING",
        disk="disk-special1",
        disk_usage="SYSTEM_DISK",
        project_id=7,
        encrypted=True,
        shared_from="7",
    )

    assert cbs.filtered(name, *values) == found


def test_filters_must_all_fit(cbs: Cbs) -> None:
    both = [{"Name": "disk-id", "Values": [DISK]}, {"Name": "encrypt", "Values": ["true"]}]

    assert cbs.ids(GUANGZHOU, Filters=both[:1]) == [SOURCE]
    assert cbs.ids(GUANGZHOU, Filters=both) == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Limit": 0}, "InvalidParameterValue"),
        ({"Limit": 101}, "InvalidParameterValue"),
        ({"Offset": -1}, "InvalidParameterValue"),
        ({"Order": "asc"}, "InvalidParameterValue"),
        ({"OrderField": "SIZE"}, "InvalidParameterValue"),
        ({"SnapshotIds": [SOURCE], "Filters": [{"Name": "encrypt", "Values": ["true"]}]}, "InvalidParameterValue"),
        ({"SnapshotIds": [f"snap-{number}" for number in range(101)]}, "InvalidParameterValue"),
        ({"Filters": [{"Name": "tag:team", "Values": ["ml"]}]}, "InvalidFilter"),
        ({"Filters": [{"Name": "encrypt", "Values": []}]}, "InvalidParameterValue"),
        ({"Filters": [{"Name": "encrypt", "Values": ["maybe"]}]}, "InvalidParameterValue"),
        ({"Filters": [{"Name": "snapshot-state", "Values": ["FAILED"]}]}, "InvalidParameterValue"),
        ({"Filters": [{"Name": "project-id", "Values": ["x"]}]}, "InvalidParameterValue"),
        ({"Filters": [{"Name": "disk-id", "Values": [f"disk-{n}" for n in range(11)]}]}, "InvalidParameterValue"),
        ({"Filters": [{"Name": "encrypt"}]}, "MissingParameter"),
        ({"Filters": [{"Values": ["true"]}]}, "MissingParameter"),
    ],
)
def test_describe_refuses(cbs: Cbs, fields: dict[str, Any], code: str) -> None:
    assert refused(cbs.page, GUANGZHOU, **fields) == code


def test_region_shows_only_its_own_snapshots_and_the_accounts(server: SandboxServer, cbs: Cbs) -> None:
    keys = [{"access_key_id": "other", "access_key_secret": "secret"}]
    server.control.post("seed", {"accounts": [{"id": "2", "keys": keys}]})

    assert cbs.ids(BEIJING) == []
    assert Cbs(server, "other", "secret").ids(GUANGZHOU) == []
