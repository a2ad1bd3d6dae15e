"""What each error code of the ECI API means to a person: one row per code, with its class and the next step.

Codes come from the references of CopyDataCache and UpdateDataCache, plus what the API gateway answers to any call.
A code that is not listed is judged by its HTTP status and family, never guessed to be harmless.
"""

from __future__ import annotations

import re

from components.clouds.alibaba.errors import FIX, GATEWAY, GRANT, QUOTA, SUPPORT, by_status, listed
from components.clouds.errors import (
    AccountBlocked,
    InvalidInput,
    NotReady,
    PermissionDenied,
    QuotaReached,
    Rule,
)

_PAY = "the account's owner must settle the bill in the console, then run the same command again"
_NETWORK = "choose a security group and vSwitch of one VPC, in a zone that the vSwitch belongs to"

RULES: dict[str, Rule] = {
    # -- The references of CopyDataCache and UpdateDataCache ---------------------------------------------------
    "Account.Arrearage": Rule(AccountBlocked, _PAY),
    "DryRunOperation": Rule(InvalidInput, "nothing was done: the request was marked as a dry run; send it without"),
    "InvalidParameter.CPU.Memory": Rule(InvalidInput, FIX),
    "IncorrectStatus": Rule(NotReady, "wait until the DataCache is Available, then run the same command again"),
    "ServiceNotEnabled": Rule(AccountBlocked, "activate the service that the message names, in the console"),
    "DiskVolume.NotSupport": Rule(InvalidInput, SUPPORT),
    "RamRole.NotSupport": Rule(InvalidInput, "use credentials of a RAM user, or of a role that ECI supports"),
    "ImageCache.IncorrectStatus": Rule(NotReady, "wait until the cache is ready, then run the same command again"),
    "ImageCacheNotSupport": Rule(AccountBlocked, SUPPORT),
    "EipAddressPoolIpNotEnough": Rule(QuotaReached, "free addresses in the pool, or name another pool"),
    "OperationDenied.VswZoneMisMatch": Rule(InvalidInput, _NETWORK),
    "QuotaExceeded": Rule(QuotaReached, QUOTA),
    "Zone.NotOnSale": Rule(InvalidInput, "choose a vSwitch in a zone that is on sale"),
    "Forbidden.RiskControl": Rule(AccountBlocked, "the account's owner must clear the risk check in the console"),
    "Forbidden.SubUser": Rule(PermissionDenied, GRANT),
    "Forbidden.OnlyForInvitedTest": Rule(AccountBlocked, SUPPORT),
    "OperationDenied.SecurityGroupMisMatch": Rule(InvalidInput, _NETWORK),
    "InvalidVSwitchId.IpNotEnough": Rule(QuotaReached, "free addresses in the vSwitch, or name another vSwitch"),
    "Forbidden.UserBussinessStatus": Rule(AccountBlocked, _PAY),
    "Forbidden.UserNotRealNameAuthentication": Rule(AccountBlocked, "the account's owner must verify the real name"),
    "InvalidUser.PassRoleForbidden": Rule(PermissionDenied, "grant this user ram:PassRole for the role in use"),
    "OperationDenied.NoStock": Rule(QuotaReached, "try again later, or choose a vSwitch in another zone"),
    "NoPermission": Rule(PermissionDenied, GRANT),
    "SecurityRisk.3DVerification": Rule(AccountBlocked, "the account's owner must verify the payment card"),
    "CreateServiceLinkedRole.Denied": Rule(PermissionDenied, "grant this user ram:CreateServiceLinkedRole"),
    "InvalidParameter.Path.Duplicated": Rule(InvalidInput, "use a new path for each source, or deleteBeforeReplace"),
    **GATEWAY,
}

_TAKEN = re.compile(r"Duplicate|(?<!Operation)Conflict|(?<!Not)Exists?\b|InUse")


def rule(code: str, status: int, message: str = "") -> Rule:
    """Find how to treat an error of the ECI API.

    Args:
        code: The `Code` of the answer.
        status: Its HTTP status.
        message: Its `Message`.
    """
    if found := listed(RULES, code):
        return found
    if _TAKEN.search(code) and "path" in f"{code} {message}".lower():
        return RULES["InvalidParameter.Path.Duplicated"]  # no reference names this code: any spelling of it
    return by_status(code, status)
