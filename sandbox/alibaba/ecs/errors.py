"""Errors of ECS's image actions.

`DOCUMENTED` is the error table that the API reference gives for CopyImage: code -> HTTP status and message, the
vendor's spelling included. Codes that it lists with several messages have the one for the copy here; InternalError,
listed as 403 and 500, has 500. `OTHER_ACTIONS` are codes of the references of the other actions. What the backend
does not raise by itself comes from an injected fault.
"""

from sandbox.alibaba.errors import ErrorTable
from sandbox.core.api_error import ApiError

_INTERNAL = "The request processing has failed due to some unknown error, exception or failure."
_TOO_LARGE = "The image exceeds the maximum size. Please open a ticket to add the account to the white list."
_TOO_OLD = "This operation is denied because the specified snapshot is created before 2013-07-15."
_UNPUBLISHED = "The operation is denied because corresponding marketplace image is not published in destination region."
_SHARED_FROM_OTHERS = "The image shared from others can not be copied to another region directly."
_ENCRYPTED_SNAPSHOT = "The image contains encrypted snapshots, which do not support copying."
_KEY_NEEDS_ENCRYPTED = "The specified parameter Encrypted must be true when kmsKeyId is not empty."

DOCUMENTED: dict[str, tuple[int, str]] = {
    "InvalidAliUid.IsNull": (401, "The aliUid must not be null"),
    "InvalidImageName.Malformed": (400, "The specified destination Image name is wrongly formed."),
    "Forbbiden": (403, "User not authorized to operate on the specified resource."),
    "InvalidDescription.Malformed": (400, "The specified destination description is wrongly formed."),
    "SourceRegion.NotFound": (400, "The source region not found"),
    "DestinationRegion.NotFound": (400, "The destination region not found"),
    "InvalidImageId.NotFound": (404, "The specified ImageId does not exist."),
    "IncorrectImageStatus": (400, "The image not available."),
    "InvalidSnapshotId.NotFound": (400, "The specified SnapshotId does not exist."),
    "InvalidImageName.Duplicated": (400, "The destination image is exist."),
    "QuotaExceed.Image": (403, "The Image Quota exceeds."),
    "QuotaExceed.Snapshot": (403, "The snapshot quota exceeds."),
    "OperationDenied.ImageCopying": (403, "The Image are coping."),
    "RegionNotSupportCopy": (403, "The region not support copy."),
    "InvalidSnapshot.TooOld": (403, _TOO_OLD),
    "OperationDenied": (403, "The specified snapshot is not allowed to create image."),
    "IncorrectDestinationRegion": (403, "The destination region is not equal the target region."),
    "SizeExceed.Image": (403, _TOO_LARGE),
    "OperationDeined.EncryptedSnapshot": (403, _ENCRYPTED_SNAPSHOT),
    "OperationDenied.SameRegionOnly": (403, _SHARED_FROM_OTHERS),
    "OperationDenied.NotPublished": (403, _UNPUBLISHED),
    "InvalidParameter.KMSKeyId.CMKNotEnabled": (403, "The CMK needs to be enabled."),
    "InvalidParameter.KMSKeyId.NotFound": (404, "The specified KMSKeyId does not exist."),
    "InvalidParameter.KMSKeyId.KMSUnauthorized": (403, "ECS service have no right to access your KMS."),
    "InternalError": (500, _INTERNAL),
    "InvalidRegion.NotSupport": (403, "The specified region does not support byok."),
    "UserNotInTheWhiteList": (403, "The user is not in byok white list."),
    "InvalidParameter.EncryptedIllegal": (400, _KEY_NEEDS_ENCRYPTED),
}

_EXPORTING = "The specified image is currently being exported. You can use the DescribeTasks API to check the status."
_FORBIDDEN = "User not authorized to operate on the specified resource, or this API doesn't support RAM."
_USED = (
    "The specified image has been used to create instances. You can use the DescribeInstances API to query these"
    " instances, or you can use the force parameter to proceed."
)
_OWNER_ID = (
    'The parameter "ImageOwnerId" is not supported in this context, it is only valid when querying shared images or'
    " community images."
)
_PUBLIC = (
    "When querying images, the parameter ImageOwnerAlias should be others while specified parameter IsPublic is true."
)
_BOOT_MODE_IN_USE = "The boot mode of the image cannot be modified because it has associated instances."
_BEING_MADE = (
    "The operation cannot be performed because the image is creating."
    " Please wait until the creation is complete and try again."
)

OTHER_ACTIONS: dict[str, tuple[int, str]] = {
    "CancelNotSupported": (400, "The specified image coping can not be cancelled."),
    "DryRunOperation": (400, "Request validation has been passed with DryRun flag set."),
    "Forbidden.RAM": (403, _FORBIDDEN),
    "ImageCreatedNotFromCopy": (400, "The specified image is not the target image of a copy action."),
    "ImageIsExporting": (403, _EXPORTING),
    "ImageIsImporting": (403, "The specified Image is importing."),
    "ImageStatus.NotAvailable": (403, "The specified image status is not available."),
    "ImageStatus.NotDeprecated": (403, "The specified image status is not deprecated."),
    "ImageUseShared": (403, "The specified image has been shared to others."),
    "ImageUsingByInstance": (403, _USED),
    "InvalidArchitecture": (404, "The specified Architecture is not valid."),
    "InvalidBootMode.NotSupport": (400, "The specified parameter BootMode is not supported."),
    "InvalidFilterKey.NotFound": (404, "The specified Filter Key is not found."),
    "InvalidFilterValue": (404, "The specified Filter Value is not valid."),
    "InvalidFilterValue.NetworkType": (400, "The specified networkType value in the Filter is invalid."),
    "InvalidImageFamily.Malformed": (400, 'The specified parameter "ImageFamily" is malformed.'),
    "InvalidImageOwnerAlias.PublicImageUnsupported": (400, _PUBLIC),
    "InvalidImageOwnerAlias.ValueNotSupported": (400, "The specified ImageOwnerAlias value is not supported."),
    "InvalidLicenseType.NotSupported": (400, "The specified parameter LicenseType is not supported."),
    "InvalidOSType": (404, "The specified OSType is not valid."),
    "InvalidOperation.ImageOwnerIdUnsupported": (400, _OWNER_ID),
    "InvalidParameter.FeaturesImdsSupport": (400, "The specified parameter Features.ImdsSupport is not supported."),
    "InvalidParamter": (400, "Invalid Parameter."),
    "InvalidResourceGroup.Duplicate": (403, "The ResourceId provided has a ResourceGroup in our records."),
    "InvalidResourceGroup.NotFound": (404, "The ResourceGroup provided does not exist in our records."),
    "InvalidResourceId.NotFound": (404, "The specified ResourceIds are not found in our records."),
    "InvalidResourceType.NotFound": (404, "The ResourceType provided does not exist in our records."),
    "InvalidStatus.ImageIsCreating": (403, _BEING_MADE),
    "InvalidTag.Mismatch": (400, "The specified Tag.n.Key and Tag.n.Value are not match."),
    "InvalidTagCount": (400, "The specified tags are beyond the permitted range."),
    "InvalidUsage": (404, "The specified Usage is not valid."),
    "MissingParameter.RegionId": (404, "The parameter - RegionId should not be null."),
    "MissingParameter.ResourceIds": (404, "The parameter - ResourceIds.N should not be null."),
    "MissingParameter.ResourceType": (404, "The parameter - ResourceType should not be null."),
    "MissingParameter.Tags": (404, "The parameter - Tags should not be null."),
    "NumberExceed.ResourceIds": (400, "The ResourceIds parameter's number is exceed , Valid : 50"),
    "NumberExceed.Tags": (400, "The Tags parameter's number is exceed , Valid : 20"),
    "OperationDeined.ImageUsingByInstance": (403, _BOOT_MODE_IN_USE),
    "Param.Conflict": (403, "The specified all is true, but the specified TagKey.N is not empty."),
    "QuotaExceed.Tags": (403, "The quota of tags on resource is beyond permitted range."),
    "TagKey.Duplication": (403, "The TagKey has duplication with others, case-insensitive."),
}

ALL = DOCUMENTED | OTHER_ACTIONS


_TABLE = ErrorTable(ALL)
documented, refuse = _TABLE.error, _TABLE.refuse


def denied(action: str) -> ApiError:
    """An action that is denied to a RAM user; CopyImage has a code of its own."""
    return documented("Forbbiden" if action == "CopyImage" else "Forbidden.RAM")
