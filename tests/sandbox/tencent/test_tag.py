"""The Tag service, called with the vendor's own SDK."""

from __future__ import annotations

from hashlib import md5
from typing import Any

import pytest

from sandbox.core.control_client import ControlClient
from sandbox.core.server import SandboxServer
from sandbox.tencent.tag import DOCUMENTED
from tests.sandbox.tencent.cbs_sdk import BEIJING, GUANGZHOU, SOURCE, Cbs, api, refused
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
