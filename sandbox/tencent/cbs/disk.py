"""Cloud disks of CBS: only what CreateSnapshot asks of them. They come from seeds; no action makes any."""

from typing import Literal

from sandbox.core.resource import Resource
from sandbox.core.resource_table import ResourceTable
from sandbox.tencent.cbs.snapshot import DiskUsage

DiskState = Literal[
    "UNATTACHED", "ATTACHING", "ATTACHED", "DETACHING", "EXPANDING", "ROLLBACKING", "TORECYCLE", "DUMPING"
]


class Disk(Resource):
    """A disk in one region of one account."""

    zone: str
    size: int
    usage: DiskUsage
    state: DiskState
    encrypted: bool
    project_id: int
    snapshot_ability: bool
    backups: list[str]
    """Ids of its backup points."""


class Disks(ResourceTable[Disk]):
    """All disks of the sandbox."""

    name = "cbs-disk"
    model = Disk
