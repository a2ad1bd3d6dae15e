"""What each error code of the ECS image calls means to a person: one row per code, with its class and the next step.

Codes come from the reference of CopyImage and from those of the other image calls. Two are spelt as the vendor spells
them.
"""

from __future__ import annotations

from components.clouds.alibaba.errors import KEYS, QUOTA, SUPPORT, table
from components.clouds.error_table import DRY_RUN, FIX, GONE, GRANT, REGION
from components.clouds.errors import AccountBlocked, InvalidInput, NotReady, PermissionDenied, QuotaReached, Rule

_NAME = "choose a name of 2 to 128 characters that begins with a letter; see docs/image.md"
_TEXT = "choose a description of 2 to 256 characters that does not begin with http:// or https://"
_COPYING = "wait until the copy has ended, or cancel it (CancelCopyImage), then run the same command again"
_SOURCE = Rule(InvalidInput, "choose a custom image of this account whose snapshots can be copied")
_LARGE = "open a ticket with Alibaba Cloud: the image is larger than this account may copy"
_KMS = "authorize ECS to use this key, in the KMS console"
_SHARED = "end the sharing of this image in the console, then run the same command again"
_KEY = Rule(InvalidInput, "name a key of the destination region that is enabled")

ERRORS = table(
    "ECS",
    {
        # -- The reference of CopyImage ------------------------------------------------------------------------------
        "InvalidAliUid.IsNull": KEYS,
        "InvalidImageName.Malformed": Rule(InvalidInput, _NAME),
        "Forbbiden": GRANT,
        "InvalidDescription.Malformed": Rule(InvalidInput, _TEXT),
        "SourceRegion.NotFound": REGION,
        "DestinationRegion.NotFound": REGION,
        "InvalidImageId.NotFound": GONE,
        "IncorrectImageStatus": Rule(NotReady, "wait until the image is Available, then run the same command again"),
        "InvalidSnapshotId.NotFound": _SOURCE,
        "InvalidImageName.Duplicated": Rule(
            InvalidInput, "delete or rename the image of this name, or choose another one"
        ),
        "QuotaExceed.Image": QUOTA,
        "QuotaExceed.Snapshot": Rule(QuotaReached, "delete unused snapshots in this region, or raise the quota"),
        "OperationDenied.ImageCopying": Rule(NotReady, _COPYING),
        "RegionNotSupportCopy": Rule(InvalidInput, "choose regions that support copying images"),
        "InvalidSnapshot.TooOld": Rule(InvalidInput, "choose an image whose snapshots were made after 2013-07-15"),
        "OperationDenied": _SOURCE,
        "IncorrectDestinationRegion": Rule(InvalidInput, "choose another region than the source's"),
        "SizeExceed.Image": Rule(QuotaReached, _LARGE),
        "OperationDeined.EncryptedSnapshot": Rule(InvalidInput, "choose an image without encrypted snapshots"),
        "OperationDenied.SameRegionOnly": Rule(
            InvalidInput, "choose an image of this account: a shared one stays in its region"
        ),
        "OperationDenied.NotPublished": Rule(
            InvalidInput, "choose a region in which this marketplace image is published"
        ),
        "InvalidParameter.KMSKeyId.CMKNotEnabled": _KEY,
        "InvalidParameter.KMSKeyId.NotFound": _KEY,
        "InvalidParameter.KMSKeyId.KMSUnauthorized": Rule(PermissionDenied, _KMS),
        "InvalidRegion.NotSupport": Rule(
            InvalidInput, "leave kms_key_id out, or choose a region that supports own keys"
        ),
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
        "NumberExceed.Tags": FIX,
        "QuotaExceed.Tags": Rule(QuotaReached, "an image has 20 tags at most: remove some"),
        "DryRunOperation": DRY_RUN,
    },
)
RULES = ERRORS.rules
