"""What each error code of the CBS API means to a person: one row per code, with its class and the next step.

Codes come from the reference of CopySnapshotCrossRegions, the vendor's SDK for the other snapshot actions, and the
codes common to all of the vendor's APIs. A code that is not listed is judged by its family.
"""

from __future__ import annotations

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

CONFLICT = "ResourceInUse.CopySnapshotConflict"

_KEYS = "check TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, or the profile in use"
_TOKEN = "get a new temporary key, then run the same command again"  # noqa: S105 - advice, not a secret
_GRANT = "ask the account's administrator to grant this user or role the cbs:*Snapshot* actions"
_PAY = "the account's owner must top up the balance in the console, then run the same command again"
_AGAIN = "run the same command again; the request was retried until patience ran out"
_FIX = "correct the input that the message names"
_QUOTA = "delete snapshots that nobody needs in this region, or have the quota raised"
_BUSY = "wait until the other operation has ended, then run the same command again"
_GONE = "check the id and its region; if it was deleted, run `pulumi refresh`"
_DISK = "choose a disk that supports snapshots"
_ENDPOINT = "check that the endpoint is one of CBS"

RULES: dict[str, Rule] = {
    # -- The reference of CopySnapshotCrossRegions ---------------------------------------------------------------
    "InsufficientSnapshotQuota": Rule(QuotaReached, _QUOTA),
    "InternalError.ComponentError": Rule(Unavailable, _AGAIN),
    "InvalidAccount.InsufficientBalance": Rule(AccountBlocked, _PAY),
    "InvalidParameterValue": Rule(InvalidInput, _FIX),
    "InvalidSnapshot.NotSupported": Rule(
        InvalidInput, "choose a snapshot that is NORMAL, belongs to this account and is not shared by another"
    ),
    "InvalidSnapshotId.NotFound": Rule(NotFound, _GONE),
    "ResourceBusy": Rule(NotReady, _BUSY),
    CONFLICT: Rule(NotReady, "wait until the copy that runs to this region has ended, then run the same command again"),
    "UnsupportedOperation.SnapshotNotSupportCopy": Rule(
        InvalidInput, "choose a snapshot that is neither encrypted nor shared: others cannot be copied to a region"
    ),
    # -- The other snapshot actions ------------------------------------------------------------------------------
    "InternalError.ResourceOpFailed": Rule(Unavailable, _AGAIN),
    "InvalidDisk.Busy": Rule(NotReady, _BUSY),
    "InvalidDisk.NotSupportSnapshot": Rule(InvalidInput, _DISK),
    "InvalidDisk.NotSupported": Rule(InvalidInput, _DISK),
    "InvalidDisk.SnapshotCreating": Rule(NotReady, _BUSY),
    "InvalidDisk.TypeError": Rule(InvalidInput, _DISK),
    "InvalidDiskId.NotFound": Rule(NotFound, "check the disk's id and its region"),
    "InvalidFilter": Rule(InvalidInput, _FIX),
    "InvalidParameter.ProjectIdNotExist": Rule(InvalidInput, _FIX),
    "LimitExceeded.InstanceAttachedDisk": Rule(QuotaReached, _QUOTA),
    "MissingParameter": Rule(InvalidInput, _FIX),
    "ResourceInUse": Rule(NotReady, _BUSY),
    "ResourceInUse.DiskRollbacking": Rule(NotReady, _BUSY),
    "ResourceInsufficient.OverQuota": Rule(QuotaReached, _QUOTA),
    "ResourceNotFound.NotFound": Rule(NotFound, _GONE),
    "ResourceUnavailable.DiskSnapshotChainTooLarge": Rule(QuotaReached, "delete older snapshots of this disk"),
    "ResourceUnavailable.NotSupported": Rule(InvalidInput, "choose a resource that supports this"),
    "ResourceUnavailable.SnapshotCreating": Rule(NotReady, _BUSY),
    "ResourceUnavailable.TooManyCreatingSnapshot": Rule(NotReady, _BUSY),
    "UnauthorizedOperation.MFAExpired": Rule(PermissionDenied, "renew the MFA of this user, then run it again"),
    "UnsupportedOperation": Rule(InvalidInput, _FIX),
    "UnsupportedOperation.DiskEncrypt": Rule(InvalidInput, "choose a disk that is not encrypted"),
    "UnsupportedOperation.SnapHasShared": Rule(
        InvalidInput, "end the sharing of this snapshot in the console, then run the same command again"
    ),
    "UnsupportedOperation.SnapshotHasBindedImage": Rule(
        InvalidInput,
        "delete the images made of this snapshot, or set deleteBoundImages (delete_bound_images) on its destination",
    ),
    # -- Common to all APIs of the vendor ------------------------------------------------------------------------
    "AuthFailure.SecretIdNotFound": Rule(PermissionDenied, _KEYS),
    "AuthFailure.InvalidSecretId": Rule(PermissionDenied, _KEYS),
    "AuthFailure.InvalidAuthorization": Rule(PermissionDenied, _KEYS),
    "AuthFailure.SignatureFailure": Rule(PermissionDenied, _KEYS),
    "AuthFailure.SignatureExpire": Rule(
        PermissionDenied, "set this machine's clock (NTP): it is off by over 5 minutes"
    ),
    "AuthFailure.TokenFailure": Rule(CredentialsExpired, _TOKEN),
    "AuthFailure.MFAFailure": Rule(PermissionDenied, "renew the MFA of this user, then run it again"),
    "AuthFailure.UnauthorizedOperation": Rule(PermissionDenied, _GRANT),
    "UnauthorizedOperation": Rule(PermissionDenied, _GRANT),
    "RequestLimitExceeded": Rule(Throttled, _AGAIN),
    "LimitExceeded": Rule(QuotaReached, _QUOTA),
    "InternalError": Rule(Unavailable, _AGAIN),
    "ServiceUnavailable": Rule(Unavailable, _AGAIN),
    "FailedOperation": Rule(Unavailable, _AGAIN),
    "InvalidAction": Rule(InvalidInput, _ENDPOINT),
    "NoSuchVersion": Rule(InvalidInput, _ENDPOINT),
    "NoSuchProduct": Rule(InvalidInput, _ENDPOINT),
    "InvalidParameter": Rule(InvalidInput, _FIX),
    "UnknownParameter": Rule(InvalidInput, _FIX),
    "InvalidRequest": Rule(InvalidInput, _FIX),
    "UnsupportedRegion": Rule(InvalidInput, "check the spelling of the region's id"),
    "RegionUnavailable": Rule(InvalidInput, "choose a region that supports snapshots"),
    "ResourceNotFound": Rule(NotFound, _GONE),
    "ResourceUnavailable": Rule(NotReady, _BUSY),
    "ResourceInsufficient": Rule(QuotaReached, _QUOTA),
    "DryRunOperation": Rule(InvalidInput, "nothing was done: the request was marked as a dry run; send it without"),
}


def rule(code: str) -> Rule:
    """Find how to treat an error of the CBS API: by its code, else by what the code begins with."""
    family = code
    while family not in RULES and "." in family:
        family = family.rpartition(".")[0]
    if found := RULES.get(family):
        return found
    if code.endswith("NotFound"):
        return Rule(NotFound, _GONE)
    if code.startswith("AuthFailure"):
        return Rule(PermissionDenied, _KEYS)
    # An unknown code of a fault inside the cloud may have come after the request was carried out.
    return Rule(Unavailable, _AGAIN) if code.startswith("Internal") else Rule(InvalidInput, _FIX)
