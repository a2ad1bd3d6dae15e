"""Tencent Cloud's errors: the form of a table of them, and those that the API gateway gives before a service is called.

All of them are answered with HTTP status 200. A service's own errors are in its own module (`cbs.errors`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.core import error_codes
from sandbox.core.api_error import ApiError

OK = 200


@dataclass(frozen=True)
class ErrorTable:
    """The errors of one reference."""

    messages: Mapping[str, str]
    """Code -> its usual message."""
    detailed: Mapping[str, str]
    """Code -> the message that names what is wrong."""

    def error(self, code: str, *about: object) -> ApiError:
        """The error of a code with its usual message, or with the detailed one about something."""
        return ApiError(code, self.detailed[code].format(*about) if about else self.messages[code], OK)


def messages(path: Path, table: str = "codes") -> dict[str, str]:
    """Code -> message, from one table of a file of error codes."""
    return {code: message for code, (_, message) in error_codes.read(path, table).items()}


_FILE = Path(__file__).with_suffix(".toml")
COMMON = messages(_FILE)
common = ErrorTable(COMMON, messages(_FILE, "detailed")).error


def bad_value(name: str, reason: str) -> ApiError:
    """A parameter has a value that it cannot have."""
    return common("InvalidParameterValue", name, reason)


def unreadable(what: str) -> ApiError:
    """A body or a common parameter that cannot be read."""
    return ApiError("InvalidParameter", f"{what}.", OK)
