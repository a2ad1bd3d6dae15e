"""The providers of native resources: one per region and program; their endpoints; keys only from the stack config."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pulumi
import pytest

from components.replica import native_alibaba, native_tencent
from tests.replica.fakes import Mocks, mocked, run

SANDBOX = {"replicas:sandbox": "true"}
SIGNATURE = "4dabf18193072939515e22adb298388d"
VARIABLES = (
    *("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALICLOUD_ACCESS_KEY", "ALIBABACLOUD_ACCESS_KEY_ID"),
    *("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_SECURITY_TOKEN"),
    *("REPLICAS_ECS_ENDPOINT", "REPLICAS_CBS_ENDPOINT"),
)


@pytest.fixture
def mocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mocks]:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    with mocked() as mocks:
        yield mocks


def declared(
    mocks: Mocks, config: dict[str, str], declare: Callable[[], Any], *, secret: Sequence[str] = ()
) -> dict[str, dict[str, Any]]:
    """The inputs of the declared providers, by name."""
    pulumi.runtime.set_all_config(config, [*secret, *(key for key in config if "ecret" in key or "oken" in key)])
    try:
        run(lambda: pulumi.Output.all(declare()))
    finally:
        pulumi.runtime.set_all_config({}, [])
    return {name: dict(args.inputs) for name, args in mocks.registered.items()}


def test_one_provider_of_a_region_in_a_program(mocks: Mocks) -> None:
    def twice() -> None:
        assert native_alibaba.provider_of("cn-beijing") is native_alibaba.provider_of("cn-beijing")
        assert native_tencent.provider_of("ap-guangzhou", "cbs") is native_tencent.provider_of("ap-guangzhou", "cbs")

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
    made = declared(mocks, {}, lambda: native_tencent.provider_of("ap-guangzhou", "cbs").urn)

    assert made == {"replicas-tencentcloud-ap-guangzhou": {"region": "ap-guangzhou"}}


def test_tencentcloud_of_a_sandbox(mocks: Mocks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLICAS_CBS_ENDPOINT", "http://127.0.0.1:8747")

    made = declared(mocks, SANDBOX, lambda: native_tencent.provider_of("ap-guangzhou", "cbs").urn)

    assert made["replicas-tencentcloud-ap-guangzhou"] == {
        "region": "ap-guangzhou",
        "protocol": "HTTP",
        "domain": "127.0.0.1:8747",
    }


def test_tencentcloud_of_two_services(mocks: Mocks, monkeypatch: pytest.MonkeyPatch) -> None:
    for service in ("CBS", "CVM"):
        monkeypatch.setenv(f"REPLICAS_{service}_ENDPOINT", "http://127.0.0.1:8747")

    def declare() -> object:
        assert native_tencent.provider_of("ap-guangzhou", "cbs") is native_tencent.provider_of("ap-guangzhou", "cvm")
        return native_tencent.provider_of("ap-guangzhou", "cvm").urn

    assert set(declared(mocks, SANDBOX, declare)) == {"replicas-tencentcloud-ap-guangzhou"}


def test_tencentcloud_of_services_on_two_sites(mocks: Mocks) -> None:
    config = {"replicas:endpoints": '{"cbs": "cbs.intl.tencentcloudapi.com"}'}

    def declare() -> object:
        native_tencent.provider_of("ap-guangzhou", "cbs")
        with pytest.raises(pulumi.RunError, match="are on different sites"):
            native_tencent.provider_of("ap-guangzhou", "cvm")
        return native_tencent.provider_of("ap-guangzhou", "cbs").urn

    declared(mocks, config, declare)


def test_tencentcloud_of_another_site(mocks: Mocks) -> None:
    config = {"replicas:endpoints": '{"cbs": "cbs.intl.tencentcloudapi.com"}'}

    made = declared(mocks, config, lambda: native_tencent.provider_of("ap-guangzhou", "cbs").urn)

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
        return native_alibaba.provider_of("cn-beijing").urn, native_tencent.provider_of("ap-guangzhou", "cbs").urn

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
        return native_alibaba.provider_of("cn-beijing").urn, native_tencent.provider_of("ap-guangzhou", "cbs").urn

    made = declared(mocks, KEYS, both)

    assert made["replicas-alicloud-cn-beijing"] == {"region": "cn-beijing"}
    assert made["replicas-tencentcloud-ap-guangzhou"] == {"region": "ap-guangzhou"}


SOURCES = {
    "alicloud:profile": "other",
    "alicloud:sharedCredentialsFile": "~/keys.json",
    "alicloud:ecsRoleName": "copier",
    "tencentcloud:profile": "other",
    "tencentcloud:sharedCredentialsDir": "~/keys",
    "tencentcloud:camRoleName": "copier",
}
ROLE = {"roleArn": "acs:ram::1:role/copier", "sessionName": "replicas"}
ROLES = {f"{vendor}:assumeRole": json.dumps(ROLE) for vendor in ("alicloud", "tencentcloud")}


def both() -> Any:
    return native_alibaba.provider_of("cn-beijing").urn, native_tencent.provider_of("ap-guangzhou", "cbs").urn


def test_credentials_of_the_stack_config_are_those_of_the_native_provider(mocks: Mocks) -> None:
    made = declared(mocks, {**SOURCES, **ROLES}, both)

    assert made["replicas-alicloud-cn-beijing"] == {
        "region": "cn-beijing",
        "profile": "other",
        "sharedCredentialsFile": "~/keys.json",
        "ecsRoleName": "copier",
        "assumeRole": json.dumps(ROLE),
    }
    assert made["replicas-tencentcloud-ap-guangzhou"] == {
        "region": "ap-guangzhou",
        "profile": "other",
        "sharedCredentialsDir": "~/keys",
        "camRoleName": "copier",
        "assumeRole": json.dumps(ROLE),
    }


def test_access_key_of_the_environment_leaves_only_the_role(mocks: Mocks, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("ALIBABA_CLOUD_ACCESS_KEY_ID", *VARIABLES[3:6]):
        monkeypatch.setenv(variable, "canary")

    made = declared(mocks, {**SOURCES, **ROLES}, both)

    assert [given.keys() for given in made.values()] == [{"region", "assumeRole"}] * 2


def test_role_that_is_a_secret_stays_one(mocks: Mocks) -> None:
    made = declared(mocks, {"alicloud:assumeRole": json.dumps(ROLE)}, both, secret=["alicloud:assumeRole"])

    assert made["replicas-alicloud-cn-beijing"]["assumeRole"].keys() == {"value", SIGNATURE}


def test_site_and_protocol_of_the_stack_config(mocks: Mocks) -> None:
    config = {
        "alicloud:protocol": "HTTP",
        "alicloud:accountType": "International",
        "alicloud:skipRegionValidation": "true",
        "tencentcloud:domain": "intl.tencentcloudapi.com",
        "tencentcloud:protocol": "HTTP",
    }

    made = declared(mocks, config, both)

    assert made == {
        "replicas-alicloud-cn-beijing": {
            "region": "cn-beijing",
            "protocol": "HTTP",
            "accountType": "International",
            "skipRegionValidation": "true",
        },
        "replicas-tencentcloud-ap-guangzhou": {
            "region": "ap-guangzhou",
            "protocol": "HTTP",
            "domain": "intl.tencentcloudapi.com",
        },
    }


def test_two_access_keys_of_the_environment_are_refused(mocks: Mocks, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugin takes the other one: images would be copied in another account than DataCaches."""
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "canary-1")
    monkeypatch.setenv("ALICLOUD_ACCESS_KEY", "canary-2")

    with pytest.raises(pulumi.RunError) as raised:
        declared(mocks, {}, both)
    assert str(raised.value) == (
        "ALIBABA_CLOUD_ACCESS_KEY_ID and ALICLOUD_ACCESS_KEY hold different access keys, of which the native provider "
        "would use another. Next: unset all but one."
    )


def test_config_that_cannot_be_honoured_ends_a_program_in_one_line(mocks: Mocks) -> None:
    with pytest.raises(pulumi.RunError, match=r"^tencentcloud:mfaCertification: is not supported here; .*\. Next: "):
        declared(mocks, {"tencentcloud:mfaCertification": "{}"}, both)
