"""Requests that no SDK sends: odd lists, ids, signatures, patterns and formats, each refused or answered in form."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest

from sandbox.core.control_client import ControlClient
from sandbox.core.server import SandboxServer
from tests.sandbox.alibaba.eci_sdk import refused
from tests.sandbox.alibaba.ecs_sdk import Ecs, plant
from tests.sandbox.core.raw_http import RawCall, V1Call, exchange


def code(answer: tuple[int, dict[str, Any]]) -> tuple[str, int]:
    return answer[1]["Code"], answer[0]


def eci(server: SandboxServer, action: str = "DescribeDataCaches", **parameters: str) -> tuple[int, dict[str, Any]]:
    status, body = RawCall(action=action, query={"RegionId": "cn-beijing", **parameters}).send(server)
    return status, body


@pytest.fixture
def seeded(server: SandboxServer) -> SandboxServer:
    caches = [{"region": "cn-beijing", "id": f"edc-{name}", "bucket": "odd", "path": f"/{name}"} for name in "abc"]
    server.control.post("seed", {"data_caches": caches})
    return server


def test_list_by_numbers_with_gaps(seeded: SandboxServer) -> None:
    _, body = eci(seeded, **{"DataCacheId.3": "edc-a", "DataCacheId.12": "edc-b"})

    assert {entry["DataCacheId"] for entry in body["DataCaches"]} == {"edc-a", "edc-b"}


@pytest.mark.parametrize("name", ["DataCacheId", "DataCacheId.0", "DataCacheId.01", f"DataCacheId.{'9' * 5000}"])
def test_list_that_is_no_list(seeded: SandboxServer, name: str) -> None:
    """Ignored, it would list everything."""
    assert code(RawCall(query={"RegionId": "cn-beijing", name: "edc-a"}).send(seeded)) == (
        "InvalidParameter.DataCacheId",
        400,
    )


def test_tags_that_are_no_list_are_refused_where_there_is_nothing_to_filter(server: SandboxServer) -> None:
    for spelling in ({"Tag": "x"}, {"Tag.0.Key": "team"}):
        answer = RawCall(query={"RegionId": "cn-shanghai", **spelling}).send(server)

        assert code(answer) == ("InvalidParameter.Tag", 400)


def test_id_does_not_end_at_a_nul(seeded: SandboxServer) -> None:
    status, body = eci(seeded, "DeleteDataCache", DataCacheId="edc-a\0zzz")
    _, listed = eci(seeded, **{"DataCacheId.1": "edc-a\0"})

    assert (body["Code"], status) == ("InvalidParameter.DataCacheId.NotFound", 404)
    assert listed["DataCaches"] == []
    assert len(eci(seeded, Bucket="odd")[1]["DataCaches"]) == 3


def test_length_of_an_option_that_is_no_length(seeded: SandboxServer) -> None:
    name = f"DataSource.Options.#{'9' * 5000}#a"
    status, body = eci(seeded, "UpdateDataCache", **{"DataCacheId": "edc-a", "DataSource.Type": "URL", name: "x"})

    assert (body["Code"], status) == ("InvalidParameter.DataSource.Options", 400)


def test_signature_that_is_not_even_ascii(server: SandboxServer) -> None:
    call = RawCall()
    headers = call.headers()
    headers["Authorization"] = headers["Authorization"].rpartition("=")[0] + "=\xe9\xe9"

    assert code(call.transmit(server, headers)) == ("IncompleteSignature", 400)


def test_pattern_of_many_parts_takes_no_time(ecs: Ecs, control: ControlClient) -> None:
    plant(control, {"id": "m-1", "name": "a" * 128})
    begun = time.monotonic()

    assert ecs.ids(image_name="*a" * 60 + "*b") == []
    assert ecs.ids(image_name="*a" * 60) == ["m-1"]
    assert time.monotonic() - begun < 5


def test_boot_mode_of_an_image_in_use(ecs: Ecs, control: ControlClient) -> None:
    plant(control, {"id": "m-1", "in_use": True})

    assert refused(ecs.modify, "m-1", boot_mode="UEFI") == ("OperationDeined.ImageUsingByInstance", 403)


def xml(server: SandboxServer, query: dict[str, str], headers: dict[str, str]) -> tuple[int, ET.Element]:
    status, content_type, text = exchange(server, "POST", f"/?{urlencode(query)}", b"", headers)
    assert content_type == "text/xml;charset=utf-8"
    return status, ET.fromstring(text)  # noqa: S314 - from our own sandbox


def test_answer_in_xml(seeded: SandboxServer) -> None:
    call = RawCall(query={"RegionId": "cn-beijing", "Bucket": "odd", "Format": "XML"})
    status, answer = xml(seeded, call.query, call.headers())

    assert (status, answer.tag, answer.findtext("TotalCount")) == (200, "DescribeDataCachesResponse", "3")
    assert sorted(str(cache.findtext("Path")) for cache in answer.findall("DataCaches")) == ["/a", "/b", "/c"]


def test_answer_in_xml_to_the_older_signature(ecs: Ecs, server: SandboxServer, control: ControlClient) -> None:
    del ecs
    plant(control, {"id": "m-1", "description": "a\x01<b>"})
    call = V1Call(query={"RegionId": "cn-hangzhou"}, changes={"Format": "XML"})
    _, answer = xml(server, call.signed(), {"host": call.host})

    assert [image.findtext("ImageId") for image in answer.findall("Images/Image")] == ["m-1"]
    assert answer.findtext("Images/Image/Description") == "a\ufffd<b>"
    assert answer.findtext("Images/Image/IsCopied") == "false"


def test_error_in_xml(server: SandboxServer) -> None:
    call = RawCall(query={"Format": "XML"})
    status, error = xml(server, call.query, call.headers())

    assert (status, error.tag, error.findtext("Code")) == (400, "Error", "MissingParameter")


def test_unknown_format(server: SandboxServer) -> None:
    assert code(RawCall(query={"RegionId": "cn-beijing", "Format": "YAML"}).send(server)) == (
        "InvalidParameter.Format",
        400,
    )
