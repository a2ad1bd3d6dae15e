"""Errors of CVM's image actions.

`DOCUMENTED` holds the codes that the vendor's SDKs give for the five actions, with a message each. The backend raises
each of them by itself, except those of `FAULT_ONLY`: they concern things that the sandbox does not have, or name no
condition, and come from injected faults. All have HTTP status 200.
"""

from pathlib import Path

from sandbox.tencent.errors import ErrorTable, messages

_FILE = Path(__file__).with_suffix(".toml")
_FAULT_ONLY = messages(_FILE, "fault_only")
DOCUMENTED, FAULT_ONLY = messages(_FILE) | _FAULT_ONLY, frozenset(_FAULT_ONLY)
documented = ErrorTable(DOCUMENTED, messages(_FILE, "detailed")).error
