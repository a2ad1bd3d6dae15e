import base64
import hmac
import time
from typing import Any
from urllib.parse import urlencode

import pytest

from sandbox.core.accounts import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from sandbox.core.server import SandboxServer
from tests.sandbox.tencent.cbs_sdk import BEIJING, GUANGZHOU, SOURCE, Cbs, refused
from tests.sandbox.tencent.raw_tc3 import Answer, Tc3Call, transmit

ACCOUNT = {
    "id": "2",
    "keys": [
        {"access_key_id": "user", "access_key_secret": "s", "user": "eve", "denied_actions": ["cbs:Copy*"]},
        {
            "access_key_id": "temporary",
            "access_key_secret": "s",
            "security_token": "token",
            "expires_in_seconds": 3600,
        },
    ],
}
HOST = "cbs.tencentcloudapi.com"
FORM = {"host": HOST, "content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def accounts(server: SandboxServer) -> None:
    server.control.post("seed", {"accounts": [ACCOUNT]})


def form(method: str = "POST", digest: str = "sha1", /, **changes: str | None) -> dict[str, str]:
    """Parameters of a DescribeSnapshots signed with method v1; `changes` come before signing, None removes one."""
    params: dict[str, str | None] = {
        "Action": "DescribeSnapshots",
        "Version": "2017-03-12",
        "Region": GUANGZHOU,
        "Timestamp": str(int(time.time())),
        "Nonce": "11886",
        "SecretId": ACCESS_KEY_ID,
        **changes,
    }
    sent = {name: value for name, value in params.items() if value is not None}
    text = f"{method}{HOST}/?" + "&".join(f"{name}={value}" for name, value in sorted(sent.items()))
    signature = hmac.new(ACCESS_KEY_SECRET.encode(), text.encode(), digest).digest()
    return sent | {"Signature": base64.b64encode(signature).decode()}


def post_form(server: SandboxServer, params: dict[str, str]) -> Answer:
    return transmit(server, "POST", "/", urlencode(params).encode(), FORM)


def test_good_signature_is_accepted(server: SandboxServer) -> None:
    answer = Tc3Call().send(server)

    assert (answer.code, answer.body["Response"]["TotalCount"]) == (None, 1)


def test_header_values_may_be_signed_in_lower_case(server: SandboxServer) -> None:
    # The vendor signs header values in lower case, its SDKs as they are; both must do.
    call = Tc3Call(content_type="application/json; charset=utf-8", signed=("content-type", "host", "x-tc-action"))

    assert call.send(server).code is None


def test_wrong_secret(server: SandboxServer) -> None:
    assert refused(Cbs(server, secret="wrong").page) == "AuthFailure.SignatureFailure"


def test_unknown_key(server: SandboxServer) -> None:
    assert refused(Cbs(server, key="nobody").page) == "AuthFailure.SecretIdNotFound"


@pytest.mark.parametrize("seconds", [301, -302])
def test_timestamp_outside_the_window_is_expired(server: SandboxServer, seconds: float) -> None:
    assert Tc3Call(age=seconds).send(server).code == "AuthFailure.SignatureExpire"


@pytest.mark.parametrize("seconds", [290, -290])
def test_timestamp_inside_the_window_is_accepted(server: SandboxServer, seconds: float) -> None:
    assert Tc3Call(age=seconds).send(server).code is None


@pytest.mark.parametrize(("ahead", "code"), [(240, None), (-240, None), (310, "AuthFailure.SignatureExpire")])
def test_clock_of_the_cloud_can_be_off(server: SandboxServer, ahead: float, code: str | None) -> None:
    server.control.post("settings", {"clock_ahead_seconds": ahead})

    assert Tc3Call().send(server).code == code


def test_window_is_measured_on_real_time_whatever_the_sandboxs_clock_says(server: SandboxServer) -> None:
    server.control.advance(86400)

    assert Tc3Call().send(server).code is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"x_tc_timestamp": None}, "MissingParameter"),
        ({"x_tc_timestamp": "yesterday"}, "InvalidParameterValue"),
        ({"x_tc_timestamp": "9" * 12}, "AuthFailure.SignatureExpire"),
        ({"host": "elsewhere"}, "AuthFailure.SignatureFailure"),
        ({"authorization": None}, "AuthFailure.InvalidAuthorization"),
        ({"authorization": "Bearer x"}, "AuthFailure.InvalidAuthorization"),
        ({"authorization": "TC3-HMAC-SHA256 Credential=a"}, "AuthFailure.InvalidAuthorization"),
        ({"content_type": None}, "AuthFailure.InvalidAuthorization"),
    ],
)
def test_header_changed_afterwards(server: SandboxServer, change: dict[str, Any], code: str) -> None:
    assert Tc3Call().send(server, **change).code == code


@pytest.mark.parametrize("signed", [("host",), ("content-type",)])
def test_headers_that_must_be_signed(server: SandboxServer, signed: tuple[str, ...]) -> None:
    assert Tc3Call(signed=signed).send(server).code == "AuthFailure.InvalidAuthorization"


def test_body_changed_after_signing(server: SandboxServer) -> None:
    call = Tc3Call()
    headers = call.headers()

    assert transmit(server, "POST", "/", b'{"Limit": 1}', headers).code == "AuthFailure.SignatureFailure"


def test_unsigned_payload_is_accepted_when_it_is_announced(server: SandboxServer) -> None:
    call = Tc3Call(body=b"UNSIGNED-PAYLOAD")
    headers = call.headers() | {"x-tc-content-sha256": "UNSIGNED-PAYLOAD"}

    assert transmit(server, "POST", "/", b'{"Limit": 1}', headers).code is None


def test_scope_must_name_the_service_that_is_called(server: SandboxServer) -> None:
    assert Tc3Call(service="cvm").send(server).code == "AuthFailure.SignatureFailure"


def test_scope_must_name_the_day_of_the_timestamp(server: SandboxServer) -> None:
    assert Tc3Call(date="2020-01-01").send(server).code == "AuthFailure.SignatureFailure"


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize("signing", ["TC3-HMAC-SHA256", "HmacSHA1"])
def test_temporary_key_works_with_its_token_only(server: SandboxServer, signing: str) -> None:
    assert Cbs(server, "temporary", "s", "token", signing=signing).ids() == []
    for token in (None, "else"):
        assert refused(Cbs(server, "temporary", "s", token, signing=signing).page) == "AuthFailure.TokenFailure"


def test_token_of_a_permanent_key(server: SandboxServer) -> None:
    assert refused(Cbs(server, token="token").page) == "AuthFailure.TokenFailure"


@pytest.mark.usefixtures("accounts")
def test_temporary_key_expires_on_the_sandboxs_clock(server: SandboxServer) -> None:
    server.control.advance(3600)

    assert refused(Cbs(server, "temporary", "s", "token").page) == "AuthFailure.TokenFailure"


@pytest.mark.usefixtures("accounts")
def test_action_denied_to_a_user(server: SandboxServer) -> None:
    user = Cbs(server, "user", "s")

    assert refused(user.copy) == "AuthFailure.UnauthorizedOperation"
    assert user.ids() == []


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("signing", ["TC3-HMAC-SHA256", "HmacSHA1", "HmacSHA256"])
def test_every_way_in_which_the_sdk_signs(server: SandboxServer, signing: str, method: str) -> None:
    cbs = Cbs(server, signing=signing, method=method)
    copy = cbs.copy(SnapshotName="n ä+&")

    assert cbs.one(copy).SnapshotName == "n ä+&"
    assert cbs.filtered("snapshot-name", "gold", "other") == [SOURCE]
    cbs.modify(IsPermanent=True)


def test_form_signed_by_hand_is_accepted(server: SandboxServer) -> None:
    assert post_form(server, form()).code is None
    assert post_form(server, form("POST", "sha256", SignatureMethod="HmacSHA256")).code is None


@pytest.mark.parametrize("name", ["SecretId", "Timestamp", "Nonce"])
def test_form_needs_its_common_parameters(server: SandboxServer, name: str) -> None:
    answer = post_form(server, form(SignatureMethod="HmacSHA1", **{name: None}))

    assert answer.code == "MissingParameter"


def test_form_with_a_parameter_added_after_signing(server: SandboxServer) -> None:
    assert post_form(server, form() | {"Limit": "1"}).code == "AuthFailure.SignatureFailure"


def test_form_with_an_unknown_signature_method(server: SandboxServer) -> None:
    assert post_form(server, form(SignatureMethod="Rot13")).code == "InvalidParameterValue"


def test_query_signed_for_post_is_not_good_for_get(server: SandboxServer) -> None:
    good = transmit(server, "GET", f"/?{urlencode(form('GET'))}", b"", {"host": HOST})
    bad = transmit(server, "GET", f"/?{urlencode(form('POST'))}", b"", {"host": HOST})

    assert (good.code, bad.code) == (None, "AuthFailure.SignatureFailure")


def test_calls_hold_no_secrets(server: SandboxServer) -> None:
    Cbs(server, signing="HmacSHA1").page(BEIJING, Limit=7)
    post_form(server, form())
    recorded = str(server.control.get("calls"))

    assert "'Limit': '7'" in recorded
    for secret in (ACCESS_KEY_SECRET, "ignature", "Nonce", ACCESS_KEY_ID):
        assert secret not in recorded
