from typing import Any

import pytest

from sandbox.core.control_client import ControlClient
from sandbox.core.server import SandboxServer
from tests.sandbox.alibaba.eci_sdk import refused
from tests.sandbox.alibaba.ecs_sdk import BEIJING, HANGZHOU, IMAGE, OTHER_ACCOUNT, SHANGHAI, Ecs, plant, set_state

COPYING = ("OperationDenied.ImageCopying", 403)


def snapshots(control: ControlClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = control.get("inventory")["ecs_snapshots"].get(HANGZHOU, [])
    return found


def test_deleted_image_is_gone_at_once(ecs: Ecs, control: ControlClient, copied: str) -> None:
    ecs.delete(copied)

    assert ecs.ids(status="ALL") == []
    assert HANGZHOU not in control.get("inventory")["ecs"]


def test_snapshot_of_a_copy_stays_when_the_image_is_deleted(ecs: Ecs, control: ControlClient, copied: str) -> None:
    snapshot_id = ecs.one(copied).disk_device_mappings.disk_device_mapping[0].snapshot_id
    assert control.get("inventory")["ecs"][HANGZHOU][0]["snapshot"] == snapshot_id
    assert snapshots(control) == []
    ecs.delete(copied)
    control.advance(10**8)

    (left,) = snapshots(control)
    assert (left["id"], left["image"], left["status"], left["size"]) == (snapshot_id, copied, "accomplished", 40)


def test_snapshots_left_behind_count_for_the_quota(ecs: Ecs, control: ControlClient, copied: str) -> None:
    ecs.delete(copied)
    set_state(control, snapshot_quota={HANGZHOU: 1}, image_quota={HANGZHOU: 1})

    assert refused(ecs.copy) == ("QuotaExceed.Snapshot", 403)


def test_unknown_image_is_ignored(ecs: Ecs, copied: str) -> None:
    ecs.delete("m-unknown")
    ecs.delete(copied)
    ecs.delete(copied)

    assert ecs.ids(status="ALL") == []


@pytest.mark.parametrize("force", [True, False])
def test_copy_that_waits_or_runs_cannot_be_deleted(ecs: Ecs, control: ControlClient, force: bool) -> None:
    running, waiting = ecs.copy(), ecs.copy()

    assert refused(ecs.delete, running, force=force) == COPYING
    assert refused(ecs.delete, waiting, force=force) == COPYING
    control.advance(10)
    ecs.delete(running)
    ecs.delete(waiting)


def test_refusal_names_the_way_out(ecs: Ecs) -> None:
    with pytest.raises(Exception, match="Please use the CancelCopyImage API"):
        ecs.delete(ecs.copy())


def test_source_of_a_running_copy_cannot_be_deleted(ecs: Ecs, control: ControlClient) -> None:
    ecs.copy()
    assert refused(ecs.delete, IMAGE, region_id=BEIJING) == COPYING
    control.advance(5)

    ecs.delete(IMAGE, region_id=BEIJING)
    assert ecs.ids(region_id=BEIJING) == []


def test_failed_copy_can_be_deleted_and_leaves_no_snapshot(ecs: Ecs, control: ControlClient) -> None:
    control.post("faults", {"kind": "copy_fails"})
    image_id = ecs.copy()
    control.advance(5)
    ecs.delete(image_id)

    assert ecs.ids(status="ALL") == []
    assert snapshots(control) == []


@pytest.mark.parametrize("status", ["UnAvailable", "CreateFailed", "Deprecated"])
def test_images_of_other_states_can_be_deleted(ecs: Ecs, control: ControlClient, status: str) -> None:
    plant(control, {"id": "m-1", "status": status})
    ecs.delete("m-1")

    assert ecs.ids(status="ALL") == []


def test_image_in_use_needs_force(ecs: Ecs, control: ControlClient) -> None:
    plant(control, {"id": "m-1", "in_use": True})
    assert refused(ecs.delete, "m-1") == ("ImageUsingByInstance", 403)

    ecs.delete("m-1", force=True)
    assert ecs.ids(status="ALL") == []


def test_shared_image_cannot_be_deleted(ecs: Ecs, control: ControlClient) -> None:
    plant(control, {"id": "m-1", "shared_with": ["2"]})

    assert refused(ecs.delete, "m-1", force=True) == ("ImageUseShared", 403)


def test_image_shared_by_others_is_not_ones_own(ecs: Ecs, server: SandboxServer) -> None:
    plant(server.control, {"id": "m-1", "shared_with": ["2"]}, accounts=[OTHER_ACCOUNT])

    assert refused(Ecs(server, "other", "s").delete, "m-1") == ("InvalidImageId.NotFound", 404)
    assert ecs.ids() == ["m-1"]


def test_image_of_another_account_is_ignored(ecs: Ecs, server: SandboxServer, copied: str) -> None:
    server.control.post("seed", {"accounts": [OTHER_ACCOUNT]})
    Ecs(server, "other", "s").delete(copied)

    assert ecs.ids() == [copied]


@pytest.mark.parametrize(
    ("fields", "code", "status"),
    [
        ({"region_id": None}, "MissingParameter", 400),
        ({"image_id": None}, "MissingParameter", 400),
        ({"region_id": "cn-nowhere"}, "InvalidRegionId.NotFound", 404),
        ({"force": "perhaps"}, "InvalidParameter.Force", 400),
        ({"dry_run": True}, "DryRunOperation", 400),
    ],
)
def test_delete_refuses(ecs: Ecs, copied: str, fields: dict[str, Any], code: str, status: int) -> None:
    assert refused(ecs.delete, **{"image_id": copied} | fields) == (code, status)
    assert ecs.ids() == [copied]


def test_delete_in_another_region_is_ignored(ecs: Ecs, copied: str) -> None:
    ecs.delete(copied, region_id=SHANGHAI)

    assert ecs.ids() == [copied]
