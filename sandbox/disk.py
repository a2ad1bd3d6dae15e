"""Cloud disks of CBS: only what CreateSnapshot asks of them. They come from seeds; no action makes any."""

from typing import Literal

from pydantic import BaseModel

from sandbox.snapshot import DiskUsage
from sandbox.store import Store

SERVICE = "cbs-disk"
DiskState = Literal[
    "UNATTACHED", "ATTACHING", "ATTACHED", "DETACHING", "EXPANDING", "ROLLBACKING", "TORECYCLE", "DUMPING"
]


class Disk(BaseModel):
    """A disk in one region of one account."""

    id: str
    account: str
    region: str
    zone: str
    size: int
    usage: DiskUsage
    state: DiskState
    encrypted: bool
    project_id: int
    snapshot_ability: bool
    backups: list[str]
    """Ids of its backup points."""


class Disks:
    """All disks of the sandbox."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def save(self, disk: Disk) -> None:
        """Add a disk or replace the one of the same account, region and id."""
        self._store.run(
            "INSERT INTO resources (service, account, region, id, body) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (service, account, region, id) DO UPDATE SET body = excluded.body",
            (SERVICE, disk.account, disk.region, disk.id, disk.model_dump_json()),
        )

    def every(self, account: str, region: str) -> list[Disk]:
        """The disks of a region."""
        rows = self._store.rows(
            "SELECT body FROM resources WHERE service = ? AND account = ? AND region = ? ORDER BY seq",
            (SERVICE, account, region),
        )
        return [Disk.model_validate_json(body) for (body,) in rows]
