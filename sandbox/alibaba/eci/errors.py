"""Errors of ECI's data cache actions.

`DOCUMENTED` is the error table that the API reference gives for CopyDataCache and UpdateDataCache alike: code
-> HTTP status and message. The backend raises each of them by itself, except those of `FAULT_ONLY`: the table is
ECI's common one, and these speak of container groups, which a data cache has not. They come from injected faults.
"""

from sandbox.alibaba.errors import ErrorTable
from sandbox.core.api_error import ApiError

_ROLE = "The RAM role AliyunECIContainerGroupRole does not belong to eci.aliyuncs.com. Please check and try again."
_NO_STOCK = (
    "Sales of this resource are temporarily suspended in the specified zone. We recommend that you use"
    " the multi-zone creation function to avoid the risk of insufficient resource. For more information, see"
    " https://help.aliyun.com/document_detail/157290.html"
)
_CARD = (
    "We have detected a security risk with your default credit or debit card."
    " Please proceed with verification via the link in your email."
)
_IMAGE_CACHE = "Image cache is not available for all users. If you want to enable this function, contact us."
_OVERDUE = "This operation is not allowed, because you have overdue bills. Pay the overdue bill and try again."
_REAL_NAME = "This operation is not allowed, because you have not passed the real-name verification."
_RISK = "This operation has been identified as an abnormal operation and cannot be processed."
_GROUP = "The specified VSwitchId and SecurityGroupId are not in the same VPC."
_LINKED_ROLE = "Please make sure the account has ram:CreateServiceLinkedRole permission."
_INVITED = "Eci create action is only open to invited users during public beta."

DOCUMENTED: dict[str, tuple[int, str]] = {
    "Account.Arrearage": (400, "Your account has an outstanding payment."),
    "DryRunOperation": (400, "Request validation has been passed with DryRun flag set."),
    "InvalidParameter.CPU.Memory": (400, "The specified cpu and memory are not allowed"),
    "IncorrectStatus": (400, "The status of the resource does not support this operation."),
    "ServiceNotEnabled": (400, "The service is not enabled."),
    "DiskVolume.NotSupport": (400, "The disk volume is not supported."),
    "RamRole.NotSupport": (400, "The RAM role is not supported."),
    "ImageCache.IncorrectStatus": (400, "The status of the image cache does not support this operation."),
    "ImageCacheNotSupport": (400, _IMAGE_CACHE),
    "EipAddressPoolIpNotEnough": (400, "The ip address of specified PublicIpAddressPool is not enough."),
    "OperationDenied.VswZoneMisMatch": (403, "The specified VSwitchId is not in the specified Zone."),
    "QuotaExceeded": (403, "DataCache quota exceeded."),
    "Zone.NotOnSale": (403, "The specified zone is not available for purchase."),
    "Forbidden.RiskControl": (403, _RISK),
    "Forbidden.SubUser": (403, "The specified action is not available for you."),
    "Forbidden.OnlyForInvitedTest": (403, _INVITED),
    "OperationDenied.SecurityGroupMisMatch": (403, _GROUP),
    "InvalidVSwitchId.IpNotEnough": (403, "The specified VSwitch does not have enough IP addresses."),
    "Forbidden.UserBussinessStatus": (403, _OVERDUE),
    "Forbidden.UserNotRealNameAuthentication": (403, _REAL_NAME),
    "InvalidUser.PassRoleForbidden": (403, "The RAM user is not authorized to assume a RAM role."),
    "OperationDenied.NoStock": (403, _NO_STOCK),
    "NoPermission": (403, _ROLE),
    "SecurityRisk.3DVerification": (403, _CARD),
    "CreateServiceLinkedRole.Denied": (403, _LINKED_ROLE),
}

FAULT_ONLY = frozenset(
    {
        "InvalidParameter.CPU.Memory",
        "DiskVolume.NotSupport",
        "RamRole.NotSupport",
        "ImageCache.IncorrectStatus",
        "ImageCacheNotSupport",
    }
)


_TABLE = ErrorTable(DOCUMENTED)
documented, refuse = _TABLE.error, _TABLE.refuse


def incorrect_status(cache_id: str, status: str, wanted: str) -> ApiError:
    """The data cache exists but is not in a status that allows the action."""
    return documented("IncorrectStatus", f"The data cache {cache_id} is in status {status}; {wanted}.")


def data_cache_not_found(named: str) -> ApiError:
    """No such data cache in this region and account. The reference names no code for it."""
    return ApiError("InvalidParameter.DataCacheId.NotFound", f"The specified data cache {named} does not exist.", 404)


def path_taken(bucket: str, path: str, region: str) -> ApiError:
    """Another data cache has this bucket and path. The reference names no code for it."""
    message = f"The path {path} in bucket {bucket} is already used by another data cache in {region}."
    return ApiError("InvalidParameter.Path.Duplicated", message)
