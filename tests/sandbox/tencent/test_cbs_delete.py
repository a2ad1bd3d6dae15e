from typing import Any

import pytest

from sandbox.core.control_client import ControlClient
from tests.sandbox.tencent.cbs_sdk import BEIJING, GUANGZHOU, SOURCE, Cbs, refused, seed

OTHER = "snap-source02"


def test_deleted_snapshot_is_gone_at_once(cbs: Cbs, control: ControlClient) -> None:
    cbs.delete(SOURCE, region=GUANGZHOU)

    assert cbs.ids(GUANGZHOU) == []
    assert control.get("inventory")["cbs"] == {}
    assert refused(cbs.delete, SOURCE, region=GUANGZHOU) == "InvalidSnapshotId.NotFound"


def test_several_are_deleted_in_one_call(cbs: Cbs, control: ControlClient) -> None:
    seed(control, id=OTHER)
    cbs.delete(SOURCE, OTHER, region=GUANGZHOU)

    assert cbs.ids(GUANGZHOU) == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"state": "CREATING"}, "ResourceUnavailable.SnapshotCreating"),
        ({"state": "ROLLBACKING"}, "ResourceBusy"),
        ({"state": "COPYING_FROM_REMOTE"}, "InvalidSnapshot.NotSupported"),
        ({"state": "CHECKING_COPIED"}, "InvalidSnapshot.NotSupported"),
        ({"state": "TORECYCLE"}, "InvalidSnapshot.NotSupported"),
        ({"shared_from": "7"}, "InvalidSnapshot.NotSupported"),
        ({"shared_with": 1}, "UnsupportedOperation.SnapHasShared"),
        ({"images": [{"id": "img-1"}]}, "UnsupportedOperation.SnapshotHasBindedImage"),
    ],
)
def test_one_that_cannot_be_deleted_keeps_all(
    cbs: Cbs, control: ControlClient, fields: dict[str, Any], code: str
) -> None:
    seed(control, id=OTHER, **fields)

    assert refused(cbs.delete, SOURCE, OTHER, region=GUANGZHOU) == code
    assert set(cbs.ids(GUANGZHOU)) == {SOURCE, OTHER}


def test_unknown_one_keeps_all(cbs: Cbs) -> None:
    assert refused(cbs.delete, SOURCE, "snap-unknown0", region=GUANGZHOU) == "InvalidSnapshotId.NotFound"
    assert cbs.ids(GUANGZHOU) == [SOURCE]


def test_bound_images_go_with_it_when_asked(cbs: Cbs, control: ControlClient) -> None:
    seed(control, images=[{"id": "img-1"}])
    cbs.delete(SOURCE, region=GUANGZHOU, DeleteBindImages=True)

    assert cbs.ids(GUANGZHOU) == []


def test_copy_can_be_deleted_once_it_is_normal(cbs: Cbs, control: ControlClient) -> None:
    copy = cbs.copy()
    assert refused(cbs.delete, copy) == "InvalidSnapshot.NotSupported"
    control.advance(5)
    cbs.delete(copy)

    assert cbs.ids() == []


def test_source_of_a_running_copy_is_busy(cbs: Cbs, control: ControlClient) -> None:
    copy = cbs.copy()
    assert refused(cbs.delete, SOURCE, region=GUANGZHOU) == "ResourceBusy"
    control.advance(5)
    cbs.delete(SOURCE, region=GUANGZHOU)

    assert (cbs.ids(GUANGZHOU), cbs.ids(BEIJING)) == ([], [copy])


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"SnapshotIds": None}, "MissingParameter"),
        ({"SnapshotIds": []}, "InvalidParameterValue"),
        ({"SnapshotIds": [SOURCE, SOURCE]}, "InvalidParameterValue"),
        ({"SnapshotIds": [""]}, "InvalidParameterValue"),
        ({"SnapshotIds": [SOURCE], "DeleteBindImages": "yes"}, "InvalidParameter"),
    ],
)
def test_delete_refuses(cbs: Cbs, fields: dict[str, Any], code: str) -> None:
    assert refused(cbs.delete, region=GUANGZHOU, **fields) == code
    assert cbs.ids(GUANGZHOU) == [SOURCE]
