from urllib.parse import urlencode

import pytest
from alibabacloud_eci20180808 import models
from alibabacloud_eci20180808.client import Client
from alibabacloud_ecs20140526 import models as ecs_models
from alibabacloud_ecs20140526.client import Client as EcsClient
from alibabacloud_tea_openapi.models import Config

from sandbox.core.accounts import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from sandbox.core.server import SandboxServer
from tests.sandbox.alibaba.eci_sdk import BEIJING
from tests.sandbox.core.raw_http import RawCall, V1Call, transmit


def test_parameters_may_come_in_a_form_body(server: SandboxServer) -> None:
    body = urlencode({"RegionId": "cn-beijing", "Limit": "1"}).encode()
    call = RawCall(query={}, body=body, content_type="application/x-www-form-urlencoded")

    assert call.send(server)[0] == 200


def test_get_is_accepted(server: SandboxServer) -> None:
    assert RawCall(method="GET").send(server)[0] == 200


def test_absolute_form_target_is_accepted(server: SandboxServer) -> None:
    call = RawCall(host="eci.aliyuncs.com")

    assert call.transmit(server, call.headers(), prefix="http://eci.aliyuncs.com")[0] == 200


def test_absolute_form_target_does_not_replace_the_signed_host(server: SandboxServer) -> None:
    call = RawCall(host="as-the-client-signed-it")

    assert call.transmit(server, call.headers(), prefix="http://eci.aliyuncs.com")[0] == 200


def test_sdk_reaches_the_sandbox_through_its_proxy_setting(server: SandboxServer) -> None:
    config = Config(
        access_key_id=ACCESS_KEY_ID,
        access_key_secret=ACCESS_KEY_SECRET,
        endpoint="eci.aliyuncs.com",
        protocol="http",
        http_proxy=server.url,
        read_timeout=5000,
    )
    request = models.DescribeDataCachesRequest(region_id=BEIJING)

    assert Client(config).describe_data_caches(request).body.total_count == 1


def test_ecs_sdk_reaches_the_sandbox_under_the_name_of_a_region(server: SandboxServer) -> None:
    config = Config(
        access_key_id=ACCESS_KEY_ID,
        access_key_secret=ACCESS_KEY_SECRET,
        region_id="cn-hangzhou",
        protocol="http",
        http_proxy=server.url,
        read_timeout=5000,
        signature_algorithm="v2",
    )
    request = ecs_models.DescribeImagesRequest(region_id=BEIJING)

    assert EcsClient(config).describe_images(request).body.region_id == BEIJING


def test_absolute_form_target_may_have_an_empty_path(server: SandboxServer) -> None:
    call = V1Call(method="GET")
    target = f"http://{call.host}?{urlencode(call.signed())}"

    assert transmit(server, "GET", target, b"", {"host": call.host})[0] == 200


def test_request_id_is_new_for_every_call_and_in_the_header_too(server: SandboxServer) -> None:
    first, second = (RawCall().send(server)[1]["RequestId"] for _ in range(2))

    assert first != second
    assert first == first.upper()


def test_unknown_parameters_are_ignored(server: SandboxServer) -> None:
    call = RawCall(query={"RegionId": "cn-beijing", "Colour": "blue", "OwnerId": "1"})

    assert call.send(server)[0] == 200


@pytest.mark.parametrize(
    ("call", "code", "status"),
    [
        (RawCall(action="CreatePony"), "InvalidAction.NotFound", 404),
        (RawCall(path="/elsewhere"), "InvalidAction.NotFound", 404),
        (RawCall(version="2014-05-26"), "InvalidVersion", 400),
        (RawCall(method="PUT"), "UnsupportedHTTPMethod", 405),
    ],
)
def test_gateway_refuses(server: SandboxServer, call: RawCall, code: str, status: int) -> None:
    answered, body = call.send(server)

    assert (body["Code"], answered) == (code, status)


def test_request_without_an_action(server: SandboxServer) -> None:
    status, body = RawCall().send(server, x_acs_action=None)

    assert (body["Code"], status) == ("MissingParameter", 400)
