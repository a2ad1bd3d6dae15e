"""Alibaba Cloud's errors: the form of a table of them, and those of the gateway, before a service sees the call.

A service's own errors are in the `errors` of its room.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.core.api_error import ApiError


@dataclass(frozen=True)
class ErrorTable:
    """Errors of one reference."""

    rows: Mapping[str, tuple[int, str]]
    """Code -> HTTP status and message."""

    def error(self, code: str, message: str | None = None) -> ApiError:
        """The error of a code, with the message of the table unless another one of that code fits better."""
        status, usual = self.rows[code]
        return ApiError(code, message or usual, status)

    def refuse(self, conditions: Mapping[str, bool]) -> None:
        """Raise the error of the first code whose condition holds."""
        for code, holds in conditions.items():
            if holds:
                raise self.error(code)


gateway_error = ErrorTable(
    {
        "Forbidden.SubUser": (403, "The specified action is not available for you."),
        "IdempotentParameterMismatch": (
            400,
            "The request uses the same client token as a previous, but non-identical request.",
        ),
        "IncompleteSignature": (400, "The request signature does not conform to Aliyun standards."),
        "InternalError": (500, "The request processing has failed due to some unknown error."),
        "InvalidAccessKeyId.NotFound": (404, "Specified access key is not found."),
        "InvalidAction.NotFound": (404, "Specified api is not found, please check your url and method."),
        "InvalidSecurityToken.Expired": (400, "Specified SecurityToken is expired."),
        "InvalidSecurityToken.MismatchWithAccessKey": (400, "Specified SecurityToken mismatch with the AccessKey."),
        "InvalidTimeStamp.Expired": (400, "Specified time stamp or date value is expired."),
        "InvalidTimeStamp.Format": (400, "Specified time stamp or date value is not well formatted."),
        "InvalidVersion": (400, "Specified parameter Version is not valid."),
        "MissingSecurityToken": (400, "SecurityToken is mandatory for this action."),
        "ServiceUnavailable": (503, "The request has failed due to a temporary failure of the server."),
        "SignatureNonceUsed": (400, "Specified signature nonce was used already."),
        "Throttling.User": (400, "Request was denied due to user flow control."),
        "UnsupportedHTTPMethod": (405, "Specified HTTP method is not supported."),
    }
).error


def missing_parameter(name: str) -> ApiError:
    """A required parameter is absent or empty."""
    message = f"The input parameter {name} that is mandatory for processing this request is not supplied."
    return ApiError("MissingParameter", message)


def invalid_parameter(name: str, reason: str) -> ApiError:
    """A parameter has a value that is not allowed."""
    return ApiError(f"InvalidParameter.{name}", f"The specified parameter {name} is not valid: {reason}.")


def unknown_region(parameter: str) -> ApiError:
    """The region does not exist."""
    return ApiError("InvalidRegionId.NotFound", f"The specified {parameter} does not exist.", 404)


def signature_mismatch(string_to_sign: str, canonical_request: str = "") -> ApiError:
    """Another secret, or something changed after signing. All that was signed is quoted, session tokens included."""
    message = f"Specified signature is not matched with our calculation. server string to sign is:{string_to_sign}"
    if canonical_request:
        message += f"\nserver canonical request is:{canonical_request}"
    return ApiError("SignatureDoesNotMatch", message)
