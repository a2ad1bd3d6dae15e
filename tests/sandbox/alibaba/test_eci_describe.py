from typing import Any

import pytest

from sandbox.core.control_client import ControlClient
from tests.sandbox.alibaba.eci_sdk import BEIJING, HANGZHOU, SOURCE, Eci, page_token, refused


def plant(control: ControlClient, *caches: dict[str, Any]) -> None:
    control.post("seed", {"data_caches": [{"region": HANGZHOU} | cache for cache in caches]})


def test_describe_answers_every_documented_field(eci: Eci, control: ControlClient) -> None:
    plant(
        control,
        {"id": "edc-1", "name": "n", "path": "/p", "size": 40, "tags": {"a": "b"}, "retention_days": 1},
    )

    cache = eci.one("edc-1")

    assert (cache.data_cache_id, cache.region_id, cache.status, cache.progress) == (
        "edc-1",
        HANGZHOU,
        "Available",
        "100%",
    )
    assert (cache.name, cache.bucket, cache.path, cache.size) == ("n", "default", "/p", 40)
    assert (cache.tags[0].key, cache.tags[0].value) == ("a", "b")
    assert cache.creation_time.endswith("Z")
    assert len(cache.creation_time) == len(cache.expire_date_time) == len("2023-06-16T02:43Z")
    assert cache.flash_snapshot_id
    assert cache.events == []


def test_describe_of_an_unknown_id_is_an_empty_list(eci: Eci) -> None:
    page = eci.page(data_cache_id=["edc-unknown"])

    assert (page.data_caches, page.total_count, page.next_token) == ([], 0, None)


def test_describe_takes_several_ids(eci: Eci, control: ControlClient) -> None:
    plant(control, {"id": "edc-1"}, {"id": "edc-2"}, {"id": "edc-3"})

    assert eci.ids(data_cache_id=["edc-3", "edc-1"]) == ["edc-1", "edc-3"]


def test_describe_pages_through_everything(eci: Eci, control: ControlClient) -> None:
    plant(control, *({"id": f"edc-{number:02}"} for number in range(45)))
    found, sizes, token = [], [], None
    while True:
        page = eci.page(next_token=token)
        found += [cache.data_cache_id for cache in page.data_caches]
        sizes.append(page.total_count)
        token = page.next_token
        if token is None:
            break

    assert found == [f"edc-{number:02}" for number in range(45)]
    assert sizes == [20, 20, 5]


def test_describe_keeps_to_the_limit(eci: Eci, control: ControlClient) -> None:
    plant(control, {"id": "edc-1"}, {"id": "edc-2"})

    assert eci.ids(limit=1) == ["edc-1"]


def test_describe_by_id_looks_in_any_bucket_unless_ids_need_one(eci: Eci, control: ControlClient) -> None:
    plant(control, {"id": "edc-2", "bucket": "b"})

    assert eci.ids(data_cache_id=["edc-2"]) == ["edc-2"]
    control.post("settings", {"ids_need_bucket": True})
    assert eci.ids(data_cache_id=["edc-2"]) == []
    assert eci.ids(data_cache_id=["edc-2"], bucket="b") == ["edc-2"]


def test_describe_lists_the_default_bucket_unless_another_is_named(eci: Eci, control: ControlClient) -> None:
    plant(control, {"id": "edc-1"}, {"id": "edc-2", "bucket": "b"})

    assert eci.ids() == ["edc-1"]
    assert eci.ids(bucket="b") == ["edc-2"]


def test_describe_filters_by_path(eci: Eci, control: ControlClient) -> None:
    plant(control, {"id": "edc-1", "path": "/a"}, {"id": "edc-2", "path": "/a/b"})

    assert eci.ids(path="/a") == ["edc-1"]


def test_describe_filters_by_resource_group(eci: Eci, control: ControlClient) -> None:
    plant(control, {"id": "edc-1", "resource_group": "rg-1"}, {"id": "edc-2"})

    assert eci.ids(resource_group_id="rg-1") == ["edc-1"]


def test_describe_filters_by_all_tags_given(eci: Eci, control: ControlClient) -> None:
    plant(control, {"id": "edc-1", "tags": {"a": "1", "b": "2"}}, {"id": "edc-2", "tags": {"a": "1"}})

    assert eci.ids(tags={"a": "1", "b": "2"}) == ["edc-1"]
    assert eci.ids(tags={"a": "2"}) == []
    assert eci.ids(tags={"b": None}) == ["edc-1"]


def test_describe_shows_only_the_region_asked(eci: Eci) -> None:
    assert eci.ids() == []
    assert eci.ids(region_id=BEIJING) == [SOURCE]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"region_id": None}, "MissingParameter"),
        ({"limit": 0}, "InvalidParameter.Limit"),
        ({"limit": 21}, "InvalidParameter.Limit"),
        ({"limit": "ten"}, "InvalidParameter.Limit"),
        ({"data_cache_id": [f"edc-{number}" for number in range(21)]}, "InvalidParameter.DataCacheId"),
        ({"next_token": "nonsense"}, "InvalidParameter.NextToken"),
        ({"next_token": page_token("after -3")}, "InvalidParameter.NextToken"),
        ({"next_token": page_token("after " + "9" * 30)}, "InvalidParameter.NextToken"),
        ({"next_token": page_token("later 3")}, "InvalidParameter.NextToken"),
    ],
)
def test_describe_refuses(eci: Eci, fields: dict[str, Any], code: str) -> None:
    assert refused(eci.page, **fields) == (code, 400)
