"""Every parameter of CopyImage, CopySnapshot and CopySnapshotCrossRegions: sent as the reference spells it, and read.

That it is read shows in a wrong value, which is refused with a code of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from sandbox.core.control_client import ControlClient
from sandbox.core.server import SandboxServer
from tests.sandbox.alibaba import ecs_sdk, ecs_snapshot_sdk
from tests.sandbox.alibaba.eci_sdk import refused as refused_by_alibaba
from tests.sandbox.tencent import cbs_sdk, cvm_sdk

KEY = "e522b26d-abf6-4e0d-b5da-04b7000000aa"


class Case(NamedTuple):
    """A parameter, its value on the wire, fields that make the value wrong, and the code that refuses it."""

    parameter: str
    sent: str | None
    wrong: dict[str, Any]
    code: str


IMAGE: dict[str, Any] = {
    "destination_image_name": "golden-1",
    "destination_description": "golden machine",
    "encrypted": True,
    "kmskey_id": KEY,
    "resource_group_id": "rg-1",
    "client_token": "token",
    "tags": {"team": "os"},
}
IMAGE_CASES = [
    Case("RegionId", ecs_sdk.BEIJING, {"region_id": "cn-nowhere"}, "SourceRegion.NotFound"),
    Case("ImageId", ecs_sdk.IMAGE, {"image_id": "m-nothing"}, "InvalidImageId.NotFound"),
    Case(
        "DestinationRegionId",
        ecs_sdk.HANGZHOU,
        {"destination_region_id": ecs_sdk.BEIJING},
        "IncorrectDestinationRegion",
    ),
    Case("DestinationImageName", "golden-1", {"destination_image_name": "1st"}, "InvalidImageName.Malformed"),
    Case(
        "DestinationDescription",
        "golden machine",
        {"destination_description": "http://x"},
        "InvalidDescription.Malformed",
    ),
    Case("Encrypted", "True", {"encrypted": "maybe"}, "InvalidParameter.Encrypted"),
    Case("KMSKeyId", KEY, {"kmskey_id": "another"}, "InvalidParameter.KMSKeyId.NotFound"),
    Case("ResourceGroupId", "rg-1", {"resource_group_id": "group"}, "InvalidResourceGroup.NotFound"),
    Case("ClientToken", "token", {"client_token": "t" * 65}, "InvalidParameter.ClientToken"),
    Case("DryRun", "False", {"dry_run": True}, "DryRunOperation"),
    Case("Tag.N.Key", "team", {"tags": {"acs:team": "os"}}, "InvalidTagKey.Malformed"),
    Case("Tag.N.Value", "os", {"tags": {"team": "acs:os"}}, "InvalidTagValue.Malformed"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer() as running:
        yield running


@pytest.fixture
def control(server: SandboxServer) -> ControlClient:
    server.control.post("reset")
    seeds = {**ecs_sdk.SEED, **ecs_snapshot_sdk.SEED, **cbs_sdk.SEED, **cvm_sdk.SEED}
    server.control.post("seed", {**seeds, "kms_keys": [{"region": ecs_sdk.HANGZHOU, "id": KEY}]})
    return server.control


@pytest.mark.parametrize("case", IMAGE_CASES, ids=lambda case: case.parameter)
def test_copy_image(control: ControlClient, case: Case) -> None:
    ecs = ecs_sdk.Ecs(control)

    assert refused_by_alibaba(ecs.copy, **IMAGE | case.wrong)[0] == case.code
    assert ecs.copy(**IMAGE | {"dry_run": False})

    (call,) = (call for call in control.get("calls", action="CopyImage") if call["status"] == 200)
    assert call["params"][case.parameter.replace(".N.", ".1.")] == case.sent


ECS_SNAPSHOT: dict[str, Any] = {
    "destination_snapshot_name": "ledger-1",
    "destination_snapshot_description": "the ledger's disk",
    "retention_days": 30,
    "encrypted": True,
    "kmskey_id": KEY,
    "client_token": "token",
    "tags": {"team": "db"},
}
ECS_SNAPSHOT_CASES = [
    Case("RegionId", ecs_sdk.BEIJING, {"region_id": "cn-nowhere"}, "InvalidRegionId.NotFound"),
    Case("SnapshotId", ecs_snapshot_sdk.SNAPSHOT, {"snapshot_id": "s-nothing"}, "InvalidSnapshotId.NotFound"),
    Case(
        "DestinationRegionId",
        ecs_sdk.HANGZHOU,
        {"destination_region_id": ecs_sdk.BEIJING},
        "InvalidOperation.NotSupportCopyInSameRegion",
    ),
    Case("DestinationSnapshotName", "ledger-1", {"destination_snapshot_name": "a"}, "InvalidSnapshotName.Malformed"),
    Case(
        "DestinationSnapshotDescription",
        "the ledger's disk",
        {"destination_snapshot_description": "http://x"},
        "InvalidDescription.Malformed",
    ),
    Case("RetentionDays", "30", {"retention_days": 65537}, "InvalidParameter.RetentionDays"),
    Case("Encrypted", "True", {"encrypted": False}, "InvalidParameter.EncryptedIllegal"),
    Case("KMSKeyId", KEY, {"kmskey_id": "another"}, "InvalidParameter.KMSKeyId.NotFound"),
    Case("ClientToken", "token", {"client_token": "t" * 65}, "InvalidParameter.ClientToken"),
    Case("Tag.N.Key", "team", {"tags": {"acs:team": "os"}}, "InvalidTagKey.Malformed"),
    Case("Tag.N.Value", "db", {"tags": {"team": "acs:os"}}, "InvalidTagValue.Malformed"),
]


@pytest.mark.parametrize("case", ECS_SNAPSHOT_CASES, ids=lambda case: case.parameter)
def test_copy_ecs_snapshot(control: ControlClient, case: Case) -> None:
    ecs = ecs_snapshot_sdk.Snapshots(control)

    assert refused_by_alibaba(ecs.copy, **ECS_SNAPSHOT | case.wrong)[0] == case.code
    assert ecs.copy(**ECS_SNAPSHOT)

    (call,) = (call for call in control.get("calls", action="CopySnapshot") if call["status"] == 200)
    assert call["params"][case.parameter.replace(".N.", ".1.")] == case.sent


SNAPSHOT_CASES = [
    Case("SnapshotId", cbs_sdk.SOURCE, {"SnapshotId": "snap-nothing0"}, "InvalidSnapshotId.NotFound"),
    Case("DestinationRegions.N", cbs_sdk.BEIJING, {"DestinationRegions": ["ap-nowhere"]}, "InvalidParameterValue"),
    Case("SnapshotName", "golden dr", {"SnapshotName": "n" * 61}, "InvalidParameterValue"),
]


@pytest.mark.parametrize("case", SNAPSHOT_CASES, ids=lambda case: case.parameter)
def test_copy_snapshot_cross_regions(control: ControlClient, case: Case) -> None:
    cbs = cbs_sdk.Cbs(control)

    assert cbs_sdk.refused(cbs.copy, **case.wrong) == case.code
    assert cbs.copy(SnapshotName="golden dr")

    (call,) = (call for call in control.get("calls", action="CopySnapshotCrossRegions") if not call["code"])
    assert call["params"][case.parameter.replace(".N", ".0")] == case.sent


IMAGE_SYNC_CASES = [
    Case("ImageIds.N", cvm_sdk.SOURCE, {"ImageIds": ["img-nothing0"]}, "InvalidImageId.NotFound"),
    Case("DestinationRegions.N", cbs_sdk.BEIJING, {"DestinationRegions": ["ap-nowhere"]}, "InvalidRegion.NotFound"),
    Case("ImageName", "golden dr", {"ImageName": "n" * 61}, "InvalidParameterValue.TooLarge"),
    Case("ImageSetRequired", "true", {"ImageSetRequired": "yes"}, "InvalidParameter"),
    Case("DryRun", "false", {"DryRun": True}, "DryRunOperation"),
    Case("Encrypt", "false", {"Encrypt": True}, "InvalidParameterValue.InvalidRegion"),
    Case("KmsKeyId", None, {"KmsKeyId": "2bb53791"}, "InvalidParameterValue"),  # only with Encrypt, in its own region
]


@pytest.mark.parametrize("case", IMAGE_SYNC_CASES, ids=lambda case: case.parameter)
def test_sync_images(control: ControlClient, case: Case) -> None:
    cvm = cvm_sdk.Cvm(control)

    assert cbs_sdk.refused(cvm.copy, **case.wrong) == case.code
    assert cvm.copy(ImageName="golden dr", DryRun=False, Encrypt=False)

    (call,) = (call for call in control.get("calls", action="SyncImages") if not call["code"])
    assert call["params"].get(case.parameter.replace(".N", ".0")) == case.sent
