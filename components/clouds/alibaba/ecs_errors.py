"""What each error code of the ECS image calls means to a person: one row per code, with its class and the next step.

Codes come from the reference of CopyImage, from those of the other image calls, and from the API gateway. Two are
spelt as the vendor spells them.
"""

from __future__ import annotations

from components.clouds.alibaba.errors import AGAIN, FIX, GATEWAY, GRANT, KEYS, QUOTA, REGION, SUPPORT, by_status, listed
from components.clouds.errors import (
    AccountBlocked,
    InvalidInput,
    NotFound,
    NotReady,
    PermissionDenied,
    QuotaReached,
    Rule,
    Unavailable,
)

_NAME = "choose a name of 2 to 128 characters that begins with a letter; see docs/image.md"
_TEXT = "choose a description of 2 to 256 characters that does not begin with http:// or https://"
_GONE = "check the id and its region; if it was deleted, run `pulumi refresh`"
_COPYING = "wait until the copy has ended, or cancel it (CancelCopyImage), then run the same command again"
_SOURCE = "choose a custom image of this account whose snapshots can be copied"
_LARGE = "open a ticket with Alibaba Cloud: the image is larger than this account may copy"
_KMS = "authorize ECS to use this key, in the KMS console"
_SHARED = "end the sharing of this image in the console, then run the same command again"
_KEY = "name a key of the destination region that is enabled"

RULES: dict[str, Rule] = {
    # -- The reference of CopyImage ------------------------------------------------------------------------------
    "InvalidAliUid.IsNull": Rule(PermissionDenied, KEYS),
    "InvalidImageName.Malformed": Rule(InvalidInput, _NAME),
    "Forbbiden": Rule(PermissionDenied, GRANT),
    "InvalidDescription.Malformed": Rule(InvalidInput, _TEXT),
    "SourceRegion.NotFound": Rule(InvalidInput, REGION),
    "DestinationRegion.NotFound": Rule(InvalidInput, REGION),
    "InvalidImageId.NotFound": Rule(NotFound, _GONE),
    "IncorrectImageStatus": Rule(NotReady, "wait until the image is Available, then run the same command again"),
    "InvalidSnapshotId.NotFound": Rule(InvalidInput, _SOURCE),
    "InvalidImageName.Duplicated": Rule(InvalidInput, "delete or rename the image of this name, or choose another one"),
    "QuotaExceed.Image": Rule(QuotaReached, QUOTA),
    "QuotaExceed.Snapshot": Rule(QuotaReached, "delete snapshots that nobody needs in this region, or raise the quota"),
    "OperationDenied.ImageCopying": Rule(NotReady, _COPYING),
    "RegionNotSupportCopy": Rule(InvalidInput, "choose regions that support copying images"),
    "InvalidSnapshot.TooOld": Rule(InvalidInput, "choose an image whose snapshots were made after 2013-07-15"),
    "OperationDenied": Rule(InvalidInput, _SOURCE),
    "IncorrectDestinationRegion": Rule(InvalidInput, "choose another region than the source's"),
    "SizeExceed.Image": Rule(QuotaReached, _LARGE),
    "OperationDeined.EncryptedSnapshot": Rule(InvalidInput, "choose an image without encrypted snapshots"),
    "InternalError": Rule(Unavailable, AGAIN),
    "OperationDenied.SameRegionOnly": Rule(
        InvalidInput, "choose an image of this account: a shared one stays in its region"
    ),
    "OperationDenied.NotPublished": Rule(InvalidInput, "choose a region in which this marketplace image is published"),
    "InvalidParameter.KMSKeyId.CMKNotEnabled": Rule(InvalidInput, _KEY),
    "InvalidParameter.KMSKeyId.NotFound": Rule(InvalidInput, _KEY),
    "InvalidParameter.KMSKeyId.KMSUnauthorized": Rule(PermissionDenied, _KMS),
    "InvalidRegion.NotSupport": Rule(InvalidInput, "leave kms_key_id out, or choose a region that supports own keys"),
    "UserNotInTheWhiteList": Rule(AccountBlocked, SUPPORT),
    "InvalidParameter.EncryptedIllegal": Rule(InvalidInput, "set encrypted beside kms_key_id"),
    # -- The other image calls -----------------------------------------------------------------------------------
    "ImageUsingByInstance": Rule(NotReady, "release the instances that use the image, or set force_delete"),
    "ImageUseShared": Rule(InvalidInput, _SHARED),
    "ImageIsImporting": Rule(NotReady, "wait until the import has ended, then run the same command again"),
    "ImageIsExporting": Rule(NotReady, "wait until the export has ended, then run the same command again"),
    "ImageCreatedNotFromCopy": Rule(InvalidInput, "only a copy can be cancelled"),
    "CancelNotSupported": Rule(NotReady, "wait until the copy has ended, then run the same command again"),
    "InvalidResourceGroup.NotFound": Rule(InvalidInput, "check the resource group's id"),
    "InvalidResourceGroup.Duplicate": Rule(InvalidInput, "it is in this group already"),
    "NumberExceed.Tags": Rule(InvalidInput, FIX),
    "QuotaExceed.Tags": Rule(QuotaReached, "an image has 20 tags at most: take some away"),
    "DryRunOperation": Rule(InvalidInput, "nothing was done: the request was marked as a dry run; send it without"),
    **{code: rule for code, rule in GATEWAY.items() if code != "InternalError"},
}


def rule(code: str, status: int, message: str = "") -> Rule:
    """Find how to treat an error of the ECS API.

    Args:
        code: The `Code` of the answer.
        status: Its HTTP status.
        message: Its `Message`.
    """
    del message
    return listed(RULES, code) or by_status(code, status)
