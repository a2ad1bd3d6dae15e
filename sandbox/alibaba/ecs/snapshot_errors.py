"""Errors of ECS's snapshot actions.

No reference of CopySnapshot lists errors. `DOCUMENTED` has the two that the vendor's list of codes says of copies of
snapshots and those of the references of ModifySnapshotAttribute, DeleteSnapshot and DescribeSnapshots, and what the
references of neighbouring actions (CopyImage, CreateSnapshot, ResetDisk) say of the same thing. Which is which is said
in the file.
"""

from pathlib import Path

from sandbox.alibaba.errors import ErrorTable
from sandbox.core import error_codes

_FILE = Path(__file__).with_name("snapshot_errors.toml")
DOCUMENTED = error_codes.read(_FILE) | error_codes.read(_FILE, "assumed")
ALL = DOCUMENTED | error_codes.read(_FILE, "other_actions")
_TABLE = ErrorTable(ALL)
documented, refuse = _TABLE.error, _TABLE.refuse
