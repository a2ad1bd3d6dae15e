"""Every error code of the references of all services: raised by the sandbox, reported as one line and a next step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from components.clouds.errors import CloudError, Transient
from components.kinds import KINDS
from sandbox.core.control_client import ControlClient
from sandbox.tencent.cbs import errors as cbs_errors
from sandbox.tencent.cvm import errors as cvm_errors
from tests.lifecycle.replicas import CVM_IMAGE, ECS_SNAPSHOT, SNAPSHOT, SOURCE, created
from tests.references import tables

SERVICES = {tables.of(kind.service): kind.service for kind in KINDS}
CODES = {name: [line.listed for line in tables.read(f"{name}-error-codes.tsv")] for name in SERVICES}

OF_A_SNAPSHOT_COPY = {
    *("InsufficientSnapshotQuota", "InternalError.ComponentError", "InvalidAccount.InsufficientBalance"),
    *("InvalidParameterValue", "InvalidSnapshot.NotSupported", "InvalidSnapshotId.NotFound", "ResourceBusy"),
    *("ResourceInUse.CopySnapshotConflict", "UnsupportedOperation.SnapshotNotSupportCopy"),
}
"""What the reference of CopySnapshotCrossRegions lists."""


OF_AN_IMAGE_COPY = {
    *("FailedOperation.InvalidImageState", "InvalidImageId.IncorrectState", "InvalidImageId.Malformed"),
    *("InvalidImageId.NotFound", "InvalidImageId.TooLarge", "InvalidImageName.Duplicate"),
    *("InvalidParameter.InstanceImageNotSupport", "InvalidParameter.InvalidKmsKeyId"),
    *("InvalidParameterValue.InvalidImageId", "InvalidParameterValue.InvalidImageState"),
    *("InvalidParameterValue.InvalidRegion", "InvalidParameterValue.LimitExceeded", "InvalidRegion.NotFound"),
    *("InvalidRegion.Unavailable", "UnsupportedOperation.EncryptedImagesNotSupported"),
    *("UnsupportedOperation.LocationImageNotSupported", "UnsupportedOperation.Region"),
    "UnsupportedOperation.SyncEncryptImageNotSupport",
}
"""What the vendor's SDK lists of SyncImages."""
DOCUMENTED = {"cbs": cbs_errors.DOCUMENTED, "cvm": cvm_errors.DOCUMENTED}


class Attempt(NamedTuple):
    """A call of a service that is refused."""

    fixture: str
    call: Callable[[Any], object]
    action: str
    doing: str
    """What its message begins with."""
    faults: tuple[str, ...] = ("error",)
    repeats: bool = True
    """Whether the call is repeated after a passing error."""


ATTEMPTS = {
    "eci": Attempt("provider", created, "CopyDataCache", f"copying DataCache {SOURCE} from cn-beijing to cn-hangzhou"),
    "ecs": Attempt(
        "ecs",
        lambda ecs: ecs.join_resource_group("cn-beijing", "m-1", "rg-1"),
        "JoinResourceGroup",
        "moving Image m-1 in cn-beijing to resource group rg-1",
    ),
    "ecs-snapshots": Attempt(
        "ecs_snapshots",
        lambda ecs_snapshots: ecs_snapshots.lifecycle.cloud.copy_snapshot(
            source_region="cn-beijing",
            source_id=ECS_SNAPSHOT,
            region="cn-hangzhou",
            client_token="token",
            settings={},
            tags={},
        ),
        "CopySnapshot",
        f"copying EcsSnapshot {ECS_SNAPSHOT} from cn-beijing to cn-hangzhou",
    ),
    "cbs": Attempt(
        "snapshots",
        lambda snapshots: snapshots.lifecycle.cloud.start_copy(
            source_region="ap-guangzhou", source_id=SNAPSHOT, region="ap-beijing", name="golden"
        ),
        "CopySnapshotCrossRegions",
        f"copying Snapshot {SNAPSHOT} from ap-guangzhou to ap-beijing",
        ("error", "region_error"),  # as the answer to the call, and as the result of one region
        repeats=False,
    ),
    "cvm": Attempt(
        "cvm_images",
        lambda images: images.lifecycle.cloud.start_copy(
            source_region="ap-guangzhou", source_id=CVM_IMAGE, region="ap-beijing", name="golden"
        ),
        "SyncImages",
        f"copying CvmImage {CVM_IMAGE} from ap-guangzhou to ap-beijing",
        repeats=False,
    ),
}


def test_references_are_whole() -> None:
    assert {name: len(codes) for name, codes in CODES.items()} == {
        "eci": 25,
        "ecs": 29,
        "ecs-snapshots": 31,
        "cbs": 33,
        "cvm": 38,
    }
    for name, codes in CODES.items():
        assert {code for _, code in codes} <= SERVICES[name].errors.rules.keys()
    for name, of_a_copy in (("cbs", OF_A_SNAPSHOT_COPY), ("cvm", OF_AN_IMAGE_COPY)):
        listed = {code for _, code in CODES[name]}
        assert listed >= of_a_copy
        assert listed == DOCUMENTED[name].keys()


def cases() -> Iterator[Any]:
    for name, attempt in ATTEMPTS.items():
        for kind in attempt.faults:
            for status, code in CODES[name]:
                yield pytest.param(name, kind, status, code, id="-".join((name, kind, status, code)))


@pytest.mark.parametrize(("name", "kind", "status", "code"), list(cases()))
def test_code(
    request: pytest.FixtureRequest, control: ControlClient, name: str, kind: str, status: str, code: str
) -> None:
    attempt, rule = ATTEMPTS[name], SERVICES[name].errors.rules[code]
    target = request.getfixturevalue(attempt.fixture)
    fault = {"service": SERVICES[name].name, "action": attempt.action, "kind": kind, "code": code, "count": None}
    control.post("faults", fault | ({"status": int(status)} if kind == "error" else {}))

    with pytest.raises(CloudError) as raised:
        attempt.call(target)

    assert type(raised.value) is rule.kind
    message = str(raised.value)
    documented = DOCUMENTED.get(name, {}).get(code, "").removesuffix(".")
    assert message.startswith(f"{attempt.doing}: {code}: {documented}")
    assert message.endswith(f". Next: {rule.next_step}.")
    assert "(request " in message
    assert "\n" not in message
    calls = control.get("calls", action=attempt.action)
    assert {str(call["status"]) for call in calls} == {status}
    assert (len(calls) > 1) is (attempt.repeats and issubclass(rule.kind, Transient))
