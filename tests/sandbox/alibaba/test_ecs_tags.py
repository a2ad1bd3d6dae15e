from typing import Any

import pytest
from alibabacloud_ecs20140526 import models

from sandbox.core.control_client import ControlClient
from tests.sandbox.alibaba.eci_sdk import page_token, refused
from tests.sandbox.alibaba.ecs_sdk import SHANGHAI, Ecs, plant


@pytest.fixture
def two(ecs: Ecs, control: ControlClient) -> Ecs:
    """Images m-1 and m-2 in cn-hangzhou."""
    plant(control, {"id": "m-1", "tags": {"a": "1"}}, {"id": "m-2"})
    return ecs


def test_tags_are_added_and_replaced(two: Ecs) -> None:
    two.tag("m-1", "m-2", tags={"a": "2", "b": ""})

    assert two.tags("m-1", "m-2") == [("m-1", "a", "2"), ("m-1", "b", ""), ("m-2", "a", "2"), ("m-2", "b", "")]
    assert {tag.tag_key: tag.tag_value for tag in two.one("m-1").tags.tag} == {"a": "2", "b": ""}


def test_tags_are_removed_by_key(two: Ecs) -> None:
    two.tag("m-1", "m-2", tags={"b": "2", "c": "3"})
    two.untag("m-1", "m-2", tag_key=["a", "b", "unknown"])

    assert two.tags("m-1", "m-2") == [("m-1", "c", "3"), ("m-2", "c", "3")]


def test_all_removes_every_tag_and_takes_no_keys(two: Ecs) -> None:
    two.tag("m-1", tags={"b": "2"})
    assert refused(two.untag, "m-1", all=True, tag_key=["a"]) == ("Param.Conflict", 403)
    assert len(two.tags("m-1")) == 2
    two.untag("m-1", all=True)

    assert two.tags("m-1") == []


def test_answer_has_the_documented_shape(two: Ecs) -> None:
    page = two.tags_page("m-1").to_map()

    tag = {"ResourceId": "m-1", "ResourceType": "image", "TagKey": "a", "TagValue": "1"}
    assert page.keys() == {"RequestId", "NextToken", "TagResources"}
    assert (page["NextToken"], page["TagResources"]) == ("", {"TagResource": [tag]})


def test_unknown_ids_are_left_out_of_the_list(two: Ecs) -> None:
    assert two.tags("m-1", "m-unknown") == [("m-1", "a", "1")]


def test_resources_can_be_found_by_their_tags(two: Ecs) -> None:
    two.tag("m-2", tags={"a": "2", "b": "3"})

    assert two.tags(tags={"a": "2"}) == [("m-2", "a", "2"), ("m-2", "b", "3")]
    assert two.tags("m-1", tags={"b": None}) == []


def test_tags_are_listed_in_pages(ecs: Ecs, control: ControlClient) -> None:
    plant(control, *({"id": f"m-{number}", "tags": {str(key): "" for key in range(20)}} for number in range(6)))
    ids = [f"m-{number}" for number in range(6)]
    found, token = [], None
    for _ in range(3):
        page = ecs.tags_page(*ids, next_token=token)
        found.append(len(page.tag_resources.tag_resource))
        token = page.next_token

    assert (found, token) == ([50, 50, 20], "")


def test_twenty_tags_are_the_most(two: Ecs) -> None:
    two.tag("m-1", tags={str(number): "" for number in range(19)})

    assert refused(two.tag, "m-2", "m-1", tags={"one": "more"}) == ("QuotaExceed.Tags", 403)
    assert len(two.tags("m-1")) == 20
    assert two.tags("m-2") == []


def test_running_copy_can_be_tagged(ecs: Ecs) -> None:
    image_id = ecs.copy()
    ecs.tag(image_id, tags={"a": "b"})

    assert ecs.tags(image_id) == [(image_id, "a", "b")]


@pytest.mark.parametrize(
    ("fields", "code", "status"),
    [
        ({"region_id": None}, "MissingParameter.RegionId", 404),
        ({"region_id": "cn-nowhere"}, "InvalidRegionId.NotFound", 404),
        ({"resource_type": None}, "MissingParameter.ResourceType", 404),
        ({"resource_type": "pony"}, "InvalidResourceType.NotFound", 404),
        ({"resource_id": []}, "MissingParameter.ResourceIds", 404),
        ({"resource_id": ["m-1", "m-unknown"]}, "InvalidResourceId.NotFound", 404),
        ({"resource_id": [f"m-{number}" for number in range(51)]}, "NumberExceed.ResourceIds", 400),
        ({"region_id": SHANGHAI}, "InvalidResourceId.NotFound", 404),
    ],
)
def test_tagging_and_untagging_refuse(two: Ecs, fields: dict[str, Any], code: str, status: int) -> None:
    assert refused(two.tag, "m-1", **{"tags": {"b": "c"}} | fields) == (code, status)
    assert refused(two.untag, "m-1", **{"tag_key": ["a"]} | fields) == (code, status)
    assert two.tags("m-1") == [("m-1", "a", "1")]


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ({"k": None}, "InvalidTag.Mismatch"),
        ({"acs:k": "v"}, "InvalidTagKey.Malformed"),
        ({"aliyunk": "v"}, "InvalidTagKey.Malformed"),
        ({"k" * 129: "v"}, "InvalidTagKey.Malformed"),
        ({"k": "v" * 129}, "InvalidTagValue.Malformed"),
        ({str(number): "" for number in range(21)}, "NumberExceed.Tags"),
    ],
)
def test_tags_that_are_refused(two: Ecs, tags: dict[str, str | None], code: str) -> None:
    assert refused(two.tag, "m-1", tags=tags) == (code, 400)


def test_tags_are_needed_and_their_keys_differ_in_more_than_case(two: Ecs) -> None:
    assert refused(two.tag, "m-1", tags={}) == ("MissingParameter.Tags", 404)
    assert refused(two.tag, "m-1", tags={"k": "1", "K": "2"}) == ("TagKey.Duplication", 403)
    two.tag("m-1", tags={"k": "acs:fine"})


def test_untag_needs_keys_or_all(two: Ecs) -> None:
    assert refused(two.untag, "m-1") == ("MissingParameter.Tags", 404)
    assert refused(two.untag, "m-1", all=False) == ("MissingParameter.Tags", 404)
    assert refused(two.untag, "m-1", tag_key=[str(number) for number in range(21)]) == ("NumberExceed.Tags", 400)


def test_list_needs_ids_or_tags(two: Ecs) -> None:
    assert refused(two.tags_page) == ("MissingParameter.ResourceIds", 404)
    assert refused(two.tags_page, "m-1", next_token=page_token("nonsense")) == ("InvalidParameter.NextToken", 400)


def test_list_takes_no_value_alone_and_no_two_kinds_of_filters(two: Ecs) -> None:
    assert refused(two.tags_page, tags={"": "1"}) == ("InvalidParameter.TagValue", 400)
    wanted = [models.ListTagResourcesRequestTagFilter(tag_key="a")]
    assert refused(two.tags_page, tags={"a": "1"}, tag_filter=wanted) == ("InvalidParameter.TagFilter", 400)


def test_type_is_not_needed_to_join_a_resource_group(two: Ecs) -> None:
    two.join("m-1", "rg-abc", resource_type=None)

    assert two.one("m-1").resource_group_id == "rg-abc"


def test_image_joins_a_resource_group(two: Ecs, control: ControlClient) -> None:
    two.join("m-1", "rg-abc")
    assert two.one("m-1").resource_group_id == "rg-abc"
    two.join("m-1", "rg-def")

    assert two.ids(resource_group_id="rg-def") == ["m-1"]
    assert control.get("inventory")["ecs"]["cn-hangzhou"][0]["resource_group"] == "rg-def"


@pytest.mark.parametrize(
    ("fields", "code", "status"),
    [
        ({"resource_type": "pony"}, "InvalidResourceType.NotFound", 404),
        ({"region_id": None}, "MissingParameter", 403),
        ({"resource_id": None}, "MissingParameter", 403),
        ({"resource_group_id": ""}, "MissingParameter", 403),
        ({"resource_id": "m-unknown"}, "InvalidResourceId.NotFound", 404),
        ({"resource_group_id": "nonsense"}, "InvalidResourceGroup.NotFound", 404),
        ({"resource_group_id": "rg-seeded"}, "InvalidResourceGroup.Duplicate", 403),
        ({"region_id": "cn-nowhere"}, "InvalidRegionId.NotFound", 404),
    ],
)
def test_join_refuses(ecs: Ecs, control: ControlClient, fields: dict[str, Any], code: str, status: int) -> None:
    plant(control, {"id": "m-1", "resource_group": "rg-seeded"})

    assert refused(ecs.join, "m-1", "rg-abc", **fields) == (code, status)
    assert ecs.one("m-1").resource_group_id == "rg-seeded"
