"""What each error code of the ECI API means to a person: one row per code, with its class and the next step.

Codes come from the references of CopyDataCache and UpdateDataCache.
"""

from __future__ import annotations

from components.clouds.alibaba.errors import QUOTA, SUPPORT, table
from components.clouds.error_table import DRY_RUN, FIX, GRANT
from components.clouds.errors import AccountBlocked, InvalidInput, NotReady, PermissionDenied, QuotaReached, Rule

_PAY = Rule(AccountBlocked, "the account's owner must settle the bill in the console, then run the same command again")
_NETWORK = Rule(InvalidInput, "choose a security group and vSwitch of one VPC, in a zone that the vSwitch belongs to")
_PATH = Rule(InvalidInput, "use a new path for each source, or deleteBeforeReplace")

_TAKEN = r"(?=\S*(Duplicate|(?<!Operation)Conflict|(?<!Not)Exists?\b|InUse))(?is:.*path)"
"""No reference names the code of a path that is in use: any spelling of it that code or message says of a path."""

ERRORS = table(
    "ECI",
    {
        "Account.Arrearage": _PAY,
        "DryRunOperation": DRY_RUN,
        "InvalidParameter.CPU.Memory": FIX,
        "IncorrectStatus": Rule(NotReady, "wait until the DataCache is Available, then run the same command again"),
        "ServiceNotEnabled": Rule(AccountBlocked, "activate the service that the message names, in the console"),
        "DiskVolume.NotSupport": Rule(InvalidInput, SUPPORT),
        "RamRole.NotSupport": Rule(InvalidInput, "use credentials of a RAM user, or of a role that ECI supports"),
        "ImageCache.IncorrectStatus": Rule(NotReady, "wait until the cache is ready, then run the same command again"),
        "ImageCacheNotSupport": Rule(AccountBlocked, SUPPORT),
        "EipAddressPoolIpNotEnough": Rule(QuotaReached, "free addresses in the pool, or name another pool"),
        "OperationDenied.VswZoneMisMatch": _NETWORK,
        "QuotaExceeded": QUOTA,
        "Zone.NotOnSale": Rule(InvalidInput, "choose a vSwitch in a zone that is on sale"),
        "Forbidden.RiskControl": Rule(AccountBlocked, "the account's owner must clear the risk check in the console"),
        "Forbidden.SubUser": GRANT,
        "Forbidden.OnlyForInvitedTest": Rule(AccountBlocked, SUPPORT),
        "OperationDenied.SecurityGroupMisMatch": _NETWORK,
        "InvalidVSwitchId.IpNotEnough": Rule(QuotaReached, "free addresses in the vSwitch, or name another vSwitch"),
        "Forbidden.UserBussinessStatus": _PAY,
        "Forbidden.UserNotRealNameAuthentication": Rule(
            AccountBlocked, "the account's owner must verify the real name"
        ),
        "InvalidUser.PassRoleForbidden": Rule(PermissionDenied, "grant this user ram:PassRole for the role in use"),
        "OperationDenied.NoStock": Rule(QuotaReached, "try again later, or choose a vSwitch in another zone"),
        "NoPermission": GRANT,
        "SecurityRisk.3DVerification": Rule(AccountBlocked, "the account's owner must verify the payment card"),
        "CreateServiceLinkedRole.Denied": Rule(PermissionDenied, "grant this user ram:CreateServiceLinkedRole"),
        "InvalidParameter.Path.Duplicated": _PATH,
    },
    (_TAKEN, _PATH),
)
RULES = ERRORS.rules
