"""STS, version 2015-04-01: GetCallerIdentity, which tells whose key signed the request.

Not emulated: AssumeRole and its kin; seed temporary keys instead. A temporary key is an assumed role, named after
the `user` of its seed. Ids of users and roles are derived from account and name, so that they never change.
"""

import hashlib
from typing import Any

from sandbox.alibaba.rpc import Call, Service
from sandbox.core.accounts import AccessKey

NAME = "sts"
DEFAULT_ROLE = "sandbox"


class StsBackend:
    """The one action; it holds nothing."""

    def __init__(self) -> None:
        self.service = Service(
            name=NAME,
            product="Sts",
            host="sts.aliyuncs.com",
            version="2015-04-01",
            actions={"GetCallerIdentity": self.get_caller_identity},
            inventory=lambda _now: {},
        )

    def get_caller_identity(self, call: Call) -> dict[str, Any]:
        """Who calls: an account, one of its RAM users, or a role."""
        key = call.key
        identity = {"AccountId": key.account}
        if key.security_token is not None:
            return identity | _role(key)
        if key.user is not None:
            return identity | _user(key, key.user)
        return identity | {
            "IdentityType": "Account",
            "PrincipalId": key.account,
            "UserId": key.account,
            "Arn": f"acs:ram::{key.account}:root",
        }


def _user(key: AccessKey, user: str) -> dict[str, Any]:
    user_id = _number("2", key.account, user)
    return {
        "IdentityType": "RAMUser",
        "PrincipalId": user_id,
        "UserId": user_id,
        "Arn": f"acs:ram::{key.account}:user/{user}",
    }


def _role(key: AccessKey) -> dict[str, Any]:
    role, session = key.user or DEFAULT_ROLE, key.access_key_id
    role_id = _number("3", key.account, role)
    return {
        "IdentityType": "AssumedRoleUser",
        "PrincipalId": f"{role_id}:{session}",
        "RoleId": role_id,
        "Arn": f"acs:ram::{key.account}:assumed-role/{role}/{session}",
    }


def _number(first: str, *parts: str) -> str:
    digest = hashlib.sha256("/".join(parts).encode()).hexdigest()
    return first + str(int(digest, 16))[:17]
