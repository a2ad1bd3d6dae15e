"""Errors that Tencent Cloud's API gateway gives before a service sees the call.

All of them are answered with HTTP status 200. A service's own errors are in its own module (cbs_errors).
`COMMON` are the codes that every action may answer; those without a function here come only from a fault.
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


def common(code: str) -> ApiError:
    """An error of `COMMON` with its usual message."""
    return ApiError(code, COMMON[code], OK)


def missing_parameter(name: str) -> ApiError:
    """A required parameter is absent."""
    return ApiError("MissingParameter", f"The request is missing a required parameter `{name}`.", OK)


def unknown_parameter(name: str) -> ApiError:
    """A parameter that the action does not have."""
    return ApiError("UnknownParameter", f"The parameter `{name}` is not recognized.", OK)


def wrong_type(name: str) -> ApiError:
    """A parameter of another JSON type than the action's."""
    return ApiError("InvalidParameter", f"The value type of parameter `{name}` is not valid.", OK)


def unreadable(what: str) -> ApiError:
    """A body or a common parameter that cannot be read."""
    return ApiError("InvalidParameter", f"{what}.", OK)


def invalid_value(name: str, reason: str) -> ApiError:
    """A parameter has a value that cannot be."""
    message = f"The value specified in the parameter `{name}` is not valid: {reason}."
    return ApiError("InvalidParameterValue", message, OK)


def unsupported_region(region: str) -> ApiError:
    """There is no such region."""
    return ApiError("UnsupportedRegion", f"The API does not support the requested region `{region}`.", OK)


def unknown_action(action: str) -> ApiError:
    """No service of the sandbox has this action."""
    return ApiError("InvalidAction", f"The API `{action}` does not exist.", OK)


def unauthorized(service: str, action: str) -> ApiError:
    """The action is denied to this user."""
    message = f"You are not authorized to perform operation ({service}:{action}) resource (*) has no permission."
    return ApiError("AuthFailure.UnauthorizedOperation", message, OK)


def too_many_requests(times: int, limit: int) -> ApiError:
    """The account called this action too often."""
    message = (
        f"Your current request times equals to `{times}` in a second, which exceeds the frequency limit `{limit}`"
        " for a second. Please reduce the frequency of calls."
    )
    return ApiError("RequestLimitExceeded", message, OK)
