import re
from typing import Any

import pytest

from sandbox.core.control_client import ControlClient
from sandbox.core.server import SandboxServer
from tests.sandbox.tencent.cbs_sdk import BEIJING, DISK, GUANGZHOU, SHANGHAI, SOURCE, Cbs, refused, seed, set_state
from tests.sandbox.tencent.raw_tc3 import Tc3Call


def test_copy_gets_an_id_of_its_own_in_the_destination_region(cbs: Cbs) -> None:
    snapshot_id = cbs.copy()

    assert re.fullmatch("snap-[a-z0-9]{8}", snapshot_id)
    assert cbs.ids() == [snapshot_id]
    assert cbs.ids(GUANGZHOU) == [SOURCE]


def test_copy_answers_one_result_for_each_region(cbs: Cbs) -> None:
    first, second = cbs.results(SHANGHAI, BEIJING)

    assert (first.DestinationRegion, first.Code, first.Message) == (SHANGHAI, "Success", "")
    assert (second.DestinationRegion, second.Code, second.Message) == (BEIJING, "Success", "")
    assert cbs.ids(SHANGHAI) == [first.SnapshotId]
    assert cbs.ids(BEIJING) == [second.SnapshotId]


def test_copy_keeps_disk_and_size_and_is_permanent(cbs: Cbs, control: ControlClient) -> None:
    seed(control, deadline="2100-01-01T00:00:00Z", tags={"a": "b"}, disk_usage="SYSTEM_DISK")

    copy = cbs.one(cbs.copy(SnapshotName="näme"))

    assert (copy.SnapshotName, copy.DiskId, copy.DiskSize, copy.DiskUsage) == ("näme", DISK, 50, "SYSTEM_DISK")
    assert (copy.IsPermanent, copy.DeadlineTime, copy.Tags) == (True, "", [])
    assert (copy.CopyFromRemote, copy.Placement.Zone) == (True, "ap-beijing-1")


def test_copy_without_a_name_says_what_it_is_a_copy_of(cbs: Cbs) -> None:
    assert cbs.one(cbs.copy()).SnapshotName == f"Copied {SOURCE} from {GUANGZHOU}"


def test_copy_is_copied_then_checked_then_normal(cbs: Cbs, control: ControlClient) -> None:
    control.post("settings", {"copy_seconds": 1000, "checking_share": 0.3})
    snapshot_id = cbs.copy()
    seen = []
    for _ in range(4):
        snapshot = cbs.one(snapshot_id)
        seen.append((snapshot.SnapshotState, snapshot.Percent // 10))
        control.advance(360)

    assert seen == [
        ("COPYING_FROM_REMOTE", 0),
        ("COPYING_FROM_REMOTE", 3),
        ("CHECKING_COPIED", 7),
        ("NORMAL", 10),
    ]


def test_percent_is_below_100_until_the_copy_is_normal(cbs: Cbs, control: ControlClient) -> None:
    control.post("settings", {"copy_seconds": 10_000})
    snapshot_id = cbs.copy()
    control.advance(9_990)

    assert (cbs.state(snapshot_id), cbs.one(snapshot_id).Percent) == ("CHECKING_COPIED", 99)


def test_copy_duration_can_be_set_for_one_destination(cbs: Cbs, control: ControlClient) -> None:
    control.post("settings", {"copy_seconds": 1000, "regions": {BEIJING: {"copy_seconds": 0}}})

    assert cbs.state(cbs.copy()) == "NORMAL"
    assert cbs.state(cbs.copy(SHANGHAI), SHANGHAI) == "COPYING_FROM_REMOTE"


def test_source_says_where_it_is_being_copied_to(cbs: Cbs, control: ControlClient) -> None:
    control.post("settings", {"copy_seconds": 1000, "regions": {SHANGHAI: {"copy_seconds": 500}}})
    assert cbs.one(SOURCE, GUANGZHOU).CopyingToRegions == []
    cbs.copy(SHANGHAI, BEIJING)

    assert cbs.one(SOURCE, GUANGZHOU).CopyingToRegions == [SHANGHAI, BEIJING]
    control.advance(600)
    assert cbs.one(SOURCE, GUANGZHOU).CopyingToRegions == [BEIJING]
    control.advance(500)
    assert cbs.one(SOURCE, GUANGZHOU).CopyingToRegions == []


def test_second_copy_to_a_region_conflicts_while_the_first_runs(cbs: Cbs, control: ControlClient) -> None:
    first = cbs.copy()

    conflict, other = cbs.results(BEIJING, SHANGHAI)
    assert (conflict.SnapshotId, conflict.Code) == ("", "ResourceInUse.CopySnapshotConflict")
    assert conflict.Message
    assert other.Code == "Success"
    control.advance(5)
    second = cbs.copy()
    assert set(cbs.ids()) == {first, second}


def test_copies_of_different_sources_do_not_conflict(cbs: Cbs, control: ControlClient) -> None:
    seed(control, id="snap-source02")

    assert cbs.copy() != cbs.copy(source="snap-source02")


def test_full_region_refuses_only_its_own_copy(cbs: Cbs, control: ControlClient) -> None:
    set_state(control, snapshot_quota={BEIJING: 0, SHANGHAI: 1})

    assert cbs.codes(BEIJING, SHANGHAI) == ["InsufficientSnapshotQuota", "Success"]
    assert cbs.ids() == []


def test_region_error_refuses_only_its_own_region(cbs: Cbs, control: ControlClient) -> None:
    control.post("faults", {"kind": "region_error", "region": BEIJING, "code": "InternalError.ComponentError"})
    failed, made = cbs.results(BEIJING, SHANGHAI)

    assert (failed.SnapshotId, failed.Code) == ("", "InternalError.ComponentError")
    assert failed.Message.startswith("Dependent component request failed")
    assert (made.Code, cbs.ids(), cbs.ids(SHANGHAI)) == ("Success", [], [made.SnapshotId])
    assert cbs.codes() == ["Success"]


def test_region_error_waits_for_a_copy_that_would_be_started(cbs: Cbs, control: ControlClient) -> None:
    control.post("faults", {"kind": "region_error", "code": "ResourceBusy", "message": "Mine."})
    cbs.page()
    refused(cbs.copy, source="snap-unknown0")
    assert control.get("faults")[0]["hits"] == 0

    (result,) = cbs.results()
    assert (result.Code, result.Message) == ("ResourceBusy", "Mine.")


def test_copy_is_invisible_until_the_cloud_is_consistent(cbs: Cbs, control: ControlClient) -> None:
    control.post("settings", {"visible_after_seconds": 30, "copy_seconds": 0})
    snapshot_id = cbs.copy()

    assert cbs.ids() == cbs.ids(SnapshotIds=[snapshot_id]) == []
    assert refused(cbs.modify, snapshot_id, BEIJING, SnapshotName="n") == "InvalidSnapshotId.NotFound"
    assert refused(cbs.delete, snapshot_id) == "InvalidSnapshotId.NotFound"
    assert [one["id"] for one in control.get("inventory")["cbs"][BEIJING]] == [snapshot_id]
    control.advance(30)
    assert cbs.ids() == [snapshot_id]


def test_stuck_copy_stays_as_it_is(cbs: Cbs, control: ControlClient) -> None:
    seed(control, copy_outcome={"state": "STUCK", "regions": [BEIJING]})
    stuck = cbs.copy(BEIJING, SHANGHAI)
    control.advance(10**6)

    assert (cbs.state(stuck), cbs.one(stuck).Percent) == ("COPYING_FROM_REMOTE", 90)
    assert cbs.codes(BEIJING, SHANGHAI) == ["ResourceInUse.CopySnapshotConflict", "Success"]
    assert cbs.page(SHANGHAI, Order="ASC").SnapshotSet[0].SnapshotState == "NORMAL"


def test_vanishing_copy_is_gone_at_its_end(cbs: Cbs, control: ControlClient) -> None:
    seed(control, copy_outcome={"state": "VANISHED"})
    vanishing = cbs.copy()
    control.advance(4.5)
    assert cbs.state(vanishing) == "CHECKING_COPIED"
    control.advance(1)

    assert cbs.ids() == []
    assert BEIJING not in control.get("inventory")["cbs"]
    assert cbs.one(SOURCE, GUANGZHOU).CopyingToRegions == []


def test_outcome_of_a_source_is_not_inherited_by_its_copies(cbs: Cbs, control: ControlClient) -> None:
    seed(control, copy_outcome={"state": "STUCK", "regions": [SHANGHAI]})
    copy = cbs.copy()
    control.advance(5)
    again = cbs.copy(SHANGHAI, source=copy, at=BEIJING)
    control.advance(5)

    assert cbs.state(again, SHANGHAI) == "NORMAL"


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("CREATING", "InvalidSnapshot.NotSupported"),
        ("ROLLBACKING", "ResourceBusy"),
        ("COPYING_FROM_REMOTE", "InvalidSnapshot.NotSupported"),
        ("CHECKING_COPIED", "InvalidSnapshot.NotSupported"),
        ("TORECYCLE", "InvalidSnapshot.NotSupported"),
    ],
)
def test_source_must_be_normal(cbs: Cbs, control: ControlClient, state: str, code: str) -> None:
    seed(control, state=state)

    assert refused(cbs.copy) == code
    assert cbs.ids() == []


@pytest.mark.parametrize("fields", [{"encrypted": True}, {"shared_with": 1}, {"shared_from": "7"}])
def test_encrypted_and_shared_sources_cannot_be_copied(
    cbs: Cbs, control: ControlClient, fields: dict[str, Any]
) -> None:
    seed(control, **fields)

    assert refused(cbs.copy) == "UnsupportedOperation.SnapshotNotSupportCopy"


def test_account_without_balance_cannot_copy(cbs: Cbs, control: ControlClient) -> None:
    set_state(control, sufficient_balance=False)
    assert refused(cbs.copy) == "InvalidAccount.InsufficientBalance"
    set_state(control)

    assert cbs.copy()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"DestinationRegions": None}, "MissingParameter"),
        ({"DestinationRegions": []}, "InvalidParameterValue"),
        ({"DestinationRegions": ["ap-nowhere"]}, "InvalidParameterValue"),
        ({"DestinationRegions": [BEIJING, "ap-nowhere"]}, "InvalidParameterValue"),
        ({"DestinationRegions": [BEIJING, BEIJING]}, "InvalidParameterValue"),
        ({"DestinationRegions": [GUANGZHOU]}, "InvalidParameterValue"),
        ({"DestinationRegions": [BEIJING, GUANGZHOU]}, "InvalidParameterValue"),
        ({"DestinationRegions": [""]}, "InvalidParameterValue"),
        ({"SnapshotId": None}, "MissingParameter"),
        ({"SnapshotId": ""}, "InvalidSnapshotId.NotFound"),
        ({"SnapshotId": "snap-unknown0"}, "InvalidSnapshotId.NotFound"),
        ({"SnapshotName": ""}, "InvalidParameterValue"),
        ({"SnapshotName": "n" * 61}, "InvalidParameterValue"),
    ],
)
def test_copy_refuses(cbs: Cbs, fields: dict[str, Any], code: str) -> None:
    assert refused(cbs.copy, **fields) == code
    assert cbs.ids() == []


def test_name_of_60_characters_is_accepted(cbs: Cbs) -> None:
    assert cbs.one(cbs.copy(SnapshotName="ü" * 60)).SnapshotName == "ü" * 60


def test_source_is_looked_for_in_the_region_that_is_called(cbs: Cbs) -> None:
    assert refused(cbs.copy, BEIJING, at=SHANGHAI) == "InvalidSnapshotId.NotFound"


def test_source_of_another_account_is_not_found(server: SandboxServer) -> None:
    keys = [{"access_key_id": "other", "access_key_secret": "secret"}]
    server.control.post("seed", {"accounts": [{"id": "2", "keys": keys}]})

    assert refused(Cbs(server, "other", "secret").copy) == "InvalidSnapshotId.NotFound"


def test_copy_needs_a_region_too(server: SandboxServer) -> None:
    body = {"SnapshotId": SOURCE, "DestinationRegions": [BEIJING]}

    assert Tc3Call("CopySnapshotCrossRegions", region=None, body=body).send(server).code == "MissingParameter"


def test_answer_on_the_wire_is_the_references(server: SandboxServer) -> None:
    body = {"SnapshotId": SOURCE, "DestinationRegions": [BEIJING]}
    response = Tc3Call("CopySnapshotCrossRegions", body=body).send(server).body["Response"]

    assert set(response) == {"SnapshotCopyResultSet", "RequestId"}
    (result,) = response["SnapshotCopyResultSet"]
    assert set(result) == {"SnapshotId", "DestinationRegion", "Code", "Message"}
