"""STS, version 2018-08-13: GetCallerIdentity, which reports whose key signed the request.

Not emulated: AssumeRole and its kin; seed temporary keys instead. A temporary key is an assumed role, named after the
`user` of its seed. Ids of sub-accounts and roles are derived from account and name, so that they never change.

What the reference leaves open: the account itself has the Arn of a user of its own, and the type CAMUser; the account
that asked for the temporary key of a role is the role's own.
"""

from typing import Any

from sandbox.core.accounts import DEFAULT_ROLE, stable_number
from sandbox.core.inventory import nothing
from sandbox.tencent.api import Call, Service
from sandbox.tencent.request import Request, action


class GetCallerIdentity(Request):
    """It has no parameters of its own."""


def _get_caller_identity(call: Call, _request: GetCallerIdentity) -> dict[str, Any]:
    """Who calls: an account, one of its sub-accounts, or a role."""
    key, account = call.key, call.account
    if key.security_token is not None:
        role_id = stable_number("46", account, key.user or DEFAULT_ROLE)
        return {
            "Type": "CAMRole",
            "AccountId": account,
            "UserId": f"{role_id}:{key.access_key_id}",
            "PrincipalId": account,
            "Arn": f"qcs::sts:{account}:assumed-role/{role_id}",
        }
    uin = account if key.user is None else stable_number("1", account, key.user)
    arn = f"qcs::cam:{account}:uin/{uin}"
    return {"Type": "CAMUser", "AccountId": account, "UserId": uin, "PrincipalId": uin, "Arn": arn}


SERVICE = Service("sts", "2018-08-13", dict([action(GetCallerIdentity, _get_caller_identity)]), {}, nothing)
