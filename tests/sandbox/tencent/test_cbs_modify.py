from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.core.control_client import ControlClient
from tests.sandbox.tencent.cbs_sdk import BEIJING, GUANGZHOU, SOURCE, Cbs, refused, seed

LATER = "2100-01-01T00:00:00+00:00"


def in_seconds(control: ControlClient, seconds: float) -> str:
    moment = datetime.fromtimestamp(control.get("clock")["epoch"] + seconds, UTC)
    return moment.isoformat(timespec="milliseconds")


def test_rename_leaves_the_rest(cbs: Cbs, control: ControlClient) -> None:
    before = cbs.one(SOURCE, GUANGZHOU)
    control.advance(60)
    cbs.modify(SnapshotName="ü" * 60)

    after = cbs.one(SOURCE, GUANGZHOU)
    assert (after.SnapshotName, after.IsPermanent, after.CreateTime) == ("ü" * 60, True, before.CreateTime)
    assert after.LatestModifyTime > before.LatestModifyTime


def test_deadline_makes_it_non_permanent(cbs: Cbs) -> None:
    cbs.modify(IsPermanent=False, Deadline=LATER)

    snapshot = cbs.one(SOURCE, GUANGZHOU)
    assert (snapshot.IsPermanent, snapshot.DeadlineTime) == (False, "2100-01-01 08:00:00")


@pytest.mark.parametrize("deadline", ["2100-01-01T08:00:00+08:00", "2100-01-01T00:00:00Z"])
def test_deadline_may_be_in_any_zone(cbs: Cbs, deadline: str) -> None:
    cbs.modify(IsPermanent=False, Deadline=deadline)

    assert cbs.one(SOURCE, GUANGZHOU).DeadlineTime == "2100-01-01 08:00:00"


@pytest.mark.parametrize("permanence", [{}, {"IsPermanent": True}])
def test_deadline_is_ignored_unless_permanence_is_false(cbs: Cbs, permanence: dict[str, Any]) -> None:
    cbs.modify(Deadline=LATER, **permanence)

    assert cbs.one(SOURCE, GUANGZHOU).IsPermanent


def test_snapshot_becomes_permanent_again(cbs: Cbs, control: ControlClient) -> None:
    seed(control, deadline=LATER)
    cbs.modify(IsPermanent=True)

    assert (cbs.one(SOURCE, GUANGZHOU).IsPermanent, cbs.one(SOURCE, GUANGZHOU).DeadlineTime) == (True, "")


def test_non_permanent_without_a_deadline_keeps_the_one_it_has(cbs: Cbs, control: ControlClient) -> None:
    assert refused(cbs.modify, IsPermanent=False) == "MissingParameter"
    seed(control, deadline=LATER)
    cbs.modify(IsPermanent=False)

    assert cbs.one(SOURCE, GUANGZHOU).DeadlineTime == "2100-01-01 08:00:00"


def test_snapshot_is_deleted_at_its_deadline(cbs: Cbs, control: ControlClient) -> None:
    cbs.modify(IsPermanent=False, Deadline=in_seconds(control, 3600))
    control.advance(3500)
    assert cbs.ids(GUANGZHOU) == [SOURCE]
    control.advance(101)

    assert cbs.ids(GUANGZHOU) == []
    assert control.get("inventory")["cbs"] == {}
    assert refused(cbs.delete, SOURCE, region=GUANGZHOU) == "InvalidSnapshotId.NotFound"


def test_running_copy_can_be_modified(cbs: Cbs) -> None:
    copy = cbs.copy()
    cbs.modify(copy, BEIJING, SnapshotName="n", IsPermanent=False, Deadline=LATER)

    snapshot = cbs.one(copy)
    assert (snapshot.SnapshotName, snapshot.IsPermanent, snapshot.SnapshotState) == (
        "n",
        False,
        "COPYING_FROM_REMOTE",
    )


def test_running_copy_cannot_be_modified_when_the_setting_says_so(cbs: Cbs, control: ControlClient) -> None:
    control.post("settings", {"modify_needs_normal": True})
    copy = cbs.copy()
    assert refused(cbs.modify, copy, BEIJING, SnapshotName="n") == "InvalidSnapshot.NotSupported"
    control.advance(5)

    cbs.modify(copy, BEIJING, SnapshotName="n")
    assert cbs.one(copy).SnapshotName == "n"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"shared_with": 1}, "UnsupportedOperation.SnapHasShared"),
        ({"images": [{"id": "img-1"}]}, "UnsupportedOperation.SnapshotHasBindedImage"),
    ],
)
def test_snapshot_in_use_gets_no_deadline_but_a_name(
    cbs: Cbs, control: ControlClient, fields: dict[str, Any], code: str
) -> None:
    seed(control, **fields)

    assert refused(cbs.modify, SnapshotName="n", IsPermanent=False, Deadline=LATER) == code
    assert (cbs.one(SOURCE, GUANGZHOU).SnapshotName, cbs.one(SOURCE, GUANGZHOU).IsPermanent) == ("golden", True)
    cbs.modify(SnapshotName="n")
    assert cbs.one(SOURCE, GUANGZHOU).SnapshotName == "n"


def test_snapshot_of_another_account_cannot_be_modified(cbs: Cbs, control: ControlClient) -> None:
    seed(control, shared_from="7")

    assert refused(cbs.modify, SnapshotName="n") == "InvalidSnapshot.NotSupported"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"SnapshotId": None, "SnapshotName": "n"}, "MissingParameter"),
        ({}, "MissingParameter"),
        ({"SnapshotId": "snap-unknown0", "SnapshotName": "n"}, "InvalidSnapshotId.NotFound"),
        ({"SnapshotName": ""}, "InvalidParameterValue"),
        ({"SnapshotName": " "}, "InvalidParameterValue"),
        ({"SnapshotName": "n" * 61}, "InvalidParameterValue"),
        ({"IsPermanent": False, "Deadline": "2020-01-01T00:00:00Z"}, "InvalidParameterValue"),
        ({"IsPermanent": False, "Deadline": "2100-01-01 00:00:00"}, "InvalidParameterValue"),
        ({"IsPermanent": False, "Deadline": "2100-01-01T00:00:00"}, "InvalidParameterValue"),
        ({"IsPermanent": False, "Deadline": "2100-02-31T00:00:00Z"}, "InvalidParameterValue"),
        ({"IsPermanent": False, "Deadline": "9999-12-31T23:59:59Z"}, "InvalidParameterValue"),
        ({"IsPermanent": False, "Deadline": ""}, "InvalidParameterValue"),
        ({"IsPermanent": "false"}, "InvalidParameter"),
    ],
)
def test_modify_refuses(cbs: Cbs, fields: dict[str, Any], code: str) -> None:
    assert refused(cbs.modify, **fields) == code
