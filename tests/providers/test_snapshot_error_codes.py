"""Every error code of the CBS references: raised by the sandbox, told as one line with a next step of its own class."""

from __future__ import annotations

import pytest

from components.clouds.errors import CloudError
from components.clouds.tencent.cbs_errors import RULES
from components.providers.snapshot import SnapshotProvider
from sandbox.core.control_client import ControlClient
from sandbox.tencent.cbs.errors import DOCUMENTED
from tests.providers.replicas import SNAPSHOT
from tests.references import tables

CODES = [line.listed for line in tables.read("cbs-error-codes.tsv")]
OF_THE_COPY = {
    *("InsufficientSnapshotQuota", "InternalError.ComponentError", "InvalidAccount.InsufficientBalance"),
    *("InvalidParameterValue", "InvalidSnapshot.NotSupported", "InvalidSnapshotId.NotFound", "ResourceBusy"),
    *("ResourceInUse.CopySnapshotConflict", "UnsupportedOperation.SnapshotNotSupportCopy"),
}
"""What the reference of CopySnapshotCrossRegions lists."""


def test_references_are_whole() -> None:
    assert {code for _, code in CODES} >= OF_THE_COPY
    assert {code for _, code in CODES} == DOCUMENTED.keys()
    assert len(CODES) == 33


@pytest.mark.parametrize("kind", ["error", "region_error"])
@pytest.mark.parametrize(("status", "code"), CODES, ids=[code for _, code in CODES])
def test_code(snapshots: SnapshotProvider, control: ControlClient, status: str, code: str, kind: str) -> None:
    """As the answer to the call, and as the result of one region."""
    control.post("faults", {"service": "cbs", "action": "CopySnapshotCrossRegions", "kind": kind, "code": code})

    with pytest.raises(CloudError) as raised:
        snapshots.lifecycle.cloud.copy_snapshot(
            source_region="ap-guangzhou", source_id=SNAPSHOT, region="ap-beijing", name="golden"
        )

    rule = RULES[code]
    assert type(raised.value) is rule.kind
    told = str(raised.value)
    assert told.startswith(
        f"copying Snapshot {SNAPSHOT} from ap-guangzhou to ap-beijing: {code}: {DOCUMENTED[code]}"[:-1]
    )
    assert told.endswith(f". Next: {rule.next_step}.")
    assert "(request " in told
    assert "\n" not in told
    (call,) = control.get("calls", action="CopySnapshotCrossRegions")
    assert str(call["status"]) == status
