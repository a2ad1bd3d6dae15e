"""Every documented code of CBS has a condition that raises it, or comes from faults only."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.core.accounts import ACCOUNT_ID
from sandbox.core.control_client import ControlClient
from sandbox.tencent.cbs.errors import DOCUMENTED, FAULT_ONLY
from tests.sandbox.tencent.cbs_sdk import BEIJING, DISK, GUANGZHOU, SEED, SOURCE, SOURCE_SEED, Cbs, refused

UNKNOWN = "snap-unknown0"


@dataclass
class Condition:
    """What to seed, and the call that is refused then; without it, the call may succeed."""

    request: Callable[[Any], Any]
    seed: dict[str, Any] = field(default_factory=dict)
    before: Callable[[Any], Any] = lambda _: None


def delete(cbs: Cbs) -> None:
    cbs.delete(SOURCE, region=GUANGZHOU)


def copy(cbs: Cbs) -> Any:
    return cbs.copy()


def create(cbs: Cbs) -> Any:
    return cbs.create()


def snapshot(**fields: Any) -> dict[str, Any]:
    return {"snapshots": [SOURCE_SEED | fields]}


def disk(**fields: Any) -> dict[str, Any]:
    return {"disks": [{"region": GUANGZHOU, "id": DISK} | fields]}


def state(**fields: Any) -> dict[str, Any]:
    return {"accounts": [{"id": ACCOUNT_ID, "state": {"cbs": fields}}]}


CONDITIONS = {
    "InsufficientSnapshotQuota": Condition(create, state(snapshot_quota={GUANGZHOU: 1})),
    "InvalidAccount.InsufficientBalance": Condition(copy, state(sufficient_balance=False)),
    "InvalidDisk.Busy": Condition(create, disk(state="EXPANDING")),
    "InvalidDisk.NotSupportSnapshot": Condition(create, disk(snapshot_ability=False)),
    "InvalidDisk.NotSupported": Condition(lambda cbs: cbs.create(LocalSnap=True)),
    "InvalidDisk.SnapshotCreating": Condition(create, before=create),
    "InvalidDiskId.NotFound": Condition(lambda cbs: cbs.create(DiskId="disk-unknown0")),
    "InvalidFilter": Condition(lambda cbs: cbs.filtered("tag:team", "ml")),
    "InvalidParameterValue": Condition(lambda cbs: cbs.page(Limit=101)),
    "InvalidSnapshot.NotSupported": Condition(copy, snapshot(state="TORECYCLE")),
    "InvalidSnapshotId.NotFound": Condition(lambda cbs: cbs.copy(source=UNKNOWN)),
    "MissingParameter": Condition(lambda cbs: cbs.modify(None, SnapshotName="n")),
    "ResourceBusy": Condition(delete, before=copy),
    "ResourceInUse.DiskRollbacking": Condition(create, disk(state="ROLLBACKING")),
    "ResourceNotFound.NotFound": Condition(lambda cbs: cbs.create(DiskBackupId="dbp-unknown")),
    "ResourceUnavailable.NotSupported": Condition(create, disk(state="TORECYCLE")),
    "ResourceUnavailable.SnapshotCreating": Condition(delete, snapshot(state="CREATING")),
    "UnsupportedOperation.SnapHasShared": Condition(delete, snapshot(shared_with=1)),
    "UnsupportedOperation.SnapshotHasBindedImage": Condition(delete, snapshot(images=[{"id": "img-1"}])),
    "UnsupportedOperation.SnapshotNotSupportCopy": Condition(copy, snapshot(encrypted=True)),
}
IN_A_RESULT = {"ResourceInUse.CopySnapshotConflict"}


def test_every_documented_code_has_a_condition_or_comes_from_faults_only() -> None:
    assert CONDITIONS.keys() | IN_A_RESULT | FAULT_ONLY == DOCUMENTED.keys()
    assert not (CONDITIONS.keys() | IN_A_RESULT) & FAULT_ONLY


@pytest.mark.parametrize("code", sorted(CONDITIONS))
def test_condition_raises_its_code_and_changes_nothing(cbs: Cbs, control: ControlClient, code: str) -> None:
    condition = CONDITIONS[code]
    control.post("seed", condition.seed)
    condition.before(cbs)
    before = _without_progress(control.get("inventory")["cbs"])

    assert refused(condition.request, cbs) == code
    assert _without_progress(control.get("inventory")["cbs"]) == before


@pytest.mark.parametrize("code", sorted(code for code in CONDITIONS if CONDITIONS[code].seed))
def test_condition_that_is_lifted_lets_the_call_through(cbs: Cbs, control: ControlClient, code: str) -> None:
    control.post("seed", CONDITIONS[code].seed)
    control.post("seed", SEED | {"accounts": [{"id": ACCOUNT_ID, "state": {}}]})

    CONDITIONS[code].request(cbs)


def test_running_copy_is_reported_in_the_result_of_its_region(cbs: Cbs) -> None:
    cbs.copy()

    assert cbs.codes(BEIJING) == [*IN_A_RESULT]


def _without_progress(inventory: dict[str, Any]) -> Any:
    """What may not change while a copy continues."""
    return {region: [(one["id"], one["name"]) for one in snapshots] for region, snapshots in inventory.items()}
