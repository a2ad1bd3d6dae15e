"""Every cloud, in every way in which its clients sign and address it, on the one port of one sandbox."""

from collections.abc import Callable

import pytest

from sandbox.core.server import SandboxServer
from tests.sandbox.core.raw_http import RawCall, V1Call
from tests.sandbox.tencent.raw_tc3 import Tc3Call


def acs3(server: SandboxServer, prefix: str) -> int:
    call = RawCall(host="eci.aliyuncs.com")
    return call.transmit(server, call.headers(), prefix)[0]


def v1(server: SandboxServer, prefix: str) -> int:
    return V1Call().send(server, prefix)[0]


def tc3(server: SandboxServer, prefix: str) -> int:
    answer = Tc3Call(path=f"{prefix}/").send(server)
    return answer.status if answer.code is None else 400


@pytest.mark.parametrize("prefix", ["", "http://ecs-cn-hangzhou.aliyuncs.com", "http://cbs.tencentcloudapi.com"])
@pytest.mark.parametrize(("call", "service"), [(acs3, "eci"), (v1, "ecs"), (tc3, "cbs")])
def test_headers_and_parameters_show_the_cloud_and_the_target_does_not(
    server: SandboxServer, call: Callable[[SandboxServer, str], int], service: str, prefix: str
) -> None:
    assert call(server, prefix) == 200

    assert [one["service"] for one in server.control.get("calls")] == [service]


def test_fault_of_any_service_has_the_defaults_of_the_service_it_hits(server: SandboxServer) -> None:
    for _ in range(3):
        server.control.post("faults", {"kind": "error", "code": "DryRunOperation"})
    call = RawCall(host="eci.aliyuncs.com")
    eci, ecs = call.send(server), V1Call().send(server)
    cbs = Tc3Call().send(server)

    passed = "Request validation has been passed with DryRun flag set."
    assert [(status, body["Message"]) for status, body in (eci, ecs)] == [(400, passed)] * 2
    assert cbs.status == 200
    assert cbs.body["Response"]["Error"]["Message"].startswith("The request would have succeeded")


def test_code_that_a_service_does_not_document_has_no_default_of_another(server: SandboxServer) -> None:
    server.control.post("faults", {"kind": "error", "code": "QuotaExceed.Image", "count": 2})
    hits = [V1Call().send(server), RawCall(host="eci.aliyuncs.com").send(server)]

    assert [(status, body["Message"]) for status, body in hits] == [
        (403, "The Image Quota exceeds."),
        (400, "Ordered by a fault."),
    ]
