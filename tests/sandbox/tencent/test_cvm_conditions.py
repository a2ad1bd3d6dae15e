"""Every documented code of CVM's images has a condition that raises it, or comes from faults only."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.core.accounts import ACCOUNT_ID
from sandbox.core.control_client import ControlClient
from sandbox.tencent.cvm.errors import DOCUMENTED, FAULT_ONLY
from tests.sandbox.tencent.cbs_sdk import BEIJING, GUANGZHOU, refused
from tests.sandbox.tencent.cvm_sdk import INSTANCE, SEED, SOURCE, SOURCE_SEED, Cvm
from tests.sandbox.tencent.test_cbs_conditions import Condition

UNKNOWN = "img-unknown0"


def delete(cvm: Cvm) -> None:
    cvm.delete(SOURCE, region=GUANGZHOU)


def copy(cvm: Cvm) -> Any:
    return cvm.copy()


def modify(cvm: Cvm) -> None:
    cvm.modify(ImageName="other")


def image(**fields: Any) -> dict[str, Any]:
    return {"cvm_images": [SOURCE_SEED | fields]}


def state(**fields: Any) -> dict[str, Any]:
    return {"accounts": [{"id": ACCOUNT_ID, "state": {"cvm": fields}}]}


CONDITIONS: dict[str, Any] = {
    "FailedOperation.InvalidImageState": Condition(copy, before=copy),
    "ImageQuotaLimitExceeded": Condition(copy, state(image_quota={BEIJING: 0})),
    "InvalidFilter": Condition(lambda cvm: cvm.filtered("os-name", "TencentOS")),
    "InvalidFilterValue.LimitExceeded": Condition(
        lambda cvm: cvm.filtered("image-id", *(f"img-{n}" for n in range(6)))
    ),
    "InvalidImageId.InShared": Condition(delete, image(shared_with=1)),
    "InvalidImageId.IncorrectState": Condition(copy, image(state="IMPORTING")),
    "InvalidImageId.Malformed": Condition(lambda cvm: cvm.copy(ImageIds=["snap-1"])),
    "InvalidImageId.NotFound": Condition(lambda cvm: cvm.copy(ImageIds=[UNKNOWN])),
    "InvalidImageId.TooLarge": Condition(copy, state(image_max_size=10)),
    "InvalidImageName.Duplicate": Condition(copy, {"cvm_images": [SOURCE_SEED | {"region": BEIJING}]}),
    "InvalidInstanceId.Malformed": Condition(lambda cvm: cvm.create(InstanceId="img-1")),
    "InvalidInstanceId.NotFound": Condition(lambda cvm: cvm.create(InstanceId="ins-unknown0")),
    "InvalidParameter.InstanceImageNotSupport": Condition(copy, image(whole_machine=True)),
    "InvalidParameter.InvalidParameterCoexistImageIdsFilters": Condition(
        lambda cvm: cvm.page(ImageIds=[SOURCE], Filters=[{"Name": "image-id", "Values": [SOURCE]}])
    ),
    "InvalidParameterValue": Condition(lambda cvm: cvm.page(Limit=101)),
    "InvalidParameterValue.InvalidImageId": Condition(copy, image(type="PUBLIC_IMAGE")),
    "InvalidParameterValue.InvalidImageIdIsShared": Condition(delete, image(type="SHARED_IMAGE")),
    "InvalidParameterValue.InvalidRegion": Condition(lambda cvm: cvm.copy(GUANGZHOU)),
    "InvalidParameterValue.LimitExceeded": Condition(lambda cvm: cvm.copy(ImageIds=[SOURCE, UNKNOWN])),
    "InvalidParameterValue.TooLarge": Condition(lambda cvm: cvm.copy(ImageName="n" * 61)),
    "InvalidRegion.NotFound": Condition(lambda cvm: cvm.copy("ap-nowhere")),
    "MissingParameter": Condition(lambda cvm: cvm.modify(None, ImageName="n")),
    "OperationDenied.InstanceOperationInProgress": Condition(
        lambda cvm: cvm.create(), {"cvm_instances": [{"region": GUANGZHOU, "id": INSTANCE, "state": "PENDING"}]}
    ),
    "UnsupportedOperation.EncryptedImagesNotSupported": Condition(copy, image(encrypted=True)),
    "UnsupportedOperation.SharedImageModifyUnsupported": Condition(modify, image(type="SHARED_IMAGE")),
}
BY_A_SETTING = {"InvalidRegion.Unavailable"}


def test_every_documented_code_has_a_condition_or_comes_from_faults_only() -> None:
    assert CONDITIONS.keys() | BY_A_SETTING | FAULT_ONLY == DOCUMENTED.keys()
    assert not (CONDITIONS.keys() | BY_A_SETTING) & FAULT_ONLY


@pytest.mark.parametrize("code", sorted(CONDITIONS))
def test_condition_raises_its_code_and_changes_nothing(cvm: Cvm, control: ControlClient, code: str) -> None:
    condition = CONDITIONS[code]
    control.post("seed", condition.seed)
    condition.before(cvm)
    before = _without_progress(control.get("inventory")["cvm"])

    assert refused(condition.request, cvm) == code
    assert _without_progress(control.get("inventory")["cvm"]) == before


@pytest.mark.parametrize(
    "code", sorted(code for code in CONDITIONS if {"accounts", "cvm_instances"} & CONDITIONS[code].seed.keys())
)
def test_condition_that_is_lifted_lets_the_call_through(cvm: Cvm, control: ControlClient, code: str) -> None:
    control.post("seed", CONDITIONS[code].seed)
    control.post("seed", SEED | {"accounts": [{"id": ACCOUNT_ID, "state": {}}]})

    CONDITIONS[code].request(cvm)


def test_region_without_copies(cvm: Cvm, control: ControlClient) -> None:
    control.post("settings", {"regions_without_image_copy": [BEIJING]})

    assert {refused(cvm.copy)} == BY_A_SETTING


@pytest.mark.parametrize("code", sorted(DOCUMENTED))
def test_every_documented_error_reaches_the_client(cvm: Cvm, control: ControlClient, code: str) -> None:
    control.post("faults", {"service": "cvm", "action": "SyncImages", "kind": "error", "code": code})

    assert refused(cvm.copy) == code
    assert cvm.ids() == []


def _without_progress(inventory: dict[str, Any]) -> Any:
    """What may not change while a copy continues."""
    return {region: [(one["id"], one["name"]) for one in images] for region, images in inventory.items()}
