from typing import Any

import pytest
from alibabacloud_eci20180808 import models

from sandbox.core.control_client import ControlClient
from tests.sandbox.alibaba.eci_sdk import HANGZHOU, Eci, refused, source


def eip(**fields: Any) -> Any:
    return models.UpdateDataCacheRequestEipCreateParam(**fields)


def test_update_changes_metadata_at_once(eci: Eci, available: str) -> None:
    eci.update(available, name="new", bucket="b", resource_group_id="rg-9", tags={"x": "y"})

    cache = eci.one(available, bucket="b")
    assert (cache.status, cache.name, cache.resource_group_id) == ("Available", "new", "rg-9")
    assert [(tag.key, tag.value) for tag in cache.tags] == [("x", "y")]


def test_update_without_tags_leaves_them(eci: Eci, control: ControlClient) -> None:
    cache_id = eci.copy(tags={"a": "b"})
    control.advance(5)
    eci.update(cache_id, name="new")

    assert [tag.key for tag in eci.one(cache_id).tags] == ["a"]


def test_update_replaces_all_tags(eci: Eci, control: ControlClient) -> None:
    cache_id = eci.copy(tags={"a": "1", "b": "2"})
    control.advance(5)
    eci.update(cache_id, tags={"b": "3"})

    assert [(tag.key, tag.value) for tag in eci.one(cache_id).tags] == [("b", "3")]


def test_update_counts_retention_from_the_update(eci: Eci, control: ControlClient, available: str) -> None:
    control.advance(10 * 86400)
    eci.update(available, retention_days=1)
    control.advance(86399 - 5)
    assert eci.ids() == [available]
    control.advance(6)

    assert eci.ids() == []


@pytest.mark.parametrize("kind", ["URL", "NAS", "OSS", "SNAPSHOT"])
def test_update_reloads_from_another_data_source(eci: Eci, control: ControlClient, available: str, kind: str) -> None:
    before = eci.one(available)
    eci.update(available, data_source=source(kind, repoSource="HuggingFace/Model", repoId="org/new"))

    during = eci.one(available)
    assert (during.status, during.data_source.options) == ("Updating", before.data_source.options)
    control.advance(5)
    after = eci.one(available)
    assert (after.status, after.progress, after.data_source.type) == ("Available", "100%", kind)
    assert after.data_source.options == '{"repoSource":"HuggingFace/Model","repoId":"org/new"}'
    assert after.snapshot_id != before.snapshot_id


def test_update_to_a_larger_size_reloads(eci: Eci, control: ControlClient, available: str) -> None:
    eci.update(available, size=40)
    assert (eci.one(available).status, eci.one(available).size) == ("Updating", 30)
    control.advance(5)

    assert (eci.one(available).status, eci.one(available).size) == ("Available", 40)


def test_update_to_the_same_size_does_not_reload(eci: Eci, available: str) -> None:
    eci.update(available, size=30)

    assert eci.one(available).status == "Available"


@pytest.mark.parametrize(
    "network",
    [
        {"security_group_id": "sg-1", "v_switch_id": "vsw-1"},
        {"eip_instance_id": "eip-1"},
        {
            "eip_create_param": eip(
                bandwidth=10,
                common_bandwidth_package="cbwp-1",
                internet_charge_type="PayByTraffic",
                isp="BGP_PRO",
                public_ip_address_pool_id="pippool-1",
            )
        },
    ],
)
def test_update_through_another_network_reloads_the_recorded_source(
    eci: Eci, control: ControlClient, available: str, network: dict[str, Any]
) -> None:
    eci.update(available, **network)
    assert eci.one(available).status == "Updating"
    control.advance(5)

    assert eci.one(available).data_source.options == '{"repoId":"org/model"}'


def test_update_that_fails_keeps_the_old_content_and_can_be_sent_again(
    eci: Eci, control: ControlClient, available: str
) -> None:
    control.post("faults", {"kind": "update_fails", "reason": "no such repository"})
    eci.update(available, size=40, data_source=source(repoId="org/new"))
    control.advance(5)
    failed = eci.one(available)
    eci.update(available, size=40, data_source=source(repoId="org/new"))
    control.advance(5)

    assert (failed.status, failed.size) == ("UpdateFailed", 30)
    assert "no such repository" in [event.message for event in failed.events if event.type == "Warning"]
    assert (eci.one(available).status, eci.one(available).size) == ("Available", 40)


def test_second_reload_starts_from_what_the_first_one_brought(eci: Eci, control: ControlClient, available: str) -> None:
    eci.update(available, size=40)
    control.advance(5)
    eci.update(available, data_source=source(repoId="org/new"))

    during = eci.one(available)
    assert (during.status, during.size) == ("Updating", 40)
    control.advance(5)
    assert eci.one(available).size == 40


def test_update_while_copying_is_refused(eci: Eci) -> None:
    assert refused(eci.update, eci.copy(), name="new") == ("IncorrectStatus", 400)


def test_update_while_updating_is_refused(eci: Eci, available: str) -> None:
    eci.update(available, size=40)

    assert refused(eci.update, available, name="new") == ("IncorrectStatus", 400)


def test_update_into_a_taken_path_is_refused_when_paths_are_unique(
    eci: Eci, control: ControlClient, available: str
) -> None:
    control.post("settings", {"unique_paths": True})
    eci.copy(bucket="b")

    assert refused(eci.update, available, bucket="b") == ("InvalidParameter.Path.Duplicated", 400)
    eci.update(available, bucket="default", name="new")


@pytest.mark.parametrize(
    ("fields", "code", "status"),
    [
        ({"region_id": None}, "MissingParameter", 400),
        ({"data_cache_id": None}, "MissingParameter", 400),
        ({"data_cache_id": "edc-unknown"}, "InvalidParameter.DataCacheId.NotFound", 404),
        ({"region_id": "cn-shanghai"}, "InvalidParameter.DataCacheId.NotFound", 404),
        ({"name": ""}, "InvalidParameter.Name", 400),
        ({"bucket": "eci-system"}, "InvalidParameter.Bucket", 400),
        ({"size": 19}, "InvalidParameter.Size", 400),
        ({"size": 25}, "InvalidParameter.Size", 400),
        ({"size": "big"}, "InvalidParameter.Size", 400),
        ({"retention_days": 0}, "InvalidParameter.RetentionDays", 400),
        ({"data_source": source("FTP", a="b")}, "InvalidParameter.DataSource.Type", 400),
        (
            {"data_source": models.UpdateDataCacheRequestDataSource(options={"a": "b"})},
            "MissingParameter",
            400,
        ),
        ({"data_source": models.UpdateDataCacheRequestDataSource(type="URL")}, "MissingParameter", 400),
        (
            {"data_source": models.UpdateDataCacheRequestDataSource(type="URL", options={"#3#repoId": "x"})},
            "InvalidParameter.DataSource.Options",
            400,
        ),
        ({"security_group_id": "x"}, "InvalidParameter.SecurityGroupId", 400),
        ({"v_switch_id": "x"}, "InvalidParameter.VSwitchId", 400),
        ({"eip_instance_id": "x"}, "InvalidParameter.EipInstanceId", 400),
        (
            {"eip_instance_id": "eip-1", "eip_create_param": eip(bandwidth=5)},
            "InvalidParameter.EipCreateParam",
            400,
        ),
        ({"eip_create_param": eip(bandwidth=0)}, "InvalidParameter.EipCreateParam.Bandwidth", 400),
        ({"eip_create_param": eip(isp="X")}, "InvalidParameter.EipCreateParam.ISP", 400),
        (
            {"eip_create_param": eip(internet_charge_type="Free")},
            "InvalidParameter.EipCreateParam.InternetChargeType",
            400,
        ),
    ],
)
def test_update_refuses(eci: Eci, available: str, fields: dict[str, Any], code: str, status: int) -> None:
    before = eci.one(available).to_map()

    assert refused(eci.update, **{"cache_id": available} | _renamed(fields)) == (code, status)
    assert eci.one(available).to_map() == before


def _renamed(fields: dict[str, Any]) -> dict[str, Any]:
    return {"cache_id" if name == "data_cache_id" else name: value for name, value in fields.items()}


def test_update_duration_can_be_set_for_one_region(eci: Eci, control: ControlClient, available: str) -> None:
    control.post("settings", {"regions": {HANGZHOU: {"update_seconds": 0}}})
    eci.update(available, size=40)

    assert (eci.one(available).status, eci.one(available).size) == ("Available", 40)
