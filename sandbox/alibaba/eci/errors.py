"""Errors of ECI's data cache actions.

`DOCUMENTED` is the error table that the API reference gives for CopyDataCache and UpdateDataCache alike: code
-> HTTP status and message. The backend raises each of them by itself, except those of `FAULT_ONLY`: the table is
ECI's common one, and these concern container groups, which a data cache has not. They come from injected faults.
"""

from pathlib import Path

from sandbox.alibaba.errors import ErrorTable
from sandbox.core import error_codes
from sandbox.core.api_error import ApiError

_FILE = Path(__file__).with_name("errors.toml")
_FAULT_ONLY = error_codes.read(_FILE, "fault_only")
DOCUMENTED = error_codes.read(_FILE) | _FAULT_ONLY
FAULT_ONLY = frozenset(_FAULT_ONLY)
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
