"""STS, version 2015-04-01: GetCallerIdentity, which reports whose key signed the request.

Not emulated: AssumeRole and its kin; seed temporary keys instead. A temporary key is an assumed role, named after
the `user` of its seed. Ids of users and roles are derived from account and name, so that they never change.
"""

from typing import Any

from sandbox.alibaba.rpc import Call, Service
from sandbox.core.accounts import DEFAULT_ROLE, stable_number
from sandbox.core.inventory import nothing


def _get_caller_identity(call: Call) -> dict[str, Any]:
    """Who calls: an account, one of its RAM users, or a role."""
    key, account = call.key, call.account
    if key.security_token is not None:
        role, session = key.user or DEFAULT_ROLE, key.access_key_id
        role_id = stable_number("3", account, role)
        identity = _identity(account, "AssumedRoleUser", f"{role_id}:{session}", f"assumed-role/{role}/{session}")
        return identity | {"RoleId": role_id}
    if key.user is not None:
        user_id = stable_number("2", account, key.user)
        return _identity(account, "RAMUser", user_id, f"user/{key.user}") | {"UserId": user_id}
    return _identity(account, "Account", account, "root") | {"UserId": account}


def _identity(account: str, kind: str, principal: str, name: str) -> dict[str, Any]:
    arn = f"acs:ram::{account}:{name}"
    return {"AccountId": account, "IdentityType": kind, "PrincipalId": principal, "Arn": arn}


SERVICE = Service(
    name="sts",
    product="Sts",
    host="sts.aliyuncs.com",
    version="2015-04-01",
    actions={"GetCallerIdentity": _get_caller_identity},
    inventory=nothing,
)
