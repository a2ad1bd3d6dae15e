"""Every parameter of the ECI references: sent as the reference spells it, and read by the cloud.

That it is read shows in a wrong value, which is refused with a code that names it.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import pytest

from components.clouds.alibaba.eci import Eci
from components.clouds.errors import CloudError
from sandbox.core.control_client import ControlClient
from tests.lifecycle.replicas import SOURCE


class Case(NamedTuple):
    """A parameter, its value on the wire, arguments that make the value wrong, and the code that refuses it."""

    parameter: str
    sent: str
    wrong: dict[str, Any]
    code: str


COPY: dict[str, Any] = {
    "source_region": "cn-beijing",
    "source_id": SOURCE,
    "region": "cn-hangzhou",
    "client_token": "token",
    "settings": {
        "bucket": "models",
        "path": "/v2",
        "name": "weights",
        "retention_days": 7,
        "resource_group_id": "rg-1",
    },
    "tags": {"team": "ml"},
}


def setting(name: str, value: Any) -> dict[str, Any]:
    return {"settings": {name: value}}


def but(declared: dict[str, Any], wrong: dict[str, Any]) -> dict[str, Any]:
    """What is declared, but for what is wrong; the other settings stay."""
    return {**declared, **wrong, "settings": {**declared["settings"], **wrong.get("settings", {})}}


COPY_CASES = [
    Case("RegionId", "cn-beijing", {"source_region": "cn-nowhere"}, "InvalidRegionId.NotFound"),
    Case("DataCacheId", SOURCE, {"source_id": "edc-nothing"}, "InvalidParameter.DataCacheId.NotFound"),
    Case("DestinationRegionId", "cn-hangzhou", {"region": "cn-beijing"}, "InvalidParameter.DestinationRegionId"),
    Case("Bucket", "models", setting("bucket", "eci-system"), "InvalidParameter.Bucket"),
    Case("Path", "/v2", setting("path", "v2"), "InvalidParameter.Path"),
    Case("Name", "weights", setting("name", "n" * 129), "InvalidParameter.Name"),
    Case("RetentionDays", "7", setting("retention_days", 0), "InvalidParameter.RetentionDays"),
    Case("ResourceGroupId", "rg-1", setting("resource_group_id", "group"), "InvalidParameter.ResourceGroupId"),
    Case("ClientToken", "token", {"client_token": "t" * 65}, "InvalidParameter.ClientToken"),
    Case("Tag.N.Key", "team", {"tags": {"acs:team": "ml"}}, "InvalidTagKey.Malformed"),
    Case("Tag.N.Value", "ml", {"tags": {"team": "acs:ml"}}, "InvalidTagValue.Malformed"),
]

EIP = {
    "bandwidth": 10,
    "common_bandwidth_package": "cbwp-1",
    "internet_charge_type": "PayByTraffic",
    "public_ip_address_pool_id": "pippool-1",
    "isp": "BGP_PRO",
}
RELOAD = {
    "trigger": "1",
    "data_source": {"type": "OSS", "options": {"bucket": "b"}},
    "security_group_id": "sg-1",
    "v_switch_id": "vsw-1",
    "eip_create_param": EIP,
}
UPDATE: dict[str, Any] = {
    "region": "cn-hangzhou",
    "data_cache_id": "edc-copy",
    "client_token": "token",
    "settings": {"name": "weights", "bucket": "models", "retention_days": 7, "resource_group_id": "rg-1", "size": 40},
    "tags": {"team": "ml"},
    "reload": RELOAD,
}


def reload_with(**changed: Any) -> dict[str, Any]:
    return {"reload": {**RELOAD, **changed}}


def eip_with(**changed: Any) -> dict[str, Any]:
    return reload_with(eip_create_param={**EIP, **changed})


UPDATE_CASES = [
    Case("RegionId", "cn-hangzhou", {"region": "cn-nowhere"}, "InvalidRegionId.NotFound"),
    Case("DataCacheId", "edc-copy", {"data_cache_id": "edc-nothing"}, "InvalidParameter.DataCacheId.NotFound"),
    *(case for case in COPY_CASES if case.parameter in {"Bucket", "Name", "RetentionDays", "ResourceGroupId"}),
    *(case for case in COPY_CASES if case.parameter in {"ClientToken", "Tag.N.Key", "Tag.N.Value"}),
    Case("Size", "40", setting("size", 19), "InvalidParameter.Size"),
    Case(
        "DataSource.Type",
        "OSS",
        reload_with(data_source={"type": "FTP", "options": {"bucket": "b"}}),
        "InvalidParameter.DataSource.Type",
    ),
    Case(
        "DataSource.Options.*",
        "b",
        reload_with(data_source={"type": "OSS", "options": {"#1#bucket": "b"}}),
        "InvalidParameter.DataSource.Options",
    ),
    Case("SecurityGroupId", "sg-1", reload_with(security_group_id="x"), "InvalidParameter.SecurityGroupId"),
    Case("VSwitchId", "vsw-1", reload_with(v_switch_id="x"), "InvalidParameter.VSwitchId"),
    Case("EipCreateParam.Bandwidth", "10", eip_with(bandwidth=0), "InvalidParameter.EipCreateParam.Bandwidth"),
    Case(
        "EipCreateParam.CommonBandwidthPackage",
        "cbwp-1",
        eip_with(common_bandwidth_package="x"),
        "InvalidParameter.EipCreateParam.CommonBandwidthPackage",
    ),
    Case(
        "EipCreateParam.InternetChargeType",
        "PayByTraffic",
        eip_with(internet_charge_type="Free"),
        "InvalidParameter.EipCreateParam.InternetChargeType",
    ),
    Case(
        "EipCreateParam.PublicIpAddressPoolId",
        "pippool-1",
        eip_with(public_ip_address_pool_id="x"),
        "InvalidParameter.EipCreateParam.PublicIpAddressPoolId",
    ),
    Case("EipCreateParam.ISP", "BGP_PRO", eip_with(isp="X"), "InvalidParameter.EipCreateParam.ISP"),
]


def values(params: dict[str, str], parameter: str) -> list[str]:
    """What was sent of a parameter: all places of a list, all keys of a map."""
    pattern = re.escape(parameter).replace("N", "[0-9]+", 1) if ".N." in parameter else re.escape(parameter)
    pattern = pattern.replace(r"\*", ".+")
    return [value for name, value in params.items() if re.fullmatch(pattern, name)]


def last_sent(control: ControlClient, action: str) -> dict[str, str]:
    return dict(control.get("calls", action=action)[-1]["params"])


@pytest.fixture
def copy(control: ControlClient) -> None:
    """A copy that can be updated."""
    control.post("seed", {"data_caches": [{"region": "cn-hangzhou", "id": "edc-copy"}]})


@pytest.mark.parametrize("case", COPY_CASES, ids=[case.parameter for case in COPY_CASES])
def test_copy(eci: Eci, control: ControlClient, case: Case) -> None:
    with pytest.raises(CloudError) as refused:
        eci.copy_data_cache(**but(COPY, case.wrong))
    assert eci.copy_data_cache(**COPY)

    assert refused.value.code == case.code
    assert values(last_sent(control, "CopyDataCache"), case.parameter) == [case.sent]


@pytest.mark.usefixtures("copy")
@pytest.mark.parametrize("case", UPDATE_CASES, ids=[case.parameter for case in UPDATE_CASES])
def test_update(eci: Eci, control: ControlClient, case: Case) -> None:
    with pytest.raises(CloudError) as refused:
        eci.update_data_cache(**but(UPDATE, case.wrong))
    eci.update_data_cache(**UPDATE)

    assert refused.value.code == case.code
    assert values(last_sent(control, "UpdateDataCache"), case.parameter) == [case.sent]


@pytest.mark.usefixtures("copy")
def test_update_through_an_existing_eip(eci: Eci, control: ControlClient) -> None:
    """EipInstanceId excludes EipCreateParam, so it is in no request with all the others."""
    existing = {**UPDATE, "reload": {"eip_instance_id": "eip-1"}}
    with pytest.raises(CloudError) as refused:
        eci.update_data_cache(**{**UPDATE, **reload_with(eip_instance_id="eip-1")})
    eci.update_data_cache(**existing)

    assert refused.value.code == "InvalidParameter.EipCreateParam"
    assert values(last_sent(control, "UpdateDataCache"), "EipInstanceId") == ["eip-1"]


@pytest.mark.parametrize("name", ["colour", "destination_region"])
def test_setting_that_the_request_does_not_have(eci: Eci, control: ControlClient, name: str) -> None:
    for change in (
        lambda: eci.copy_data_cache(**but(COPY, setting(name, "red"))),
        lambda: eci.update_data_cache(**but(UPDATE, setting(name, "red"))),
    ):
        with pytest.raises(TypeError, match=f"'{name}'"):
            change()
    assert control.get("calls") == []


def test_setting_cannot_redirect_a_request(eci: Eci, control: ControlClient) -> None:
    """Source, destination and token are the call's own."""
    eci.copy_data_cache(**but(COPY, setting("data_cache_id", "edc-other")))

    assert values(last_sent(control, "CopyDataCache"), "DataCacheId") == [SOURCE]


def test_answer_is_kept_under_the_names_of_the_api(eci: Eci) -> None:
    copy_id = eci.copy_data_cache(**COPY)

    answer = eci.describe("cn-hangzhou", {copy_id: "models"})[copy_id].answer

    assert {key: answer[key] for key in ("DataCacheId", "Bucket", "Path", "Name", "ResourceGroupId", "Tags")} == {
        "DataCacheId": copy_id,
        "Bucket": "models",
        "Path": "/v2",
        "Name": "weights",
        "ResourceGroupId": "rg-1",
        "Tags": [{"Key": "team", "Value": "ml"}],
    }
