"""Every error code of the CopyImage reference: raised by the sandbox, told as one line with its next step."""

from __future__ import annotations

import pytest

from components.clouds.alibaba.ecs import Ecs
from components.clouds.alibaba.ecs_errors import RULES
from components.clouds.errors import CloudError, Transient
from sandbox.core.control_client import ControlClient
from tests.references import tables

CODES = [line.listed for line in tables.read("ecs-error-codes.tsv")]


def test_reference_is_whole() -> None:
    assert len(CODES) == 29
    assert {code for _, code in CODES} <= RULES.keys()


@pytest.mark.parametrize(("status", "code"), CODES, ids=["-".join(each) for each in CODES])
def test_code(ecs: Ecs, control: ControlClient, status: str, code: str) -> None:
    fault = {"action": "JoinResourceGroup", "kind": "error", "code": code, "status": int(status), "count": None}
    control.post("faults", {"service": "ecs", **fault})

    with pytest.raises(CloudError) as raised:
        ecs.join_resource_group("cn-beijing", "m-1", "rg-1")

    rule = RULES[code]
    assert type(raised.value) is rule.kind
    told = str(raised.value)
    assert told.startswith(f"moving Image m-1 in cn-beijing to resource group rg-1: {code}: ")
    assert told.endswith(f". Next: {rule.next_step}.")
    assert "(request " in told
    assert "\n" not in told
    calls = control.get("calls", action="JoinResourceGroup")
    assert {str(call["status"]) for call in calls} == {status}
    assert (len(calls) > 1) is issubclass(rule.kind, Transient)
