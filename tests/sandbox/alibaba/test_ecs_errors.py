import pytest
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException

from sandbox.alibaba.ecs.errors import DOCUMENTED
from sandbox.core.control_client import ControlClient
from tests.references import tables
from tests.sandbox.alibaba.ecs_sdk import Ecs

CODES = [line.listed for line in tables.read("ecs-error-codes.tsv")]


def test_table_is_that_of_the_reference() -> None:
    assert len(CODES) == 29
    ours = {(str(status), code) for code, (status, _) in DOCUMENTED.items()}

    assert set(CODES) == ours | {("403", "InternalError")}


@pytest.mark.parametrize(("status", "code"), CODES)
def test_every_documented_error_reaches_the_client(ecs: Ecs, control: ControlClient, status: str, code: str) -> None:
    ordered = {"status": int(status)} if code == "InternalError" else {}
    control.post("faults", {"kind": "error", "service": "ecs", "code": code} | ordered)
    with pytest.raises(AlibabaCloudException) as caught:
        ecs.copy()

    assert (caught.value.code, str(caught.value.status_code)) == (code, status)
    assert DOCUMENTED[code][1] in caught.value.message
    assert ecs.ids(status="ALL") == []
