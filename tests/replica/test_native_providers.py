"""The providers of native resources: one per region and program; their endpoints; keys only from the stack config."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pytest

from components.replica import native_alibaba, native_tencent
from tests.replica.fakes import Mocks, mocked, run

SANDBOX = {"replicas:sandbox": "true"}
VARIABLES = (
    *("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALICLOUD_ACCESS_KEY", "ALICLOUD_ACCESS_KEY_ID"),
    *("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_SECURITY_TOKEN"),
    *("REPLICAS_ECS_ENDPOINT", "REPLICAS_CBS_ENDPOINT"),
)


@pytest.fixture
def mocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mocks]:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    with mocked() as mocks:
        yield mocks


def declared(mocks: Mocks, config: dict[str, str], declare: Callable[[], Any]) -> dict[str, dict[str, Any]]:
    """The inputs of the declared providers, by name."""
    pulumi.runtime.set_all_config(config, [key for key in config if "ecret" in key or "oken" in key])
    try:
        run(lambda: pulumi.Output.all(declare()))
    finally:
        pulumi.runtime.set_all_config({})
    return {name: dict(args.inputs) for name, args in mocks.registered.items()}


def test_one_provider_of_a_region_in_a_program(mocks: Mocks) -> None:
    def twice() -> None:
        assert native_alibaba.provider_of("cn-beijing") is native_alibaba.provider_of("cn-beijing")
        assert native_tencent.provider_of("ap-guangzhou") is native_tencent.provider_of("ap-guangzhou")

    assert declared(mocks, {}, twice).keys() == {
        "replicas-alicloud-cn-beijing",
        "replicas-tencentcloud-ap-guangzhou",
    }


def test_every_program_has_its_own() -> None:
    for _ in range(2):
        with mocked() as mocks:
            made = declared(mocks, {}, lambda: native_alibaba.provider_of("cn-beijing").urn)
            assert made.keys() == {"replicas-alicloud-cn-beijing"}


def test_alicloud_of_the_cloud(mocks: Mocks) -> None:
    made = declared(mocks, {}, lambda: native_alibaba.provider_of("cn-beijing").urn)

    assert made == {"replicas-alicloud-cn-beijing": {"region": "cn-beijing"}}


def test_alicloud_of_a_sandbox(mocks: Mocks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLICAS_ECS_ENDPOINT", "http://127.0.0.1:8747")

    made = declared(mocks, SANDBOX, lambda: native_alibaba.provider_of("cn-beijing").urn)

    assert made["replicas-alicloud-cn-beijing"] == {
        "region": "cn-beijing",
        "protocol": "HTTP",
        "endpoints": '[{"ecs": "127.0.0.1:8747", "sts": "127.0.0.1:8747"}]',
        "skipRegionValidation": "true",
        "accountType": "Domestic",
    }


def test_alicloud_of_a_private_network(mocks: Mocks) -> None:
    config = {"replicas:endpoints": '{"ecs": "ecs-vpc.{region}.aliyuncs.com"}'}

    made = declared(mocks, config, lambda: native_alibaba.provider_of("cn-beijing").urn)

    assert made["replicas-alicloud-cn-beijing"] == {
        "region": "cn-beijing",
        "protocol": "HTTPS",
        "endpoints": '[{"ecs": "ecs-vpc.cn-beijing.aliyuncs.com"}]',
    }


def test_tencentcloud_of_the_cloud(mocks: Mocks) -> None:
    made = declared(mocks, {}, lambda: native_tencent.provider_of("ap-guangzhou").urn)

    assert made == {"replicas-tencentcloud-ap-guangzhou": {"region": "ap-guangzhou"}}


def test_tencentcloud_of_a_sandbox(mocks: Mocks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLICAS_CBS_ENDPOINT", "http://127.0.0.1:8747")

    made = declared(mocks, SANDBOX, lambda: native_tencent.provider_of("ap-guangzhou").urn)

    assert made["replicas-tencentcloud-ap-guangzhou"] == {
        "region": "ap-guangzhou",
        "protocol": "HTTP",
        "domain": "127.0.0.1:8747",
    }


def test_tencentcloud_of_another_site(mocks: Mocks) -> None:
    config = {"replicas:endpoints": '{"cbs": "cbs.intl.tencentcloudapi.com"}'}

    made = declared(mocks, config, lambda: native_tencent.provider_of("ap-guangzhou").urn)

    assert made["replicas-tencentcloud-ap-guangzhou"] == {
        "region": "ap-guangzhou",
        "protocol": "HTTPS",
        "domain": "intl.tencentcloudapi.com",
    }


KEYS = {
    "alicloud:accessKey": "key",
    "alicloud:secretKey": "hidden",
    "alicloud:securityToken": "token",
    "tencentcloud:secretId": "key",
    "tencentcloud:secretKey": "hidden",
    "tencentcloud:securityToken": "token",
}


def test_keys_of_the_stack_config(mocks: Mocks) -> None:
    def both() -> Any:
        return native_alibaba.provider_of("cn-beijing").urn, native_tencent.provider_of("ap-guangzhou").urn

    made = declared(mocks, KEYS, both)

    for provider, keys in (
        ("replicas-alicloud-cn-beijing", {"accessKey": "key", "secretKey": "hidden", "securityToken": "token"}),
        ("replicas-tencentcloud-ap-guangzhou", {"secretId": "key", "secretKey": "hidden", "securityToken": "token"}),
    ):
        assert {key: made[provider][key]["value"] for key in keys} == keys  # a secret is wrapped


def test_keys_of_the_environment_are_left_to_the_plugins(mocks: Mocks, monkeypatch: pytest.MonkeyPatch) -> None:
    """They would stand in the state: the vendor's SDK puts them in by itself."""
    for variable in ("ALIBABA_CLOUD_ACCESS_KEY_ID", *VARIABLES[3:6]):
        monkeypatch.setenv(variable, "canary")

    def both() -> Any:
        return native_alibaba.provider_of("cn-beijing").urn, native_tencent.provider_of("ap-guangzhou").urn

    made = declared(mocks, KEYS, both)

    assert made["replicas-alicloud-cn-beijing"] == {"region": "cn-beijing"}
    assert made["replicas-tencentcloud-ap-guangzhou"] == {"region": "ap-guangzhou"}
