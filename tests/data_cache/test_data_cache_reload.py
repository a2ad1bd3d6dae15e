"""size and reload: recorded at creation, sent when they change, sent again when the update failed."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.output import UNKNOWN

from components.clouds.copies import Phase
from components.providers.data_cache import DataCacheProvider
from sandbox.core.control_client import ControlClient
from tests.lifecycle.replicas import DECLARED, created, inputs, seen

RELOAD: dict[str, Any] = {
    "trigger": "1",
    "data_source": {"type": "URL", "options": {"repoId": "a/b", "#10#repoSource": "HuggingFace/Model"}},
    "security_group_id": "sg-2ze81zoc3yl7a3we",
    "v_switch_id": "vsw-2ze23nqzig8inprou",
    "eip_create_param": {
        "bandwidth": 10,
        "common_bandwidth_package": "cbwp-2zeukbj916scmj51m",
        "internet_charge_type": "PayByTraffic",
        "public_ip_address_pool_id": "pippool-bp187arfugi543y1s",
        "isp": "BGP_PRO",
    },
}


def failures(**changed: Any) -> list[str]:
    return [failure.property for failure in DataCacheProvider().check({}, {**DECLARED, **changed}).failures]


def reload_without(key: str) -> dict[str, Any]:
    return {name: value for name, value in RELOAD.items() if name != key}


def updated(provider: DataCacheProvider, id_: str, olds: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """Outputs after an update to these settings."""
    news = {**inputs(provider, **changed), "copy_token": olds["copy_token"]}
    result = provider.update(id_, olds, news)
    assert result.outs is not None
    return dict(result.outs)


def sent(control: ControlClient) -> list[dict[str, str]]:
    return [call["params"] for call in control.get("calls", action="UpdateDataCache")]


# -- check ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "property_"),
    [
        ({"size": 19}, "size"),
        ({"size": 32769}, "size"),
        ({"size": 20.5}, "size"),
        ({"size": "20"}, "size"),
        ({"reload": "again"}, "reload"),
        ({"reload": {"trigger": "1"}}, "reload"),
        ({"reload": {**RELOAD, "trigger": 1}}, "reload.trigger"),
        ({"reload": {**RELOAD, "when": "now"}}, "reload.when"),
        ({"reload": {"data_source": "URL"}}, "reload.data_source"),
        ({"reload": {"data_source": {"options": {"a": "b"}}}}, "reload.data_source.type"),
        ({"reload": {"data_source": {"type": "HTTP", "options": {"a": "b"}}}}, "reload.data_source.type"),
        ({"reload": {"data_source": {"type": "URL"}}}, "reload.data_source.options"),
        ({"reload": {"data_source": {"type": "URL", "options": {}}}}, "reload.data_source.options"),
        ({"reload": {"data_source": {"type": "URL", "options": {"a": 1}}}}, "reload.data_source.options.a"),
        ({"reload": {"data_source": {"type": "URL", "options": {"#2#a": "1"}}}}, "reload.data_source.options.#2#a"),
        (
            {"reload": {"data_source": {"type": "URL", "options": {"a": "1", "#1#a": "2"}}}},
            "reload.data_source.options.#1#a",
        ),
        ({"reload": {"data_source": {"type": "URL", "options": {"a": "b"}, "at": 1}}}, "reload.data_source.at"),
        ({"reload": {"security_group_id": "default"}}, "reload.security_group_id"),
        ({"reload": {"v_switch_id": "sg-1"}}, "reload.v_switch_id"),
        ({"reload": {"eip_instance_id": 7}}, "reload.eip_instance_id"),
        ({"reload": {"eip_instance_id": "eip-1", "eip_create_param": {}}}, "reload.eip_create_param"),
        ({"reload": {"eip_create_param": 5}}, "reload.eip_create_param"),
        ({"reload": {"eip_create_param": {"bandwidth": 0}}}, "reload.eip_create_param.bandwidth"),
        ({"reload": {"eip_create_param": {"bandwidth": 1001}}}, "reload.eip_create_param.bandwidth"),
        ({"reload": {"eip_create_param": {"isp": "BGP2"}}}, "reload.eip_create_param.isp"),
        (
            {"reload": {"eip_create_param": {"internet_charge_type": "Free"}}},
            "reload.eip_create_param.internet_charge_type",
        ),
        (
            {"reload": {"eip_create_param": {"common_bandwidth_package": "x"}}},
            "reload.eip_create_param.common_bandwidth_package",
        ),
        (
            {"reload": {"eip_create_param": {"public_ip_address_pool_id": "x"}}},
            "reload.eip_create_param.public_ip_address_pool_id",
        ),
        ({"reload": {"eip_create_param": {"speed": 1}}}, "reload.eip_create_param.speed"),
    ],
)
def test_violation(changed: dict[str, Any], property_: str) -> None:
    assert failures(**changed) == [property_]


@pytest.mark.parametrize("trigger", ["", " "])
def test_trigger_is_any_text(trigger: str) -> None:
    assert failures(reload={**RELOAD, "trigger": trigger}) == []


@pytest.mark.parametrize("type_", ["URL", "NAS", "OSS", "SNAPSHOT"])
def test_every_type_of_data_source_is_allowed(type_: str) -> None:
    assert failures(size=32768, reload={**RELOAD, "data_source": {"type": type_, "options": {"a": "b"}}}) == []


def test_unknown_passes() -> None:
    assert failures(size=UNKNOWN, reload=UNKNOWN) == []
    assert failures(reload={"data_source": UNKNOWN, "eip_create_param": UNKNOWN, "trigger": UNKNOWN}) == []
    assert failures(reload={"data_source": {"type": UNKNOWN, "options": UNKNOWN}, "v_switch_id": UNKNOWN}) == []
    assert failures(reload={"eip_create_param": {"bandwidth": UNKNOWN, "isp": UNKNOWN}}) == []


def test_defaults_of_an_eip_are_written_out() -> None:
    result = DataCacheProvider().check({}, {**DECLARED, "reload": {"eip_create_param": {"isp": None}, "trigger": None}})

    assert result.inputs["reload"] == {"eip_create_param": {"bandwidth": 5, "isp": "BGP"}}


# -- create and update ------------------------------------------------------------------------------------------------


def test_creation_only_records(provider: DataCacheProvider, control: ControlClient) -> None:
    id_, outputs = created(provider, size=40, reload=RELOAD)
    control.advance(200)

    assert (outputs["size"], outputs["reload"], outputs["reload_sent_at"]) == (40, RELOAD, 0)
    assert sent(control) == []
    cache = seen(provider, id_)
    assert cache is not None
    assert (cache.status, cache.size_gib) == ("Available", 20)


def test_reload_is_sent_whole(provider: DataCacheProvider, control: ControlClient) -> None:
    id_, outputs = created(provider)
    control.advance(200)

    after = updated(provider, id_, outputs, size=40, reload=RELOAD)

    cache = seen(provider, id_)
    assert cache is not None
    assert (cache.status, cache.state.phase) == ("Updating", Phase.COPYING)
    assert abs(after["reload_sent_at"] - provider.lifecycle.clock()) < 5
    (params,) = sent(control)
    expected = {
        "Size": "40",
        "SecurityGroupId": "sg-2ze81zoc3yl7a3we",
        "VSwitchId": "vsw-2ze23nqzig8inprou",
        "DataSource.Type": "URL",
        "DataSource.Options.#6#repoId": "a/b",
        "DataSource.Options.#10#repoSource": "HuggingFace/Model",
        "EipCreateParam.Bandwidth": "10",
        "EipCreateParam.CommonBandwidthPackage": "cbwp-2zeukbj916scmj51m",
        "EipCreateParam.InternetChargeType": "PayByTraffic",
        "EipCreateParam.PublicIpAddressPoolId": "pippool-bp187arfugi543y1s",
        "EipCreateParam.ISP": "BGP_PRO",
    }
    assert {key: value for key, value in params.items() if key in expected} == expected
    assert not any("rigger" in key for key in params)


def test_existing_eip_is_sent(provider: DataCacheProvider, control: ControlClient) -> None:
    id_, outputs = created(provider)
    control.advance(200)

    updated(
        provider, id_, outputs, reload={**reload_without("eip_create_param"), "eip_instance_id": "eip-2zedsm5mfl3u"}
    )

    assert sent(control)[0]["EipInstanceId"] == "eip-2zedsm5mfl3u"


def test_changed_trigger_loads_equal_settings_again(provider: DataCacheProvider, control: ControlClient) -> None:
    id_, outputs = created(provider, reload=RELOAD)
    control.advance(200)

    updated(provider, id_, outputs, reload={**RELOAD, "trigger": "2"})

    (params,) = sent(control)
    assert params["DataSource.Type"] == "URL"
    cache = seen(provider, id_)
    assert cache is not None
    assert cache.status == "Updating"


def test_other_change_does_not_reload(provider: DataCacheProvider, control: ControlClient) -> None:
    id_, outputs = created(provider, size=40, reload=RELOAD)
    control.advance(200)

    after = updated(provider, id_, outputs, size=40, reload=RELOAD, name="other")

    (params,) = sent(control)
    assert not any(key.startswith(("DataSource", "Eip", "Size", "VSwitch", "Security")) for key in params)
    assert after["reload_sent_at"] == 0


def test_reload_that_is_no_longer_declared_sends_nothing(provider: DataCacheProvider, control: ControlClient) -> None:
    id_, outputs = created(provider, size=40, reload=RELOAD)
    control.advance(200)

    after = updated(provider, id_, outputs)

    assert sent(control) == []
    assert not {"size", "reload"} & after.keys()


# -- an update that failed --------------------------------------------------------------------------------------------


def test_failed_update_is_recorded_and_sent_again(provider: DataCacheProvider, control: ControlClient) -> None:
    id_, outputs = created(provider, reload=RELOAD)
    control.advance(200)
    control.post("faults", {"kind": "update_fails", "service": "eci", "reason": "The repository is gone."})
    settings = {"reload": {**RELOAD, "trigger": "2"}}
    news = {**inputs(provider, **settings), "copy_token": outputs["copy_token"]}
    after = updated(provider, id_, outputs, **settings)
    control.advance(200)

    read = provider.read(id_, {**after, "__provider": news["__provider"]})

    assert read.outs is not None
    assert read.id == id_
    assert "The repository is gone." in read.outs["update_failure"]
    assert read.outs["failure"] == ""
    outs = {**read.outs, "__provider": news["__provider"]}
    diff = provider.diff(id_, outs, news)
    assert (diff.changes, diff.replaces) == (True, [])

    provider.update(id_, outs, news)
    control.advance(200)

    assert len(sent(control)) == 2
    assert len({params["ClientToken"] for params in sent(control)}) == 2
    read = provider.read(id_, outs)
    assert read.outs is not None
    assert read.outs["update_failure"] == ""


@pytest.mark.parametrize("size", [None, 20])
def test_failed_reload_that_is_no_longer_declared_is_no_change(
    provider: DataCacheProvider, control: ControlClient, size: int | None
) -> None:
    """An equal size loads nothing again: sending it would leave the copy in UpdateFailed, permanentlyy `up` to come."""
    id_, outputs = created(provider, size=size)
    control.advance(200)
    control.post("faults", {"kind": "update_fails", "service": "eci"})
    outputs = updated(provider, id_, outputs, size=size, reload=RELOAD)
    control.advance(200)
    outputs = updated(provider, id_, outputs, size=size)

    read = provider.read(id_, outputs)

    assert read.outs is not None
    assert read.outs["update_failure"] == ""


def test_failed_change_of_size_is_sent_again(provider: DataCacheProvider, control: ControlClient) -> None:
    id_, outputs = created(provider)
    control.advance(200)
    control.post("faults", {"kind": "update_fails", "service": "eci"})
    outputs = updated(provider, id_, outputs, size=40)
    control.advance(200)
    read = provider.read(id_, outputs)
    assert read.outs is not None
    assert read.outs["update_failure"]

    updated(provider, id_, read.outs, size=40)
    control.advance(200)

    cache = seen(provider, id_)
    assert cache is not None
    assert (cache.status, cache.size_gib) == ("Available", 40)


def test_failed_update_of_somebody_else_is_no_change(provider: DataCacheProvider, control: ControlClient) -> None:
    id_, outputs = created(provider)
    control.advance(200)
    control.post("faults", {"kind": "update_fails", "service": "eci"})
    provider.lifecycle.cloud.update_data_cache("cn-hangzhou", id_, client_token="by-hand", settings={"size": 60})
    control.advance(200)

    read = provider.read(id_, outputs)

    assert read.outs is not None
    assert read.outs["update_failure"] == ""


def test_update_waits_while_the_data_is_loaded(provider: DataCacheProvider, control: ControlClient) -> None:
    id_, outputs = created(provider)
    control.advance(200)
    after = updated(provider, id_, outputs, reload=RELOAD)

    updated(provider, id_, after, reload={**RELOAD, "trigger": "2"})

    assert [call["code"] for call in control.get("calls", action="UpdateDataCache")][-1] is None
    assert len(sent(control)) > 2


def test_adoption_loads_nothing(provider: DataCacheProvider, control: ControlClient) -> None:
    control.post("seed", {"data_caches": [{"region": "cn-hangzhou", "id": "edc-byhand", "path": "/v1"}]})

    _, outputs = created(provider, existing_id="edc-byhand", size=60, reload=RELOAD)

    (params,) = sent(control)
    assert not any(key.startswith(("DataSource", "Size")) for key in params)
    assert outputs["reload_sent_at"] == 0
