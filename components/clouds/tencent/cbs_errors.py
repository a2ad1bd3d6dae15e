"""What each error code of the CBS API means to a person: one row per code, with its class and the next step.

Codes come from the reference of CopySnapshotCrossRegions, and from the vendor's SDK for the other snapshot actions.
"""

from __future__ import annotations

from components.clouds.error_table import BUSY, FAULT, FIX, GONE
from components.clouds.errors import (
    AccountBlocked,
    InvalidInput,
    NotFound,
    NotReady,
    PermissionDenied,
    QuotaReached,
    Rule,
)
from components.clouds.tencent.errors import table

CONFLICT = "ResourceInUse.CopySnapshotConflict"

_GRANT = Rule(PermissionDenied, "ask the account's administrator to grant this user or role the cbs:*Snapshot* actions")
_PAY = "the account's owner must top up the balance in the console, then run the same command again"
_QUOTA = Rule(QuotaReached, "delete unused snapshots in this region, or have the quota raised")
_DISK = Rule(InvalidInput, "choose a disk that supports snapshots")

ERRORS = table(
    "CBS",
    {
        # -- The reference of CopySnapshotCrossRegions -----------------------------------------------------------
        "InsufficientSnapshotQuota": _QUOTA,
        "InternalError.ComponentError": FAULT,
        "InvalidAccount.InsufficientBalance": Rule(AccountBlocked, _PAY),
        "InvalidSnapshot.NotSupported": Rule(
            InvalidInput, "choose a snapshot that is NORMAL, belongs to this account and is not shared by another"
        ),
        "InvalidSnapshotId.NotFound": GONE,
        "ResourceBusy": BUSY,
        CONFLICT: Rule(
            NotReady, "wait until the copy that runs to this region has ended, then run the same command again"
        ),
        "UnsupportedOperation.SnapshotNotSupportCopy": Rule(
            InvalidInput, "choose a snapshot that is neither encrypted nor shared: others cannot be copied to a region"
        ),
        # -- The other snapshot actions --------------------------------------------------------------------------
        "InternalError.ResourceOpFailed": FAULT,
        "InvalidDisk.Busy": BUSY,
        "InvalidDisk.NotSupportSnapshot": _DISK,
        "InvalidDisk.NotSupported": _DISK,
        "InvalidDisk.SnapshotCreating": BUSY,
        "InvalidDisk.TypeError": _DISK,
        "InvalidDiskId.NotFound": Rule(NotFound, "check the disk's id and its region"),
        "InvalidFilter": FIX,
        "InvalidParameter.ProjectIdNotExist": FIX,
        "LimitExceeded.InstanceAttachedDisk": _QUOTA,
        "ResourceInUse.DiskRollbacking": BUSY,
        "ResourceInsufficient.OverQuota": _QUOTA,
        "ResourceNotFound.NotFound": GONE,
        "ResourceUnavailable.DiskSnapshotChainTooLarge": Rule(QuotaReached, "delete older snapshots of this disk"),
        "ResourceUnavailable.NotSupported": Rule(InvalidInput, "choose a resource that supports this"),
        "ResourceUnavailable.SnapshotCreating": BUSY,
        "ResourceUnavailable.TooManyCreatingSnapshot": BUSY,
        "UnsupportedOperation.DiskEncrypt": Rule(InvalidInput, "choose a disk that is not encrypted"),
        "UnsupportedOperation.SnapHasShared": Rule(
            InvalidInput, "end the sharing of this snapshot in the console, then run the same command again"
        ),
        "UnsupportedOperation.SnapshotHasBindedImage": Rule(
            InvalidInput,
            "delete the images made of this snapshot, or set deleteBoundImages (delete_bound_images) on its "
            "destination",
        ),
        # -- Common to all APIs of the vendor, with what they mean for snapshots ---------------------------------
        "AuthFailure.UnauthorizedOperation": _GRANT,
        "UnauthorizedOperation": _GRANT,
        "LimitExceeded": _QUOTA,
        "ResourceInsufficient": _QUOTA,
        "RegionUnavailable": Rule(InvalidInput, "choose a region that supports snapshots"),
    },
)
RULES = ERRORS.rules
