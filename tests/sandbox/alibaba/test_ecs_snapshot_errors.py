"""Every error code that is known of the snapshot actions, as it reaches the real SDK."""

import pytest
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException

from sandbox.alibaba.ecs.snapshot_errors import DOCUMENTED
from sandbox.core.control_client import ControlClient
from tests.references import tables
from tests.sandbox.alibaba.ecs_snapshot_sdk import Snapshots

CODES = [line.listed for line in tables.read("ecs-snapshots-error-codes.tsv")]


@pytest.mark.parametrize(("status", "code"), CODES)
def test_every_documented_error_reaches_the_client(
    disk_snapshots: Snapshots, control: ControlClient, status: str, code: str
) -> None:
    fault = {"kind": "error", "service": "ecs", "code": code, "status": int(status), "message": DOCUMENTED[code][1]}
    control.post("faults", fault)
    with pytest.raises(AlibabaCloudException) as caught:
        disk_snapshots.copy()

    assert (caught.value.code, str(caught.value.status_code)) == (code, status)
    assert DOCUMENTED[code][1] in caught.value.message
    assert disk_snapshots.ids() == []
