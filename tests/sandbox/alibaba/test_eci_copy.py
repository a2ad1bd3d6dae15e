from typing import Any

import pytest

from sandbox.core.control_client import ControlClient
from sandbox.core.server import SandboxServer
from tests.sandbox.alibaba.eci_sdk import BEIJING, HANGZHOU, SOURCE, Eci, refused


def test_copy_gets_an_id_of_its_own_in_the_destination_region(eci: Eci) -> None:
    cache_id = eci.copy()

    assert cache_id.startswith("edc-")
    assert len(cache_id) == 24
    assert eci.ids() == [cache_id]
    assert eci.ids(region_id=BEIJING) == [SOURCE]


def test_copy_carries_every_parameter(eci: Eci) -> None:
    cache_id = eci.copy(
        bucket="models",
        path="/a b/ü",
        name="näme",
        retention_days=7,
        resource_group_id="rg-abc123",
        tags={"k1": "v1", "k2": ""},
    )

    cache = eci.one(cache_id, bucket="models")
    assert (cache.bucket, cache.path, cache.name) == ("models", "/a b/ü", "näme")
    assert cache.resource_group_id == "rg-abc123"
    assert [(tag.key, tag.value) for tag in cache.tags] == [("k1", "v1"), ("k2", "")]
    assert cache.expire_date_time is not None


def test_copy_inherits_size_data_source_path_and_name(eci: Eci) -> None:
    cache = eci.one(eci.copy())

    assert (cache.size, cache.path, cache.name) == (30, "/models/weights", "weights")
    assert (cache.data_source.type, cache.data_source.options) == ("URL", '{"repoId":"org/model"}')


def test_copy_inherits_neither_tags_nor_bucket(eci: Eci, control: ControlClient) -> None:
    control.post("seed", {"data_caches": [{"region": BEIJING, "id": SOURCE, "bucket": "b", "tags": {"a": "b"}}]})

    cache = eci.one(eci.copy())

    assert (cache.bucket, cache.tags) == ("default", [])


def test_copy_names_its_snapshot_and_container_group(eci: Eci) -> None:
    cache = eci.one(eci.copy())

    assert cache.snapshot_id.startswith("s-")
    assert cache.container_group_id.startswith("eci-")
    assert cache.region_id == HANGZHOU


def test_copy_goes_from_creating_over_loading_to_available(eci: Eci, control: ControlClient) -> None:
    control.post("settings", {"copy_seconds": 1000})
    cache_id = eci.copy()
    seen = []
    for _ in range(4):
        cache = eci.one(cache_id)
        seen.append((cache.status, int(cache.progress.removesuffix("%")) // 10))
        control.advance(370)

    assert seen == [("Creating", 0), ("Loading", 3), ("Loading", 7), ("Available", 10)]


def test_copy_duration_can_be_set_for_one_destination(eci: Eci, control: ControlClient) -> None:
    control.post("settings", {"copy_seconds": 1000, "regions": {HANGZHOU: {"copy_seconds": 0}}})

    assert eci.one(eci.copy()).status == "Available"
    slow = eci.copy(destination_region_id="cn-shanghai")
    assert eci.one(slow, region_id="cn-shanghai").status == "Creating"


def test_copy_of_a_source_seeded_to_fail_says_why(eci: Eci, control: ControlClient) -> None:
    outcome = {"status": "Failed", "reason": "disk broken"}
    control.post("seed", {"data_caches": [{"region": BEIJING, "id": SOURCE, "copy_outcome": outcome}]})
    cache_id = eci.copy()
    assert eci.one(cache_id).status == "Creating"
    control.advance(5)

    cache = eci.one(cache_id)

    assert (cache.status, cache.progress) == ("Failed", "90%")
    assert [event.message for event in cache.events if event.type == "Warning"] == ["disk broken"]


def test_copy_expires_after_its_retention_days(eci: Eci, control: ControlClient) -> None:
    cache_id = eci.copy(retention_days=1)
    control.advance(86399)
    assert eci.ids() == [cache_id]
    control.advance(1)

    assert eci.ids() == []
    assert HANGZHOU not in control.get("inventory")["eci"]


def test_copy_is_invisible_until_the_cloud_is_consistent(eci: Eci, control: ControlClient) -> None:
    control.post("settings", {"visible_after_seconds": 30, "copy_seconds": 0})
    cache_id = eci.copy()

    assert eci.ids() == []
    assert refused(eci.update, cache_id, name="n") == ("InvalidParameter.DataCacheId.NotFound", 404)
    assert refused(eci.delete, cache_id) == ("InvalidParameter.DataCacheId.NotFound", 404)
    assert [one["id"] for one in control.get("inventory")["eci"][HANGZHOU]] == [cache_id]
    control.advance(30)
    assert eci.ids() == [cache_id]


def test_two_copies_may_share_a_path_by_default(eci: Eci) -> None:
    assert {eci.copy(), eci.copy()} == set(eci.ids())


def test_second_copy_to_a_path_is_refused_when_paths_are_unique(eci: Eci, control: ControlClient) -> None:
    control.post("settings", {"unique_paths": True})
    eci.copy()

    assert refused(eci.copy) == ("InvalidParameter.Path.Duplicated", 400)
    assert eci.copy(path="/elsewhere")
    assert eci.copy(bucket="other")


@pytest.mark.parametrize("status", ["Creating", "Loading", "Failed", "Updating", "UpdateFailed", "Deleting"])
def test_copy_of_a_source_that_is_not_available_is_refused(eci: Eci, control: ControlClient, status: str) -> None:
    control.post("seed", {"data_caches": [{"region": BEIJING, "id": SOURCE, "status": status}]})

    assert refused(eci.copy) == ("IncorrectStatus", 400)


@pytest.mark.parametrize(
    ("fields", "code", "status"),
    [
        ({"region_id": None}, "MissingParameter", 400),
        ({"data_cache_id": None}, "MissingParameter", 400),
        ({"destination_region_id": None}, "MissingParameter", 400),
        ({"region_id": "cn-nowhere"}, "InvalidRegionId.NotFound", 404),
        ({"destination_region_id": "cn-nowhere"}, "InvalidRegionId.NotFound", 404),
        ({"destination_region_id": BEIJING}, "InvalidParameter.DestinationRegionId", 400),
        ({"data_cache_id": "edc-unknown"}, "InvalidParameter.DataCacheId.NotFound", 404),
        ({"region_id": "cn-shanghai"}, "InvalidParameter.DataCacheId.NotFound", 404),
        ({"bucket": "eci-system"}, "InvalidParameter.Bucket", 400),
        ({"bucket": ""}, "InvalidParameter.Bucket", 400),
        ({"bucket": " "}, "InvalidParameter.Bucket", 400),
        ({"path": "relative"}, "InvalidParameter.Path", 400),
        ({"name": "n" * 129}, "InvalidParameter.Name", 400),
        ({"name": "\t "}, "InvalidParameter.Name", 400),
        ({"retention_days": 0}, "InvalidParameter.RetentionDays", 400),
        ({"retention_days": -1}, "InvalidParameter.RetentionDays", 400),
        ({"retention_days": "7.0"}, "InvalidParameter.RetentionDays", 400),
        ({"retention_days": 10**30}, "InvalidParameter.RetentionDays", 400),
        ({"resource_group_id": "group"}, "InvalidParameter.ResourceGroupId", 400),
        ({"resource_group_id": "rg-" + "x" * 126}, "InvalidParameter.ResourceGroupId", 400),
        ({"client_token": "t" * 65}, "InvalidParameter.ClientToken", 400),
        ({"client_token": "ü"}, "InvalidParameter.ClientToken", 400),
    ],
)
def test_copy_refuses(eci: Eci, fields: dict[str, Any], code: str, status: int) -> None:
    assert refused(eci.copy, **fields) == (code, status)
    assert eci.ids() == []


def test_copy_of_another_accounts_source_is_not_found(server: SandboxServer) -> None:
    keys = [{"access_key_id": "other", "access_key_secret": "secret"}]
    server.control.post("seed", {"accounts": [{"id": "2", "keys": keys}]})

    assert refused(Eci(server, "other", "secret").copy) == ("InvalidParameter.DataCacheId.NotFound", 404)


def test_copy_started_during_a_delay_of_the_clock_is_unaffected_by_new_settings(
    eci: Eci, control: ControlClient
) -> None:
    cache_id = eci.copy()
    control.post("settings", {"copy_seconds": 1000})
    control.advance(5)

    assert eci.one(cache_id).status == "Available"
