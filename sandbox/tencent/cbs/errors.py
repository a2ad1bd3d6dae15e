"""Errors of CBS's snapshot actions.

`DOCUMENTED` holds the codes that the API reference and the vendor's SDKs give for the five actions, with a
message each. The backend raises each of them by itself, except those of `FAULT_ONLY`: they speak about things the
sandbox has not, or give no condition, and come from injected faults. All have HTTP status 200.
"""

from sandbox.core.api_error import ApiError
from sandbox.tencent.errors import OK

_BUSY = "The resource is busy. Try again later."
_NOT_SUPPORTED = "The operation is not supported for the snapshot."
_CONFLICT = "The specified snapshot is being replicated to the destination region."
_NOT_COPYABLE = "The snapshot does not support cross-region replication."
_BOUND = "The snapshot has created custom images. Delete the images first."
_SHARED = "The snapshot has been shared. Unshare it first."

DOCUMENTED: dict[str, str] = {
    "InsufficientSnapshotQuota": "Insufficient snapshot quota.",
    "InternalError.ComponentError": "Dependent component request failed. Please contact customer service.",
    "InternalError.ResourceOpFailed": "The operation on the resource failed. Try again later.",
    "InvalidAccount.InsufficientBalance": "Insufficient account balance.",
    "InvalidDisk.Busy": "The cloud disk is busy. Try again later.",
    "InvalidDisk.NotSupportSnapshot": "The cloud disk has no snapshot capability.",
    "InvalidDisk.NotSupported": "The cloud disk does not support this operation.",
    "InvalidDisk.SnapshotCreating": "A snapshot of the cloud disk is being created. Try again later.",
    "InvalidDisk.TypeError": "The type of the cloud disk is wrong.",
    "InvalidDiskId.NotFound": "The `DiskId` entered does not exist.",
    "InvalidFilter": "The specified filter is not supported.",
    "InvalidParameter.ProjectIdNotExist": "The project ID does not exist.",
    "InvalidParameterValue": "Invalid parameter value.",
    "InvalidSnapshot.NotSupported": _NOT_SUPPORTED,
    "InvalidSnapshotId.NotFound": "The `SnapshotId` entered does not exist.",
    "LimitExceeded.InstanceAttachedDisk": "The instance has too many cloud disks attached.",
    "MissingParameter": "A parameter is missing.",
    "ResourceBusy": _BUSY,
    "ResourceInUse": "The resource is in use.",
    "ResourceInUse.CopySnapshotConflict": _CONFLICT,
    "ResourceInUse.DiskRollbacking": "The cloud disk is being rolled back. Try again later.",
    "ResourceInsufficient.OverQuota": "Insufficient quota.",
    "ResourceNotFound.NotFound": "The resource does not exist.",
    "ResourceUnavailable.DiskSnapshotChainTooLarge": "The snapshot chain of the cloud disk is too long.",
    "ResourceUnavailable.NotSupported": "The resource does not support this operation.",
    "ResourceUnavailable.SnapshotCreating": "The snapshot is still being created and cannot be used yet.",
    "ResourceUnavailable.TooManyCreatingSnapshot": "Too many snapshots are being created.",
    "UnauthorizedOperation.MFAExpired": "The MFA has expired. Try again.",
    "UnsupportedOperation": "Unsupported operation.",
    "UnsupportedOperation.DiskEncrypt": "The cloud disk is encrypted.",
    "UnsupportedOperation.SnapHasShared": _SHARED,
    "UnsupportedOperation.SnapshotHasBindedImage": _BOUND,
    "UnsupportedOperation.SnapshotNotSupportCopy": _NOT_COPYABLE,
}
DETAILED: dict[str, str] = {
    "InvalidDiskId.NotFound": "The `DiskId` entered does not exist: {}.",
    "InvalidFilter": "The specified filter `{}` is not supported.",
    "InvalidSnapshot.NotSupported": "The operation is not supported for the snapshot {} in state {}.",
    "InvalidSnapshotId.NotFound": "The `SnapshotId` entered does not exist: {}.",
    "ResourceBusy": "The snapshot {} is {}.",
}
FAULT_ONLY = frozenset(
    {
        "InternalError.ComponentError",
        "InternalError.ResourceOpFailed",
        "InvalidDisk.TypeError",
        "InvalidParameter.ProjectIdNotExist",
        "LimitExceeded.InstanceAttachedDisk",
        "ResourceInUse",
        "ResourceInsufficient.OverQuota",
        "ResourceUnavailable.DiskSnapshotChainTooLarge",
        "ResourceUnavailable.TooManyCreatingSnapshot",
        "UnauthorizedOperation.MFAExpired",
        "UnsupportedOperation",
        "UnsupportedOperation.DiskEncrypt",
    }
)


def documented(code: str, *about: str) -> ApiError:
    """An error of the reference with its usual message, or with the detailed one about something."""
    return ApiError(code, DETAILED[code].format(*about) if about else DOCUMENTED[code], OK)
