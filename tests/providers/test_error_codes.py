"""Every error code of the ECI references: raised by the sandbox, told as one line with a next step of its own class."""

from __future__ import annotations

import pytest

from components.clouds.alibaba.eci_errors import RULES
from components.clouds.errors import CloudError
from components.providers.data_cache import DataCacheProvider
from sandbox.core.control_client import ControlClient
from tests.providers.replicas import created
from tests.references import tables

CODES = [line.listed for line in tables.read("eci-error-codes.tsv")]


def test_references_are_whole() -> None:
    assert len(CODES) == 25


@pytest.mark.parametrize(("status", "code"), CODES, ids=[code for _, code in CODES])
def test_code(provider: DataCacheProvider, control: ControlClient, status: str, code: str) -> None:
    fault = {"service": "eci", "action": "CopyDataCache", "kind": "error", "code": code, "count": None}
    control.post("faults", fault)

    with pytest.raises(CloudError) as raised:
        created(provider)

    rule = RULES[code]
    assert type(raised.value) is rule.kind
    told = str(raised.value)
    assert told.startswith(f"copying DataCache edc-2zetestsource0000001 from cn-beijing to cn-hangzhou: {code}: ")
    assert told.endswith(f". Next: {rule.next_step}.")
    assert "(request " in told
    assert "\n" not in told
    calls = control.get("calls", action="CopyDataCache")
    assert [str(call["status"]) for call in calls] == [status]
