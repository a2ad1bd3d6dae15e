from typing import Any

import pytest

from sandbox.core.server import SandboxServer
from tests.sandbox.core.raw_http import RawCall, V1Call

ACCOUNT = {
    "id": "1000000000000002",
    "keys": [
        {"access_key_id": "root", "access_key_secret": "s"},
        {"access_key_id": "user", "access_key_secret": "s", "user": "eve"},
        {"access_key_id": "STS.1", "access_key_secret": "s", "security_token": "token", "user": "deployer"},
    ],
}
CALL: dict[str, Any] = {"action": "GetCallerIdentity", "version": "2015-04-01", "query": {}}


@pytest.fixture
def accounts(server: SandboxServer) -> SandboxServer:
    server.control.post("seed", {"accounts": [ACCOUNT]})
    return server


def test_default_key_is_that_of_an_account(server: SandboxServer) -> None:
    status, body = RawCall(**CALL, host="sts.aliyuncs.com").send(server)

    assert status == 200
    assert body.pop("RequestId")
    assert body == {
        "IdentityType": "Account",
        "AccountId": "1000000000000001",
        "PrincipalId": "1000000000000001",
        "UserId": "1000000000000001",
        "Arn": "acs:ram::1000000000000001:root",
    }


def test_ram_user(accounts: SandboxServer) -> None:
    _, body = RawCall(**CALL, key="user", secret="s").send(accounts)

    assert (body["IdentityType"], body["AccountId"]) == ("RAMUser", "1000000000000002")
    assert body["Arn"] == "acs:ram::1000000000000002:user/eve"
    assert body["UserId"] == body["PrincipalId"]
    assert body["UserId"].isdecimal()


def test_temporary_key_is_a_role(accounts: SandboxServer) -> None:
    _, body = RawCall(**CALL, key="STS.1", secret="s", token="token").send(accounts)

    assert (body["IdentityType"], body["AccountId"]) == ("AssumedRoleUser", "1000000000000002")
    assert body["Arn"] == "acs:ram::1000000000000002:assumed-role/deployer/STS.1"
    assert body["PrincipalId"] == f"{body['RoleId']}:STS.1"
    assert "UserId" not in body


def test_v1_signature_and_proxy_form(accounts: SandboxServer) -> None:
    call = V1Call(**CALL, key="root", secret="s", host="sts.cn-beijing.aliyuncs.com")

    status, body = call.send(accounts, prefix="http://sts.cn-beijing.aliyuncs.com")

    assert (status, body["AccountId"]) == (200, "1000000000000002")


def test_wrong_secret(server: SandboxServer) -> None:
    status, body = V1Call(**CALL, secret="wrong").send(server)

    assert (body["Code"], status) == ("SignatureDoesNotMatch", 400)
