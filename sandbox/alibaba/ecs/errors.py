"""Errors of ECS's image actions.

`DOCUMENTED` is the error table that the API reference gives for CopyImage: code -> HTTP status and message, the
vendor's spelling included. Codes that it lists with several messages have the one for the copy here; InternalError,
listed as 403 and 500, has 500. `ALL` has the codes of the references of the other actions, too. What the backend
does not raise by itself comes from an injected fault.
"""

from pathlib import Path

from sandbox.alibaba.errors import ErrorTable
from sandbox.core import error_codes
from sandbox.core.api_error import ApiError

_FILE = Path(__file__).with_name("errors.toml")
DOCUMENTED = error_codes.read(_FILE)
ALL = DOCUMENTED | error_codes.read(_FILE, "other_actions")
_TABLE = ErrorTable(ALL)
documented, refuse = _TABLE.error, _TABLE.refuse


def denied(action: str) -> ApiError:
    """An action that is denied to a RAM user; CopyImage has a code of its own."""
    return documented("Forbbiden" if action == "CopyImage" else "Forbidden.RAM")
