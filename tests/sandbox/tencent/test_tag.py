"""The Tag service, called with the vendor's own SDK."""

from __future__ import annotations

from hashlib import md5
from typing import Any

import pytest

from sandbox.core.accounts import ACCOUNT_ID
from sandbox.core.control_client import ControlClient
from sandbox.core.server import SandboxServer
from sandbox.tencent.tag.errors import DOCUMENTED
from tests.sandbox.tencent import cvm_sdk
from tests.sandbox.tencent.cbs_sdk import BEIJING, GUANGZHOU, SOURCE, Cbs, api, refused
from tests.sandbox.tencent.cvm_sdk import Cvm
from tests.sandbox.tencent.raw_tc3 import Tc3Call

VERSION = "2018-08-13"
ACTION = "DescribeResourceTagsByResourceIds"
SNAPSHOTS = {"ServiceType": "cvm", "ResourcePrefix": "snapshot", "ResourceRegion": GUANGZHOU}


def ask(server: SandboxServer, *ids: str, **fields: Any) -> Any:
    found = api(server, "tag", VERSION).call_json(ACTION, SNAPSHOTS | {"ResourceIds": list(ids)} | fields)
    return found["Response"]


def test_tag_has_the_fields_of_the_reference(server: SandboxServer, cbs: Cbs) -> None:
    snapshot_id = cbs.create(Tags=[{"Key": "team", "Value": "os"}])

    answer = ask(server, snapshot_id)

    assert answer.pop("RequestId")
    assert answer == {
        "TotalCount": 1,
        "Offset": 0,
        "Limit": 15,
        "Tags": [
            {
                "TagKey": "team",
                "TagValue": "os",
                "ResourceId": snapshot_id,
                "TagKeyMd5": md5(b"team").hexdigest(),  # noqa: S324 - the service has it
                "TagValueMd5": md5(b"os").hexdigest(),  # noqa: S324
                "ServiceType": "cvm",
                "Category": "Custom",
            }
        ],
    }
    assert ask(server, snapshot_id, Category="System")["TotalCount"] == 0


def test_snapshot_without_tags_of_another_region_or_account_or_deleted_has_none(
    server: SandboxServer, cbs: Cbs, control: ControlClient
) -> None:
    tagged = cbs.create(Tags=[{"Key": "team", "Value": "os"}])
    control.post("seed", {"accounts": [{"id": "2", "keys": [{"access_key_id": "b", "access_key_secret": "s"}]}]})

    assert ask(server, SOURCE, "snap-none")["Tags"] == []
    assert ask(server, tagged, ResourceRegion=BEIJING)["Tags"] == []
    foreign = api(server, "tag", VERSION, "b", "s").call_json(ACTION, SNAPSHOTS | {"ResourceIds": [tagged]})
    assert foreign["Response"]["Tags"] == []
    control.advance(60)
    cbs.delete(tagged, region=GUANGZHOU)
    assert ask(server, tagged)["TotalCount"] == 0


def test_pages(server: SandboxServer, cbs: Cbs) -> None:
    ids = [cbs.create(Tags=[{"Key": "one", "Value": "1"}, {"Key": "two", "Value": "2"}])]

    first, second = ask(server, *ids, Limit=1), ask(server, *ids, Limit=1, Offset=1)

    assert [page["TotalCount"] for page in (first, second)] == [2, 2]
    assert [page["Tags"][0]["TagKey"] for page in (first, second)] == ["one", "two"]
    assert ask(server, *ids, Limit=1, Offset=2)["Tags"] == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"ServiceType": "cos"}, "InvalidParameterValue.ServiceTypeInvalid"),
        ({"ResourcePrefix": "instance"}, "InvalidParameterValue.ResourcePrefixInvalid"),
        ({"ResourceRegion": "ap-nowhere"}, "InvalidParameterValue.RegionInvalid"),
        ({"ResourceRegion": ""}, "InvalidParameterValue.RegionInvalid"),
        ({"ResourceIds": []}, "InvalidParameterValue.ResourceIdInvalid"),
        ({"ResourceIds": [""]}, "InvalidParameterValue.ResourceIdInvalid"),
        ({"ResourceIds": [f"snap-{n}" for n in range(51)]}, "InvalidParameterValue.ResourceIdInvalid"),
        ({"Limit": 10, "Offset": 5}, "InvalidParameterValue"),
        ({"Limit": 0}, "InvalidParameterValue"),
        ({"Category": "Mine"}, "InvalidParameterValue"),
        ({"ResourceIds": SOURCE}, "InvalidParameter"),
        ({"TagKeys": ["team"]}, "UnknownParameter"),
    ],
)
def test_refused_request_for_tags(server: SandboxServer, fields: dict[str, Any], code: str) -> None:
    assert refused(ask, server, SOURCE, **fields) == code


@pytest.mark.parametrize("missing", [*SNAPSHOTS, "ResourceIds"])
def test_tags_of_nothing_are_refused(server: SandboxServer, missing: str) -> None:
    body = {key: value for key, value in {**SNAPSHOTS, "ResourceIds": [SOURCE]}.items() if key != missing}

    assert Tc3Call(ACTION, VERSION, service="tag", body=body).send(server).code == "MissingParameter"


def test_region_of_the_call_is_not_required_for_tags(server: SandboxServer) -> None:
    body = {**SNAPSHOTS, "ResourceIds": [SOURCE]}

    assert Tc3Call(ACTION, VERSION, service="tag", region=None, body=body).send(server).code is None
    unknown = Tc3Call(ACTION, VERSION, service="tag", region="ap-nowhere", body=body).send(server)
    assert unknown.code == "UnsupportedRegion"


@pytest.mark.parametrize("code", DOCUMENTED)
def test_every_documented_error_of_the_tag_service_can_be_ordered(server: SandboxServer, code: str) -> None:
    server.control.post("faults", {"service": "tag", "kind": "error", "code": code})

    assert refused(ask, server, SOURCE) == code


# -- changes, and looking for resources -------------------------------------------------------------------------------


def resource(snapshot_id: str = SOURCE, region: str = GUANGZHOU, prefix: str = "snapshot", uin: str = "") -> str:
    return f"qcs::cvm:{region}:uin/{uin}:{prefix}/{snapshot_id}"


def modify(server: SandboxServer, **fields: Any) -> None:
    put = [{"TagKey": "team", "TagValue": "os"}]
    fields = {"Resource": resource(), "ReplaceTags": put} | fields
    sent = {key: value for key, value in fields.items() if value is not None}
    api(server, "tag", VERSION).call_json("ModifyResourceTags", sent)


def found(server: SandboxServer, *filters: dict[str, Any], **fields: Any) -> Any:
    where = SNAPSHOTS | {"TagFilters": list(filters or [{"TagKey": "team"}])} | fields
    return api(server, "tag", VERSION).call_json("DescribeResourcesByTags", where)["Response"]


def tags(server: SandboxServer, *ids: str, **fields: Any) -> dict[str, str]:
    return {tag["TagKey"]: tag["TagValue"] for tag in ask(server, *ids, **fields)["Tags"]}


def test_tags_are_put_on_changed_and_taken_off(server: SandboxServer, cbs: Cbs) -> None:
    modify(server, ReplaceTags=[{"TagKey": "team", "TagValue": "os"}, {"TagKey": "tier", "TagValue": "gold"}])
    modify(server, ReplaceTags=[{"TagKey": "team", "TagValue": "ml"}], DeleteTags=[{"TagKey": "tier"}])
    modify(server, ReplaceTags=None, DeleteTags=[{"TagKey": "nothing"}])

    assert tags(server, SOURCE) == {"team": "ml"}
    assert [(tag.Key, tag.Value) for tag in cbs.one(SOURCE, GUANGZHOU).Tags] == [("team", "ml")]


def test_tags_of_an_image(server: SandboxServer, cvm: Cvm) -> None:
    modify(server, Resource=resource(cvm_sdk.SOURCE, prefix="image", uin=ACCOUNT_ID))

    assert tags(server, cvm_sdk.SOURCE, ResourcePrefix="image") == {"team": "os"}
    assert [(tag.Key, tag.Value) for tag in cvm.one(cvm_sdk.SOURCE, GUANGZHOU).Tags] == [("team", "os")]


def test_resources_are_found_by_their_tags(server: SandboxServer, cbs: Cbs, control: ControlClient) -> None:
    ids = [cbs.create(Tags=[{"Key": "team", "Value": value}]) for value in ("os",)]
    control.advance(60)
    ids.append(cbs.create(Tags=[{"Key": "team", "Value": "ml"}]))

    assert [row["ResourceId"] for row in found(server)["Rows"]] == ids
    assert [row["ResourceId"] for row in found(server, {"TagKey": "team", "TagValue": ["ml", "x"]})["Rows"]] == ids[1:]
    assert found(server, {"TagKey": "team"}, {"TagKey": "tier"})["Rows"] == []
    assert found(server, ResourceRegion=BEIJING)["Rows"] == []
    assert found(server, ResourcePrefix="image")["Rows"] == []
    second = found(server, Limit=1, Offset=1)
    assert (second["TotalCount"], [row["ResourceId"] for row in second["Rows"]]) == (2, ids[1:])
    assert second["Rows"][0]["Tags"] == [{"TagKey": "team", "TagValue": "ml", "Category": "Custom"}]


def test_copy_that_is_not_listed_yet_cannot_be_tagged(server: SandboxServer, cbs: Cbs, control: ControlClient) -> None:
    control.post("settings", {"visible_after_seconds": 30})
    copy = cbs.copy()

    wanted = resource(copy, BEIJING)
    assert refused(modify, server, Resource=wanted) == "InvalidParameterValue.ResourceDescriptionError"
    control.advance(30)
    modify(server, Resource=wanted)


def one(key: str = "team", value: str = "os") -> list[dict[str, str]]:
    return [{"TagKey": key, "TagValue": value}]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"ReplaceTags": one("qcs:team")}, "InvalidParameter.ReservedTagKey"),
        ({"ReplaceTags": one("Tencent")}, "InvalidParameter.ReservedTagKey"),
        ({"ReplaceTags": []}, "InvalidParameter.Tag"),
        ({"ReplaceTags": [*one(), *one()]}, "InvalidParameter.Tag"),
        ({"ReplaceTags": [one(f"k{n}")[0] for n in range(11)]}, "InvalidParameter.Tag"),
        ({"DeleteTags": [{"TagKey": "team"}]}, "InvalidParameterValue.DeleteTagsParamError"),
        ({"Resource": "img-1"}, "InvalidParameterValue.ResourceDescriptionError"),
        ({"Resource": resource("snap-none")}, "InvalidParameterValue.ResourceDescriptionError"),
        ({"Resource": resource(region="ap-nowhere")}, "InvalidParameterValue.ResourceDescriptionError"),
        ({"Resource": resource(uin="2")}, "InvalidParameterValue.ResourceDescriptionError"),
        ({"Resource": resource(prefix="volume")}, "InvalidParameterValue.ResourceDescriptionError"),
        ({"ReplaceTags": one("a*b")}, "InvalidParameterValue.TagKeyCharacterIllegal"),
        ({"ReplaceTags": one(" team")}, "InvalidParameterValue.TagKeyCharacterIllegal"),
        ({"ReplaceTags": one("")}, "InvalidParameterValue.TagKeyEmpty"),
        ({"ReplaceTags": one("k" * 128)}, "InvalidParameterValue.TagKeyLengthExceeded"),
        ({"ReplaceTags": one(value="a*b")}, "InvalidParameterValue.TagValueCharacterIllegal"),
        ({"ReplaceTags": one(value="")}, "InvalidParameterValue.TagValueEmpty"),
        ({"ReplaceTags": one(value="v" * 256)}, "InvalidParameterValue.TagValueLengthExceeded"),
        ({"ReplaceTags": None}, "MissingParameter"),
    ],
)
def test_refused_change_of_tags(server: SandboxServer, cbs: Cbs, fields: dict[str, Any], code: str) -> None:
    del cbs  # lifts the request limit
    assert refused(modify, server, **fields) == code
    assert tags(server, SOURCE) == {}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"TagFilters": []}, "InvalidParameterValue.TagFilters"),
        ({"TagFilters": [{"TagKey": "team", "TagValue": ["v"] * 11}]}, "InvalidParameterValue.TagFilters"),
        ({"ServiceType": "cos"}, "InvalidParameterValue.ServiceTypeInvalid"),
        ({"Limit": 10, "Offset": 5}, "InvalidParameterValue"),
    ],
)
def test_refused_search_by_tags(server: SandboxServer, fields: dict[str, Any], code: str) -> None:
    assert refused(found, server, **fields) == code


def test_resource_has_50_tags_at_most(server: SandboxServer, cbs: Cbs) -> None:
    del cbs
    for batch in range(5):
        modify(server, ReplaceTags=[one(f"k{batch}-{n}")[0] for n in range(10)])

    assert refused(modify, server) == "LimitExceeded.ResourceAttachedTags"
    assert len(tags(server, SOURCE, Limit=100)) == 50
