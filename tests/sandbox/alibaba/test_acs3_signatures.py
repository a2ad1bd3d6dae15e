from datetime import timedelta
from typing import Any

import pytest

from sandbox.core.server import SandboxServer
from tests.sandbox.alibaba.eci_sdk import Eci, refused
from tests.sandbox.core.raw_http import RawCall

ACCOUNT = {
    "id": "2",
    "keys": [
        {"access_key_id": "user", "access_key_secret": "s", "user": "eve", "denied_actions": ["eci:Copy*"]},
        {
            "access_key_id": "STS.1",
            "access_key_secret": "s",
            "security_token": "token",
            "expires_in_seconds": 3600,
        },
    ],
}


def code(answer: tuple[int, dict[str, Any]]) -> tuple[str, int]:
    status, body = answer
    return body["Code"], status


@pytest.fixture
def accounts(server: SandboxServer) -> None:
    server.control.post("seed", {"accounts": [ACCOUNT]})


def test_good_signature_is_accepted(server: SandboxServer) -> None:
    status, body = RawCall().send(server)

    assert (status, body["TotalCount"]) == (200, 1)


def test_error_has_the_vendors_shape(server: SandboxServer) -> None:
    status, body = RawCall(secret="wrong").send(server)

    assert status == 400
    assert set(body) == {"Code", "Message", "RequestId", "HostId", "Recommend"}
    assert body["Message"].startswith("Specified signature is not matched with our calculation.")
    assert "server string to sign is:ACS3-HMAC-SHA256\n" in body["Message"]


def test_wrong_secret_does_not_match(server: SandboxServer) -> None:
    assert refused(Eci(server, secret="wrong").page) == ("SignatureDoesNotMatch", 400)


@pytest.mark.parametrize(
    ("header", "value"),
    [("x_acs_action", "DeleteDataCache"), ("x_acs_signature_nonce", "other"), ("host", "elsewhere")],
)
def test_signed_header_changed_afterwards_does_not_match(server: SandboxServer, header: str, value: str) -> None:
    assert code(RawCall().send(server, **{header: value})) == ("SignatureDoesNotMatch", 400)


def test_date_changed_afterwards_does_not_match(server: SandboxServer) -> None:
    call = RawCall()
    earlier = RawCall(age=timedelta(minutes=1)).headers()["x-acs-date"]

    assert code(call.send(server, x_acs_date=earlier)) == ("SignatureDoesNotMatch", 400)


def test_parameter_changed_after_signing_does_not_match(server: SandboxServer) -> None:
    call = RawCall()
    headers = call.headers()
    call.query["Limit"] = "1"

    assert code(call.transmit(server, headers)) == ("SignatureDoesNotMatch", 400)


def test_body_changed_after_signing_does_not_match(server: SandboxServer) -> None:
    call = RawCall()
    headers = call.headers()
    call.body = b"Limit=1"

    assert code(call.transmit(server, headers)) == ("SignatureDoesNotMatch", 400)


def test_unknown_key(server: SandboxServer) -> None:
    assert refused(Eci(server, key="nobody").page) == ("InvalidAccessKeyId.NotFound", 404)


@pytest.mark.parametrize("minutes", [16, -16])
def test_timestamp_outside_the_window_is_expired(server: SandboxServer, minutes: int) -> None:
    answer = RawCall(age=timedelta(minutes=minutes)).send(server)

    assert code(answer) == ("InvalidTimeStamp.Expired", 400)


@pytest.mark.parametrize("minutes", [14, -14])
def test_timestamp_inside_the_window_is_accepted(server: SandboxServer, minutes: int) -> None:
    assert RawCall(age=timedelta(minutes=minutes)).send(server)[0] == 200


def test_window_is_measured_on_real_time_whatever_the_sandboxs_clock_says(server: SandboxServer) -> None:
    server.control.advance(86400)

    assert RawCall().send(server)[0] == 200


def test_malformed_timestamp(server: SandboxServer) -> None:
    assert code(RawCall().send(server, x_acs_date="yesterday")) == ("InvalidTimeStamp.Format", 400)


def test_replayed_request_is_refused(server: SandboxServer) -> None:
    call = RawCall()
    headers = call.headers()
    assert call.transmit(server, headers)[0] == 200

    assert code(call.transmit(server, headers)) == ("SignatureNonceUsed", 400)


def test_nonce_of_a_forged_request_stays_usable(server: SandboxServer) -> None:
    call = RawCall()
    headers = call.headers()
    call.transmit(server, headers | {"Authorization": headers["Authorization"][:-4] + "0000"})

    assert call.transmit(server, headers)[0] == 200


@pytest.mark.parametrize("authorization", [None, "", "Bearer x", "ACS3-HMAC-SHA256 Credential=a"])
def test_missing_or_unreadable_signature(server: SandboxServer, authorization: str | None) -> None:
    assert code(RawCall().send(server, Authorization=authorization)) == ("IncompleteSignature", 400)


@pytest.mark.parametrize("header", ["host", "x-acs-action", "x-acs-date", "x-acs-content-sha256"])
def test_header_that_must_be_signed(server: SandboxServer, header: str) -> None:
    assert code(RawCall(unsigned=(header,)).send(server)) == ("IncompleteSignature", 400)


def test_signed_header_that_is_not_there(server: SandboxServer) -> None:
    assert code(RawCall().send(server, x_acs_signature_nonce=None)) == ("IncompleteSignature", 400)


@pytest.mark.usefixtures("accounts")
def test_temporary_key_works_with_its_token(server: SandboxServer) -> None:
    assert Eci(server, "STS.1", "s", "token").ids() == []


@pytest.mark.usefixtures("accounts")
def test_temporary_key_without_its_token(server: SandboxServer) -> None:
    assert refused(Eci(server, "STS.1", "s").page) == ("MissingSecurityToken", 400)


@pytest.mark.usefixtures("accounts")
def test_temporary_key_with_another_token(server: SandboxServer) -> None:
    expected = ("InvalidSecurityToken.MismatchWithAccessKey", 400)

    assert refused(Eci(server, "STS.1", "s", "else").page) == expected
    assert refused(Eci(server, token="token").page) == expected


@pytest.mark.usefixtures("accounts")
def test_temporary_key_expires_on_the_sandboxs_clock(server: SandboxServer) -> None:
    server.control.advance(3600)

    assert refused(Eci(server, "STS.1", "s", "token").page) == ("InvalidSecurityToken.Expired", 400)


@pytest.mark.usefixtures("accounts")
def test_action_denied_to_a_ram_user(server: SandboxServer) -> None:
    user = Eci(server, "user", "s")

    assert refused(user.copy) == ("Forbidden.SubUser", 403)
    assert user.ids() == []
