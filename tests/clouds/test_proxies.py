"""Loopback endpoints are reached without a proxy; an error names the host that was really asked, and the proxy."""

from __future__ import annotations

from typing import Any

import pytest

from components.clouds.alibaba import connection as alibaba
from components.clouds.alibaba.eci import Eci
from components.clouds.alibaba.ecs import Ecs
from components.clouds.errors import Unreachable
from components.clouds.service import Service
from components.clouds.tencent import connection as tencent
from components.clouds.tencent.cbs import Cbs
from sandbox.core.server import SandboxServer
from tests.lifecycle.replicas import IMAGE, SNAPSHOT, SOURCE, use_keys

DEAD = "http://user:canary@127.0.0.1:9"
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(params=[str.upper, str.lower], ids=["upper case", "lower case"])
def _dead_proxy(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("control")
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.lower(), raising=False)
    for variable in VARIABLES[:2]:
        monkeypatch.setenv(request.param(variable), DEAD)


@pytest.mark.usefixtures("_dead_proxy")
def test_loopback_is_asked_without_a_proxy(server: SandboxServer) -> None:
    assert Eci(alibaba.Connection(server.url)).describe("cn-beijing", {SOURCE: ""})
    assert Ecs(alibaba.Connection(server.url)).describe("cn-hangzhou", {IMAGE: ""})
    assert Cbs(tencent.Connection(server.url)).describe("ap-guangzhou", {SNAPSHOT: ""})


@pytest.mark.usefixtures("_dead_proxy")
def test_error_names_the_host_of_the_region_and_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    services: list[tuple[Service, str, str]] = [
        (Ecs(alibaba.Connection("ecs.{region}.example")), "DescribeImages", "ecs.cn-beijing.example"),
        (Ecs(alibaba.Connection("http://ecs.{region}.example")), "DescribeImages", "http://ecs.cn-beijing.example"),
        (Eci(alibaba.Connection()), "DescribeDataCaches", "eci.aliyuncs.com"),
        (
            Cbs(tencent.Connection("https://cbs.{region}.example")),
            "DescribeSnapshots",
            "https://cbs.cn-beijing.example",
        ),
        (Cbs(tencent.Connection()), "DescribeSnapshots", "cbs.tencentcloudapi.com"),
    ]
    use_keys(monkeypatch, "id", "secret")

    for service, action, host in services:
        with pytest.raises(Unreachable) as raised:
            send(service, action)
        assert raised.value.message == f"no connection to {host} through the proxy 127.0.0.1:9"
        assert "canary" not in str(raised.value)


def send(service: Service, action: str) -> Any:
    return service._send("doing", "cn-beijing", action, {}, patience=0)


@pytest.mark.usefixtures("control")
def test_error_without_a_proxy_names_none() -> None:
    with pytest.raises(Unreachable) as raised:
        send(Ecs(alibaba.Connection("http://127.0.0.1:9")), "DescribeImages")
    assert raised.value.message == "no connection to http://127.0.0.1:9"
