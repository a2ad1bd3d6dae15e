"""CBS's CreateSnapshot: which disk, or which backup point of one, and whether it can be done now."""

from typing import Any

from sandbox.alibaba.account_state import AccountStates
from sandbox.core.resource import Job
from sandbox.core.settings import Settings
from sandbox.tencent import errors as tencent_errors
from sandbox.tencent.api import Call
from sandbox.tencent.cbs import errors as cbs_errors
from sandbox.tencent.cbs.disk import Disk, Disks
from sandbox.tencent.cbs.requests import CreateSnapshot
from sandbox.tencent.cbs.snapshot import Snapshot, new_snapshot_id
from sandbox.tencent.cbs.store import Snapshots

UNNAMED = "Unnamed"
MAX_PER_DISK = 64
BUSY = frozenset({"ATTACHING", "DETACHING", "EXPANDING", "DUMPING"})


class SnapshotCreation:
    """The action."""

    def __init__(self, snapshots: Snapshots, disks: Disks, settings: Settings, states: AccountStates) -> None:
        self._snapshots = snapshots
        self._disks = disks
        self._settings = settings
        self._states = states

    def create_snapshot(self, call: Call, request: CreateSnapshot) -> dict[str, Any]:
        """Start to make a snapshot of a disk."""
        disk = self._find(call, request)
        self._refuse_unfit(disk, request)
        self._refuse_full(call, disk)
        if request.disk_backup_id:
            disk.backups.remove(request.disk_backup_id)
            self._disks.save(disk)
        snapshot = Snapshot(
            id=new_snapshot_id(),
            account=call.account,
            region=call.region,
            name=request.snapshot_name or UNNAMED,
            disk_id=disk.id,
            disk_size=disk.size,
            disk_usage=disk.usage,
            zone=disk.zone,
            project_id=disk.project_id,
            encrypted=disk.encrypted,
            created=call.now,
            modified=call.now,
            deadline=request.deadline,
            tags={tag.key: tag.value for tag in request.tags},
            creating=Job(started=call.now, seconds=self._settings.current().seconds("create_seconds", call.region)),
        )
        if request.disk_usage == "DATA_DISK":
            snapshot.disk_usage = "DATA_DISK"
        self._snapshots.save(snapshot)
        return {"SnapshotId": snapshot.id}

    def _find(self, call: Call, request: CreateSnapshot) -> Disk:
        disks = self._disks.of_region(call.account, call.region, call.now)
        if request.disk_backup_id:
            found = [disk for disk in disks if request.disk_backup_id in disk.backups]
            if not found or request.disk_id not in {None, found[0].id}:
                raise cbs_errors.documented("ResourceNotFound.NotFound")
            return found[0]
        disk = next((disk for disk in disks if disk.id == request.disk_id), None)
        if disk is None:
            raise cbs_errors.documented("InvalidDiskId.NotFound", request.disk_id or "")
        return disk

    def _refuse_unfit(self, disk: Disk, request: CreateSnapshot) -> None:
        if not disk.snapshot_ability:
            raise cbs_errors.documented("InvalidDisk.NotSupportSnapshot")
        if request.local_snap:
            raise cbs_errors.documented("InvalidDisk.NotSupported")
        if request.disk_usage == "SYSTEM_DISK" and disk.usage != "SYSTEM_DISK":
            raise tencent_errors.common("InvalidParameterValue", "DiskUsage", "the disk is a data disk")
        if disk.state in BUSY:
            raise cbs_errors.documented("InvalidDisk.Busy")
        if disk.state == "ROLLBACKING":
            raise cbs_errors.documented("ResourceInUse.DiskRollbacking")
        if disk.state == "TORECYCLE":
            raise cbs_errors.documented("ResourceUnavailable.NotSupported")

    def _refuse_full(self, call: Call, disk: Disk) -> None:
        state = self._states.of(call.account).cbs
        snapshots = self._snapshots.of_region(call.account, call.region, call.now)
        of_the_disk = [one for one in snapshots if one.disk_id == disk.id]
        if any(one.state(call.now) == "CREATING" for one in of_the_disk):
            raise cbs_errors.documented("InvalidDisk.SnapshotCreating")
        if len(of_the_disk) >= MAX_PER_DISK or state.snapshot_quota.is_reached(call.region, len(snapshots)):
            raise cbs_errors.documented("InsufficientSnapshotQuota")
        if not state.sufficient_balance:
            raise cbs_errors.documented("InvalidAccount.InsufficientBalance")
