from typing import Any

import pytest
from alibabacloud_ecs20140526 import models

from sandbox.alibaba.ecs.image import STATUSES
from sandbox.core.control_client import ControlClient
from sandbox.core.server import SandboxServer
from tests.sandbox.alibaba.eci_sdk import refused
from tests.sandbox.alibaba.ecs_sdk import BEIJING, HANGZHOU, IMAGE, OTHER_ACCOUNT, Ecs, plant
from tests.sandbox.core.raw_http import RawCall


def test_answer_has_exactly_the_documented_shape(ecs: Ecs, server: SandboxServer, control: ControlClient) -> None:
    plant(control, {"id": "m-1", "name": "n1", "size": 20, "tags": {"a": "b"}, "snapshot": {"id": "s-1"}})

    assert ecs.ids() == ["m-1"]
    query = {"RegionId": HANGZHOU}
    _, body = RawCall(action="DescribeImages", version="2014-05-26", query=query).send(server)

    assert body.keys() == {"RequestId", "RegionId", "PageNumber", "PageSize", "TotalCount", "Images"}
    assert (body["RegionId"], body["PageNumber"], body["PageSize"], body["TotalCount"]) == (HANGZHOU, 1, 10, 1)
    (image,) = body["Images"]["Image"]
    assert (image["ImageId"], image["ImageName"], image["Status"], image["Progress"]) == (
        "m-1",
        "n1",
        "Available",
        "100%",
    )
    assert image["Tags"] == {"Tag": [{"TagKey": "a", "TagValue": "b"}]}
    assert (image["Size"], image["IsCopied"], image["Usage"], image["ImageOwnerAlias"]) == (20, False, "none", "self")
    assert (image["ImageOwnerId"], image["ResourceGroupId"], image["Description"]) == (1000000000000001, "", "")
    assert len(image["CreationTime"]) == len("2023-06-16T02:43:07Z")
    assert image["DiskDeviceMappings"] == {
        "DiskDeviceMapping": [
            {
                "Device": "/dev/xvda",
                "SnapshotId": "s-1",
                "Size": "20",
                "Type": "system",
                "Format": "",
                "Encrypted": False,
                "Progress": "100%",
                "RemainTime": 0,
                "ImportOSSBucket": "",
                "ImportOSSObject": "",
            }
        ]
    }


def test_sdk_knows_every_field_that_is_answered(ecs: Ecs, server: SandboxServer) -> None:
    known = ecs.one(IMAGE, region_id=BEIJING).to_map()
    query = {"RegionId": BEIJING}
    _, body = RawCall(action="DescribeImages", version="2014-05-26", query=query).send(server)

    assert body["Images"]["Image"][0] == known


def test_only_available_images_are_listed_unless_a_status_is_given(ecs: Ecs, control: ControlClient) -> None:
    plant(control, *({"id": f"m-{status.lower()}", "status": status} for status in STATUSES))

    assert ecs.ids() == ["m-available"]
    assert set(ecs.ids(status="Creating,Waiting")) == {"m-creating", "m-waiting"}
    assert ecs.ids(status="Deprecated") == ["m-deprecated"]
    assert len(ecs.ids(status="Creating,Waiting,Available,UnAvailable,CreateFailed")) == 5
    assert len(ecs.ids(status="ALL")) == 6


@pytest.mark.parametrize("status", STATUSES)
def test_seeded_status_stays(ecs: Ecs, control: ControlClient, status: str) -> None:
    plant(control, {"id": "m-1", "status": status})
    control.advance(10**6)

    assert ecs.one("m-1").status == status


def test_running_copy_is_not_listed_without_a_status(ecs: Ecs) -> None:
    image_id = ecs.copy()

    assert ecs.ids(image_id=image_id) == []
    assert ecs.ids(image_id=image_id, status="Creating,Waiting") == [image_id]


def test_ids_are_separated_by_commas_and_unknown_ones_left_out(ecs: Ecs, control: ControlClient) -> None:
    plant(control, {"id": "m-1"}, {"id": "m-2"}, {"id": "m-3"})

    assert set(ecs.ids(image_id="m-3,m-1,m-unknown")) == {"m-1", "m-3"}
    assert ecs.ids(image_id="m-unknown") == []


def test_name_is_a_fuzzy_search(ecs: Ecs, control: ControlClient) -> None:
    plant(
        control, {"id": "m-1", "name": "golden-1.0"}, {"id": "m-2", "name": "Golden-100"}, {"id": "m-3", "name": "x1"}
    )

    assert set(ecs.ids(image_name="golden-1")) == {"m-1", "m-2"}
    assert set(ecs.ids(image_name="g*0")) == {"m-1", "m-2"}
    assert ecs.ids(image_name="1.0") == ["m-1"]


def test_all_tags_given_must_be_there(ecs: Ecs, control: ControlClient) -> None:
    plant(control, {"id": "m-1", "tags": {"a": "1", "b": "2"}}, {"id": "m-2", "tags": {"a": "1"}})

    assert ecs.ids(tags={"a": "1", "b": "2"}) == ["m-1"]
    assert ecs.ids(tags={"b": None}) == ["m-1"]
    assert ecs.ids(tags={"a": "2"}) == []


@pytest.mark.parametrize(
    ("image", "fields"),
    [
        ({"in_use": True}, {"usage": "instance"}),
        ({"os_type": "windows"}, {"ostype": "windows"}),
        ({"architecture": "arm64"}, {"architecture": "arm64"}),
        ({"family": "web"}, {"image_family": "web"}),
        ({"resource_group": "rg-1"}, {"resource_group_id": "rg-1"}),
        ({"snapshot": {"id": "s-1"}}, {"snapshot_id": "s-1"}),
    ],
)
def test_exact_filters(ecs: Ecs, control: ControlClient, image: dict[str, Any], fields: dict[str, Any]) -> None:
    plant(control, {"id": "m-1"} | image, {"id": "m-2"})

    assert ecs.ids(**fields) == ["m-1"]


def test_flags_are_read_in_any_spelling(ecs: Ecs, control: ControlClient) -> None:
    plant(control, {"id": "m-1"})

    assert ecs.ids(is_support_cloudinit=True, is_support_io_optimized="true") == ["m-1"]
    assert ecs.ids(is_support_cloudinit=False) == []
    assert ecs.ids(is_public=True, image_owner_alias="others") == []


def test_usable_needs_a_status(ecs: Ecs, control: ControlClient) -> None:
    plant(control, {"id": "m-1"}, {"id": "m-2", "status": "UnAvailable"})

    assert refused(ecs.page, usable=True) == ("MissingParameter", 400)
    assert ecs.ids(usable=True, status="ALL") == ["m-1"]
    assert ecs.ids(usable=False, status="ALL") == ["m-2"]


def test_pages(ecs: Ecs, control: ControlClient) -> None:
    plant(control, *({"id": f"m-{number:03}"} for number in range(105)))
    expected = [f"m-{number:03}" for number in reversed(range(105))]

    assert ecs.ids() == expected[:10]
    assert ecs.ids(page_size=100) == expected[:100]
    assert ecs.ids(page_size=100, page_number=2) == expected[100:]
    page = ecs.page(page_number=99)
    assert (page.images.image, page.total_count, page.page_number, page.page_size) == ([], 105, 99, 10)


def test_images_of_other_accounts_are_seen_when_they_are_shared(ecs: Ecs, server: SandboxServer) -> None:
    shared = {"region": BEIJING, "id": IMAGE, "name": "golden", "shared_with": ["2"]}
    server.control.post("seed", {"accounts": [OTHER_ACCOUNT], "images": [shared, shared | {"id": "m-x", "name": "x1"}]})
    server.control.post("seed", {"images": [shared | {"id": "m-x", "shared_with": []}]})
    other = Ecs(server, "other", "s")

    image = other.one(IMAGE, region_id=BEIJING)
    assert (image.image_owner_alias, image.image_owner_id) == ("others", 1000000000000001)
    assert other.ids(region_id=BEIJING) == other.ids(region_id=BEIJING, image_owner_alias="others") == [IMAGE]
    assert other.ids(region_id=BEIJING, image_owner_alias="self") == []
    assert other.ids(region_id=BEIJING, image_owner_id=1000000000000001) == [IMAGE]
    assert ecs.one(IMAGE, region_id=BEIJING).is_self_shared == "sharing"


@pytest.mark.parametrize(
    ("fields", "code", "status"),
    [
        ({"region_id": None}, "MissingParameter", 400),
        ({"region_id": "cn-nowhere"}, "InvalidRegionId.NotFound", 404),
        ({"status": "Sleeping"}, "InvalidParamter", 400),
        ({"status": "available"}, "InvalidParamter", 400),
        ({"status": "ALL,Available"}, "InvalidParamter", 400),
        ({"page_number": 0}, "InvalidParamter", 400),
        ({"page_size": 0}, "InvalidParamter", 400),
        ({"page_size": 101}, "InvalidParamter", 400),
        ({"usage": "both"}, "InvalidUsage", 404),
        ({"ostype": "vms"}, "InvalidOSType", 404),
        ({"architecture": "mips"}, "InvalidArchitecture", 404),
        ({"is_public": True}, "InvalidImageOwnerAlias.PublicImageUnsupported", 400),
        ({"image_owner_alias": "self", "image_owner_id": 1}, "InvalidOperation.ImageOwnerIdUnsupported", 400),
        ({"tags": {str(number): "" for number in range(21)}}, "InvalidTagCount", 400),
        ({"tags": {"": "v"}}, "InvalidTag.Mismatch", 400),
        ({"filter": [models.DescribeImagesRequestFilter("Colour", "blue")]}, "InvalidFilterKey.NotFound", 404),
        ({"filter": [models.DescribeImagesRequestFilter("NetworkType", "x")]}, "InvalidFilterValue.NetworkType", 400),
        ({"filter": [models.DescribeImagesRequestFilter("CreationEndTime", "x")]}, "InvalidFilterValue", 404),
        ({"is_public": "perhaps"}, "InvalidParamter", 400),
        ({"image_owner_alias": "nobody"}, "InvalidImageOwnerAlias.ValueNotSupported", 400),
        ({"dry_run": True}, "DryRunOperation", 400),
    ],
)
def test_describe_refuses(ecs: Ecs, fields: dict[str, Any], code: str, status: int) -> None:
    assert refused(ecs.page, **fields) == (code, status)


def test_regions_have_a_name_and_an_endpoint(ecs: Ecs, server: SandboxServer) -> None:
    _, body = RawCall(action="DescribeRegions", version="2014-05-26", query={"AcceptLanguage": "en-US"}).send(server)

    by_id = {region["RegionId"]: region for region in body["Regions"]["Region"]}
    assert by_id["cn-hangzhou"] == {
        "RegionId": "cn-hangzhou",
        "RegionEndpoint": "ecs.cn-hangzhou.aliyuncs.com",
        "LocalName": "China (Hangzhou)",
        "Status": "available",
    }
    assert len(by_id) == len(ecs.client.describe_regions(models.DescribeRegionsRequest()).body.regions.region) == 30


def test_regions_are_named_in_chinese_by_default(ecs: Ecs) -> None:
    regions = ecs.client.describe_regions(models.DescribeRegionsRequest()).body.regions.region

    assert next(one.local_name for one in regions if one.region_id == BEIJING) == "华北2（北京）"  # noqa: RUF001
