"""STS of Tencent Cloud, called with the vendor's own SDK."""

import pytest

from sandbox.core.server import SandboxServer
from tests.sandbox.tencent.cbs_sdk import api, refused
from tests.sandbox.tencent.raw_tc3 import Tc3Call

ACCOUNT = {
    "id": "1000000000000002",
    "keys": [
        {"access_key_id": "root", "access_key_secret": "s"},
        {"access_key_id": "user", "access_key_secret": "s", "user": "eve"},
        {"access_key_id": "AKIDtemporary", "access_key_secret": "s", "security_token": "token", "user": "deployer"},
    ],
}


def identity(
    server: SandboxServer, *key: str, method: str = "POST", signing: str = "TC3-HMAC-SHA256"
) -> dict[str, str]:
    answer = api(server, "sts", "2018-08-13", *key, method=method, signing=signing).call_json("GetCallerIdentity", {})
    body: dict[str, str] = answer["Response"]
    assert body.pop("RequestId")
    return body


@pytest.fixture
def accounts(server: SandboxServer) -> SandboxServer:
    server.control.post("seed", {"accounts": [ACCOUNT]})
    return server


@pytest.mark.parametrize(
    ("method", "signing"), [("POST", "TC3-HMAC-SHA256"), ("GET", "TC3-HMAC-SHA256"), ("POST", "HmacSHA256")]
)
def test_default_key_is_that_of_an_account(server: SandboxServer, method: str, signing: str) -> None:
    assert identity(server, method=method, signing=signing) == {
        "Type": "CAMUser",
        "AccountId": "1000000000000001",
        "UserId": "1000000000000001",
        "PrincipalId": "1000000000000001",
        "Arn": "qcs::cam:1000000000000001:uin/1000000000000001",
    }


def test_sub_account_has_a_number_of_its_own(accounts: SandboxServer) -> None:
    body = identity(accounts, "user", "s")

    assert (body["Type"], body["AccountId"]) == ("CAMUser", "1000000000000002")
    assert body["UserId"] == body["PrincipalId"] != body["AccountId"]
    assert body["Arn"] == f"qcs::cam:1000000000000002:uin/{body['UserId']}"
    assert body == identity(accounts, "user", "s")


def test_temporary_key_of_tencent_cloud_is_a_role(accounts: SandboxServer) -> None:
    body = identity(accounts, "AKIDtemporary", "s", "token")

    role_id, session = body["UserId"].split(":")
    assert (body["Type"], body["AccountId"], body["PrincipalId"]) == ("CAMRole", *["1000000000000002"] * 2)
    assert (role_id.isdecimal(), session) == (True, "AKIDtemporary")
    assert body["Arn"] == f"qcs::sts:1000000000000002:assumed-role/{role_id}"


def test_caller_who_is_not_admitted_has_no_identity(accounts: SandboxServer) -> None:
    assert refused(identity, accounts, "root", "wrong") == "AuthFailure.SignatureFailure"
    assert refused(identity, accounts, "nobody", "s") == "AuthFailure.SecretIdNotFound"
    assert refused(identity, accounts, "AKIDtemporary", "s") == "AuthFailure.TokenFailure"


def test_identity_takes_no_parameters_and_needs_a_region(server: SandboxServer) -> None:
    call = Tc3Call("GetCallerIdentity", "2018-08-13", service="sts", host="sts.tencentcloudapi.com")

    assert call.send(server).code is None
    assert Tc3Call(call.action, call.version, service="sts", body={"Uin": "1"}).send(server).code == "UnknownParameter"
    assert Tc3Call(call.action, call.version, service="sts", region=None).send(server).code == "MissingParameter"
    assert Tc3Call(call.action, call.version, service="cbs").send(server).code == "AuthFailure.SignatureFailure"


def test_calls_of_both_clouds_identity_services_are_recorded_as_sts(server: SandboxServer) -> None:
    identity(server)

    (call,) = server.control.get("calls")
    assert (call["service"], call["action"], call["region"]) == ("sts", "GetCallerIdentity", "ap-guangzhou")
