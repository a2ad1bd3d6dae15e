"""Alibaba Cloud's errors: the form of a table of them, and those of the gateway, before a service sees the call.

A service's own errors are in the `errors` of its room.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.core import error_codes
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


gateway_error = ErrorTable(error_codes.read(Path(__file__).with_name("errors.toml"))).error


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
