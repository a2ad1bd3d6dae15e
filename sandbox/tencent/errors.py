"""Errors that Tencent Cloud's API gateway gives before a service sees the call.

All of them are answered with HTTP status 200. A service's own errors are in its own module (`cbs.errors`).
`COMMON` are the codes that every action may answer; `DETAILED` are the messages that name what is wrong.
"""

from sandbox.core.api_error import ApiError

OK = 200
COMMON: dict[str, str] = {
    "ActionOffline": "The API has been taken offline.",
    "AuthFailure.InvalidAuthorization": "The Authorization in the request header is invalid.",
    "AuthFailure.InvalidSecretId": "The SecretId is not a TencentCloud API key.",
    "AuthFailure.MFAFailure": "MFA failed.",
    "AuthFailure.SecretIdNotFound": "The SecretId is not found, please ensure that your SecretId is correct.",
    "AuthFailure.SignatureExpire": "The signature has expired.",
    "AuthFailure.SignatureFailure": (
        "The provided credentials could not be validated. Please check your signature is correct."
    ),
    "AuthFailure.TokenFailure": "The token is not valid.",
    "AuthFailure.UnauthorizedOperation": "You are not authorized to perform this operation.",
    "DryRunOperation": "The request would have succeeded, but the DryRun parameter was used.",
    "FailedOperation": "The operation failed.",
    "InternalError": "An internal error has occurred. Please try again later.",
    "InvalidAction": "The API does not exist.",
    "InvalidParameter": "Incorrect parameter.",
    "InvalidParameterValue": "Invalid parameter value.",
    "InvalidRequest": "The multipart format of the request body is incorrect.",
    "IpInBlacklist": "Your IP is in the blacklist.",
    "IpNotInWhitelist": "Your IP is not in the allowlist.",
    "LimitExceeded": "The quota limit is exceeded.",
    "MissingParameter": "A parameter is missing.",
    "NoSuchProduct": "The product does not exist.",
    "NoSuchVersion": "The API version does not exist.",
    "RequestLimitExceeded": "The number of requests exceeds the frequency limit.",
    "RequestLimitExceeded.GlobalRegionUinLimitExceeded": "The uin exceeds the frequency limit.",
    "RequestLimitExceeded.IPLimitExceeded": "The number of IP requests exceeds the frequency limit.",
    "RequestLimitExceeded.UinLimitExceeded": "The number of uin requests exceeds the frequency limit.",
    "RequestSizeLimitExceeded": "The request size exceeds the upper limit.",
    "ResourceInUse": "The resource is in use.",
    "ResourceInsufficient": "The resource is insufficient.",
    "ResourceNotFound": "The resource does not exist.",
    "ResourceUnavailable": "The resource is unavailable.",
    "ResponseSizeLimitExceeded": "The response size exceeds the upper limit.",
    "ServiceUnavailable": "The service is unavailable now.",
    "UnauthorizedOperation": "Unauthorized operation.",
    "UnknownParameter": "Unknown parameter.",
    "UnsupportedOperation": "Unsupported operation.",
    "UnsupportedProtocol": "HTTP(S) request protocol error; only GET and POST requests are supported.",
    "UnsupportedRegion": "The API does not support the requested region.",
}
DETAILED: dict[str, str] = {
    "AuthFailure.UnauthorizedOperation": (
        "You are not authorized to perform operation ({}:{}) resource (*) has no permission."
    ),
    "InvalidAction": "The API `{}` does not exist.",
    "InvalidParameter": "The value type of parameter `{}` is not valid.",
    "InvalidParameterValue": "The value specified in the parameter `{}` is not valid: {}.",
    "MissingParameter": "The request is missing a required parameter `{}`.",
    "RequestLimitExceeded": (
        "Your current request times equals to `{}` in a second, which exceeds the frequency limit `{}`"
        " for a second. Please reduce the frequency of calls."
    ),
    "UnknownParameter": "The parameter `{}` is not recognized.",
    "UnsupportedRegion": "The API does not support the requested region `{}`.",
}


def common(code: str, *about: object) -> ApiError:
    """An error of `COMMON` with its usual message, or with the detailed one about something."""
    return ApiError(code, DETAILED[code].format(*about) if about else COMMON[code], OK)


def unreadable(what: str) -> ApiError:
    """A body or a common parameter that cannot be read."""
    return ApiError("InvalidParameter", f"{what}.", OK)
