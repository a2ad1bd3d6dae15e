"""Errors of the Tag service's actions, all with HTTP status 200: `FAULT_ONLY` ones come from injected faults only."""

from pathlib import Path

from sandbox.tencent.errors import ErrorTable, messages

_FILE = Path(__file__).with_suffix(".toml")
_FAULT_ONLY = messages(_FILE, "fault_only")
DOCUMENTED, FAULT_ONLY = messages(_FILE) | _FAULT_ONLY, frozenset(_FAULT_ONLY)
documented = ErrorTable(DOCUMENTED, {}).error
