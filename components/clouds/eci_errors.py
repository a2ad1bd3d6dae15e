"""What each error code of the ECI API means to a person: one row per code, with its class and the next step.

Codes come from the references of CopyDataCache and UpdateDataCache, plus what the API gateway answers to any call.
A code that is not listed is judged by its HTTP status and family, never guessed to be harmless.
"""

from __future__ import annotations

import re

from components.clouds.errors import (
    AccountBlocked,
    CredentialsExpired,
    InvalidInput,
    NotFound,
    NotReady,
    PermissionDenied,
    QuotaReached,
    Rule,
    Throttled,
    Unavailable,
)

_KEYS = "check ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or the profile in use"
_TOKEN = "get a new STS token, then run the same command again"  # noqa: S105 - advice, not a secret
_GRANT = "ask the account's administrator to grant this user or role the eci:*DataCache* actions"
_PAY = "the account's owner must settle the bill in the console, then run the same command again"
_SUPPORT = "open a ticket with Alibaba Cloud: the account is not admitted to this feature"
_AGAIN = "run the same command again; the request was retried with the same token until patience ran out"
_NETWORK = "choose a security group and vSwitch of one VPC, in a zone that the vSwitch belongs to"
_FIX = "correct the input that the message names"

RULES: dict[str, Rule] = {
    # -- The references of CopyDataCache and UpdateDataCache ---------------------------------------------------
    "Account.Arrearage": Rule(AccountBlocked, _PAY),
    "DryRunOperation": Rule(InvalidInput, "nothing was done: the request was marked as a dry run; send it without"),
    "InvalidParameter.CPU.Memory": Rule(InvalidInput, _FIX),
    "IncorrectStatus": Rule(NotReady, "wait until the DataCache is Available, then run the same command again"),
    "ServiceNotEnabled": Rule(AccountBlocked, "activate the service that the message names, in the console"),
    "DiskVolume.NotSupport": Rule(InvalidInput, _SUPPORT),
    "RamRole.NotSupport": Rule(InvalidInput, "use credentials of a RAM user, or of a role that ECI supports"),
    "ImageCache.IncorrectStatus": Rule(NotReady, "wait until the cache is ready, then run the same command again"),
    "ImageCacheNotSupport": Rule(AccountBlocked, _SUPPORT),
    "EipAddressPoolIpNotEnough": Rule(QuotaReached, "free addresses in the pool, or name another pool"),
    "OperationDenied.VswZoneMisMatch": Rule(InvalidInput, _NETWORK),
    "QuotaExceeded": Rule(QuotaReached, "raise the quota in Quota Center, or remove replicas from this region"),
    "Zone.NotOnSale": Rule(InvalidInput, "choose a vSwitch in a zone that is on sale"),
    "Forbidden.RiskControl": Rule(AccountBlocked, "the account's owner must clear the risk check in the console"),
    "Forbidden.SubUser": Rule(PermissionDenied, _GRANT),
    "Forbidden.OnlyForInvitedTest": Rule(AccountBlocked, _SUPPORT),
    "OperationDenied.SecurityGroupMisMatch": Rule(InvalidInput, _NETWORK),
    "InvalidVSwitchId.IpNotEnough": Rule(QuotaReached, "free addresses in the vSwitch, or name another vSwitch"),
    "Forbidden.UserBussinessStatus": Rule(AccountBlocked, _PAY),
    "Forbidden.UserNotRealNameAuthentication": Rule(AccountBlocked, "the account's owner must verify the real name"),
    "InvalidUser.PassRoleForbidden": Rule(PermissionDenied, "grant this user ram:PassRole for the role in use"),
    "OperationDenied.NoStock": Rule(QuotaReached, "try again later, or choose a vSwitch in another zone"),
    "NoPermission": Rule(PermissionDenied, _GRANT),
    "SecurityRisk.3DVerification": Rule(AccountBlocked, "the account's owner must verify the payment card"),
    "CreateServiceLinkedRole.Denied": Rule(PermissionDenied, "grant this user ram:CreateServiceLinkedRole"),
    # -- The API gateway ---------------------------------------------------------------------------------------
    "InvalidAccessKeyId.NotFound": Rule(PermissionDenied, _KEYS),
    "InvalidAccessKeyId.Inactive": Rule(PermissionDenied, _KEYS),
    "InvalidAccessKeyId": Rule(PermissionDenied, _KEYS),
    "SignatureDoesNotMatch": Rule(PermissionDenied, _KEYS),
    "IncompleteSignature": Rule(PermissionDenied, _KEYS),
    "MissingAccessKeyId": Rule(PermissionDenied, _KEYS),
    "InvalidTimeStamp.Expired": Rule(PermissionDenied, "set this machine's clock (NTP): it is off by over 15 minutes"),
    "SignatureNonceUsed": Rule(Unavailable, _AGAIN),
    "InvalidSecurityToken.Expired": Rule(CredentialsExpired, _TOKEN),
    "SecurityTokenExpired": Rule(CredentialsExpired, _TOKEN),
    "InvalidSecurityToken.Malformed": Rule(PermissionDenied, _TOKEN),
    "InvalidSecurityToken.MismatchWithAccessKey": Rule(PermissionDenied, _TOKEN),
    "MissingSecurityToken": Rule(PermissionDenied, _TOKEN),
    "Forbidden.RAM": Rule(PermissionDenied, _GRANT),
    "Throttling": Rule(Throttled, _AGAIN),
    "Throttling.User": Rule(Throttled, _AGAIN),
    "Throttling.Api": Rule(Throttled, _AGAIN),
    "ServiceUnavailable": Rule(Unavailable, _AGAIN),
    "LastTokenProcessing": Rule(Unavailable, _AGAIN),
    "IdempotentProcessing": Rule(Unavailable, _AGAIN),
    "OperationConflict": Rule(NotReady, "wait until the other operation has ended, then run the same command again"),
    "InternalError": Rule(Unavailable, _AGAIN),
    "IdempotentParameterMismatch": Rule(InvalidInput, "run the same command again: a fresh request has a new token"),
    "MissingParameter": Rule(InvalidInput, _FIX),
    "InvalidParameter": Rule(InvalidInput, _FIX),
    "InvalidParameter.Path.Duplicated": Rule(InvalidInput, "use a new path for each source, or deleteBeforeReplace"),
    "InvalidRegionId.NotFound": Rule(InvalidInput, "check the spelling of the region's id"),
    "InvalidAction.NotFound": Rule(InvalidInput, "check that the endpoint is one of the ECI service"),
    "InvalidVersion": Rule(InvalidInput, "check that the endpoint is one of the ECI service"),
}

_FAMILIES: tuple[tuple[str, Rule], ...] = (
    ("Throttling", Rule(Throttled, _AGAIN)),
    ("InvalidAccessKeyId", Rule(PermissionDenied, _KEYS)),
    ("Signature", Rule(PermissionDenied, _KEYS)),
    ("InvalidSecurityToken", Rule(PermissionDenied, _TOKEN)),
    ("Forbidden", Rule(PermissionDenied, _GRANT)),
    (
        "QuotaExceed",
        Rule(QuotaReached, "raise the quota in Quota Center, or remove replicas from this region"),
    ),
    ("InvalidRegionId", Rule(InvalidInput, "check the spelling of the region's id")),
)


_TAKEN = re.compile(r"Duplicate|(?<!Operation)Conflict|(?<!Not)Exists?\b|InUse")
_BUSY = re.compile(r"In(correct|valid)\w*Status|OperationConflict|Processing|Locked")


def rule(code: str, status: int, message: str = "") -> Rule:
    """Find how to treat an error of the ECI API.

    Args:
        code: The `Code` of the answer.
        status: Its HTTP status.
        message: Its `Message`.
    """
    if listed := RULES.get(code):
        return listed
    for family, of_family in _FAMILIES:
        if code.startswith(family):
            return of_family
    if _TAKEN.search(code) and "path" in f"{code} {message}".lower():
        return RULES["InvalidParameter.Path.Duplicated"]  # no reference names this code: any spelling of it
    return _by_status(code, status)


def _by_status(code: str, status: int) -> Rule:
    if code.endswith(("NotFound", "NotExist", "NotExists")):
        return Rule(NotFound, "check the id and its region; if it was deleted, run `pulumi refresh`")
    if _BUSY.search(code) or status == 409:
        return Rule(NotReady, "wait until it has settled, then run the same command again")
    if status >= 500:
        return Rule(Unavailable, _AGAIN)
    return Rule(PermissionDenied, _GRANT) if status == 403 else Rule(InvalidInput, _FIX)
