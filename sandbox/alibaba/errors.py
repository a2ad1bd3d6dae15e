"""Errors that Alibaba Cloud's RPC gateway gives before a service sees the call.

A service's own errors are in its own module (eci_errors).
"""

from http import HTTPStatus

from sandbox.core.api_error import ApiError


def action_not_found() -> ApiError:
    """No service of the sandbox has this action."""
    message = "Specified api is not found, please check your url and method."
    return ApiError("InvalidAction.NotFound", message, HTTPStatus.NOT_FOUND)


def invalid_version() -> ApiError:
    """The action exists, but not in this version."""
    return ApiError("InvalidVersion", "Specified parameter Version is not valid.")


def method_not_allowed() -> ApiError:
    """RPC knows GET and POST."""
    message = "Specified HTTP method is not supported."
    return ApiError("UnsupportedHTTPMethod", message, HTTPStatus.METHOD_NOT_ALLOWED)


def missing_parameter(name: str) -> ApiError:
    """A required parameter is absent or empty."""
    return ApiError(
        "MissingParameter",
        f"The input parameter {name} that is mandatory for processing this request is not supplied.",
    )


def invalid_parameter(name: str, reason: str) -> ApiError:
    """A parameter has a value that cannot be."""
    return ApiError(f"InvalidParameter.{name}", f"The specified parameter {name} is not valid: {reason}.")


def unknown_region(parameter: str) -> ApiError:
    """There is no such region."""
    message = f"The specified {parameter} does not exist."
    return ApiError("InvalidRegionId.NotFound", message, HTTPStatus.NOT_FOUND)


def incomplete_signature() -> ApiError:
    """No Authorization header, or one that cannot be read."""
    return ApiError("IncompleteSignature", "The request signature does not conform to Aliyun standards.")


def unknown_access_key() -> ApiError:
    """Nobody has this key."""
    message = "Specified access key is not found."
    return ApiError("InvalidAccessKeyId.NotFound", message, HTTPStatus.NOT_FOUND)


def malformed_timestamp() -> ApiError:
    """Not of the form 2026-11-22T10:56:35Z."""
    return ApiError("InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.")


def expired_timestamp() -> ApiError:
    """Signed more than 15 minutes from now."""
    return ApiError("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")


def signature_mismatch(string_to_sign: str, canonical_request: str = "") -> ApiError:
    """Another secret, or something changed after signing. All that was signed is quoted, session tokens included."""
    message = f"Specified signature is not matched with our calculation. server string to sign is:{string_to_sign}"
    if canonical_request:
        message += f"\nserver canonical request is:{canonical_request}"
    return ApiError("SignatureDoesNotMatch", message)


def nonce_used() -> ApiError:
    """A signed request was sent twice."""
    return ApiError("SignatureNonceUsed", "Specified signature nonce was used already.")


def missing_security_token() -> ApiError:
    """A temporary key without its token."""
    return ApiError("MissingSecurityToken", "SecurityToken is mandatory for this action.")


def foreign_security_token() -> ApiError:
    """A token that is not the one of this key."""
    message = "Specified SecurityToken mismatch with the AccessKey."
    return ApiError("InvalidSecurityToken.MismatchWithAccessKey", message)


def expired_security_token() -> ApiError:
    """A temporary key after its end."""
    return ApiError("InvalidSecurityToken.Expired", "Specified SecurityToken is expired.")


def forbidden_for_user() -> ApiError:
    """The action is denied to this RAM user."""
    message = "The specified action is not available for you."
    return ApiError("Forbidden.SubUser", message, HTTPStatus.FORBIDDEN)


def throttled() -> ApiError:
    """The account called too often."""
    return ApiError("Throttling.User", "Request was denied due to user flow control.")


def dry_run() -> ApiError:
    """A request with DryRun that would have been carried out."""
    return ApiError("DryRunOperation", "Request validation has been passed with DryRun flag set.")


def token_reused() -> ApiError:
    """A ClientToken that belongs to another request."""
    message = "The request uses the same client token as a previous, but non-identical request."
    return ApiError("IdempotentParameterMismatch", message)
