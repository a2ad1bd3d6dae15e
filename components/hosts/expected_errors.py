"""Lets expected errors leave the dynamic provider process as their one line, without a Python traceback.

The SDK's provider server answers every exception with `traceback.format_exc()` of its own `__main__` module. This
module puts its own formatter in that one place, for `ReplicaError` only: unexpected errors keep their traceback.
See docs/decisions/0003-one-line-errors.md.
"""

import sys
import traceback
from types import SimpleNamespace

from components.clouds.errors import ReplicaError


def show_in_one_line() -> None:
    """Install the formatter, where this process is the SDK's dynamic provider server."""
    server = sys.modules.get("__main__")
    if getattr(server, "DynamicResourceProviderServicer", None) and getattr(server, "traceback", None) is traceback:
        setattr(server, "traceback", SimpleNamespace(format_exc=_format_exc))  # noqa: B010 - mypy knows no such module attribute


def _format_exc() -> str:
    error = sys.exc_info()[1]
    return str(error) if isinstance(error, ReplicaError) else traceback.format_exc()
