from datetime import timedelta
from typing import Any

import pytest

from sandbox.core.control_client import ControlClient
from sandbox.core.server import SandboxServer
from tests.sandbox.alibaba.eci_sdk import SOURCE, Eci, refused
from tests.sandbox.alibaba.ecs_sdk import BEIJING, HANGZHOU, IMAGE, Ecs
from tests.sandbox.core.raw_http import V1Call

ACCOUNT = {
    "id": "2",
    "keys": [
        {"access_key_id": "user", "access_key_secret": "s", "user": "eve", "denied_actions": ["ecs:*Image"]},
        {"access_key_id": "STS.1", "access_key_secret": "s", "security_token": "token", "expires_in_seconds": 3600},
    ],
}
REQUIRED = ("AccessKeyId", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Timestamp")


def code(answer: tuple[int, dict[str, Any]]) -> tuple[str, int]:
    status, body = answer
    return body["Code"], status


@pytest.fixture
def v1(ecs: Ecs, server: SandboxServer) -> Ecs:  # noqa: ARG001 - it plants the source
    return Ecs(server, algorithm="v2")


@pytest.fixture
def accounts(control: ControlClient) -> None:
    control.post("seed", {"accounts": [ACCOUNT]})


def test_python_sdk_signs_with_v1(v1: Ecs) -> None:
    image_id = v1.copy(
        destination_image_name="näh".replace("ä", "a"), destination_description="a b+c*~/ü", tags={"k": ""}
    )

    assert v1.one(image_id).description == "a b+c*~/ü"


def test_v1_is_good_for_eci_too(server: SandboxServer) -> None:
    assert Eci(server, algorithm="v2").ids(data_cache_id=[SOURCE], region_id=BEIJING) == [SOURCE]


def test_parameters_in_query_and_form_are_signed_together(server: SandboxServer) -> None:
    assert V1Call(query={}, form={"RegionId": BEIJING, "ImageName": "a b"}).send(server)[0] == 200
    assert V1Call(form={"PageSize": "5"}).send(server)[0] == 200


def test_all_parameters_may_be_in_the_form(server: SandboxServer) -> None:
    call = V1Call()
    call.form = call.signed()

    assert call.transmit(server, {})[0] == 200


def test_get_is_accepted(server: SandboxServer) -> None:
    assert V1Call(method="GET").send(server)[0] == 200


def test_host_is_not_part_of_the_signature(server: SandboxServer) -> None:
    call = V1Call(host="ecs-cn-hangzhou.aliyuncs.com")

    assert call.send(server, prefix="http://ecs-cn-hangzhou.aliyuncs.com")[0] == 200


def test_wrong_secret_does_not_match_and_says_what_was_signed(server: SandboxServer) -> None:
    status, body = V1Call(secret="wrong").send(server)

    assert (body["Code"], status) == ("SignatureDoesNotMatch", 400)
    assert "server string to sign is:POST&%2F&AccessKeyId%3D" in body["Message"]


@pytest.mark.parametrize(
    "change", [{"RegionId": HANGZHOU}, {"PageSize": "1"}, {"Signature": "ü"}, {"Action": "CopyImage"}]
)
def test_parameter_changed_after_signing_does_not_match(server: SandboxServer, change: dict[str, str]) -> None:
    call = V1Call()

    assert code(call.transmit(server, call.signed() | change)) == ("SignatureDoesNotMatch", 400)


def test_form_changed_after_signing_does_not_match(server: SandboxServer) -> None:
    call = V1Call(form={"PageSize": "5"})
    query = call.signed()
    call.form = {"PageSize": "6"}

    assert code(call.transmit(server, query)) == ("SignatureDoesNotMatch", 400)


def test_header_cannot_name_another_action_than_the_signed_one(server: SandboxServer) -> None:
    same = V1Call(headers={"x-acs-action": "DescribeImages", "x-acs-version": "2014-05-26"})
    other = V1Call(headers={"x-acs-action": "DescribeRegions"})

    assert same.send(server)[0] == 200
    assert code(other.send(server)) == ("SignatureDoesNotMatch", 400)


@pytest.mark.parametrize("name", REQUIRED)
def test_missing_common_parameter(server: SandboxServer, name: str) -> None:
    assert code(V1Call(changes={name: None}).send(server)) == ("MissingParameter", 400)


def test_missing_signature(server: SandboxServer) -> None:
    call = V1Call()
    query = call.signed()
    query.pop("Signature")

    assert code(call.transmit(server, query)) == ("MissingParameter", 400)


@pytest.mark.parametrize(
    ("name", "value"),
    [("SignatureMethod", "HMAC-SHA256"), ("SignatureVersion", "2.0"), ("SignatureType", "BEARERTOKEN")],
)
def test_other_way_of_signing_is_refused(server: SandboxServer, name: str, value: str) -> None:
    assert code(V1Call(changes={name: value}).send(server)) == ("IncompleteSignature", 400)


def test_signature_type_may_be_absent(server: SandboxServer) -> None:
    assert V1Call(changes={"SignatureType": None}).send(server)[0] == 200


def test_unknown_key(server: SandboxServer) -> None:
    assert code(V1Call(key="nobody").send(server)) == ("InvalidAccessKeyId.NotFound", 404)


def test_malformed_timestamp(server: SandboxServer) -> None:
    assert code(V1Call(changes={"Timestamp": "yesterday"}).send(server)) == ("InvalidTimeStamp.Format", 400)


@pytest.mark.parametrize("minutes", [16, -16])
def test_timestamp_outside_the_window_is_expired(server: SandboxServer, minutes: int) -> None:
    assert code(V1Call(age=timedelta(minutes=minutes)).send(server)) == ("InvalidTimeStamp.Expired", 400)


@pytest.mark.parametrize("minutes", [14, -14])
def test_timestamp_inside_the_window_is_accepted(server: SandboxServer, minutes: int) -> None:
    assert V1Call(age=timedelta(minutes=minutes)).send(server)[0] == 200


def test_replayed_request_is_refused(server: SandboxServer) -> None:
    call = V1Call()
    query = call.signed()
    assert call.transmit(server, query)[0] == 200

    assert code(call.transmit(server, query)) == ("SignatureNonceUsed", 400)


@pytest.mark.usefixtures("accounts")
def test_temporary_key_works_with_its_token_only(server: SandboxServer) -> None:
    assert Ecs(server, "STS.1", "s", "token", algorithm="v2").ids() == []
    assert refused(Ecs(server, "STS.1", "s", algorithm="v2").page) == ("MissingSecurityToken", 400)
    expected = ("InvalidSecurityToken.MismatchWithAccessKey", 400)
    assert refused(Ecs(server, "STS.1", "s", "else", algorithm="v2").page) == expected


@pytest.mark.usefixtures("accounts")
def test_actions_denied_to_a_ram_user(server: SandboxServer) -> None:
    user = Ecs(server, "user", "s", algorithm="v2")

    assert refused(user.copy) == ("Forbbiden", 403)
    assert refused(user.delete, IMAGE) == ("Forbidden.RAM", 403)
    assert user.ids() == []


def test_client_token_is_the_same_request_however_it_is_signed(v1: Ecs) -> None:
    first = v1.copy(client_token="t")

    assert v1.copy(client_token="t") == first
    assert refused(v1.copy, client_token="t", destination_image_name="other") == ("IdempotentParameterMismatch", 400)


def test_calls_hold_no_signature(v1: Ecs, control: ControlClient) -> None:
    v1.page()

    (call,) = control.get("calls")
    assert call["params"].keys() == {"Action", "Format", "Version", "RegionId"}
