"""CBS's snapshots, version 2017-03-12: copies to other regions, and all that can be done with a snapshot.

The actions are CopySnapshotCrossRegions, DescribeSnapshots, ModifySnapshotAttribute, DeleteSnapshots and
CreateSnapshot.

Not emulated: disks beyond what CreateSnapshot asks of them (they come from seeds), images beyond their ids,
snapshot groups and policies, rollback, sharing, the recycle bin, project names, prices;
ROLLBACKING and TORECYCLE only come from seeds. Codes that need such things come from faults.

Where the API reference is silent, the stricter of the likely behaviours was chosen:

All. A snapshot that is not NORMAL is refused with InvalidSnapshot.NotSupported, ROLLBACKING with ResourceBusy.
Names have 1 to 60 characters, not only white space. Times in answers are Beijing time without a zone, as the
service shows them; a Deadline in a request must be ISO 8601 with one. DeadlineTime is empty for a permanent snapshot.

Copy. SnapshotId is needed. An unknown region, a region twice, the source's own region, or anything wrong with
the source refuses the whole call; a running copy (ResourceInUse.CopySnapshotConflict), a full region
(InsufficientSnapshotQuota) and an ordered region_error refuse that region only, with an empty SnapshotId,
also when it is the only one. Once a copy has ended, the same call makes a second one. A copy is permanent,
has no tags and keeps disk id and size. Encrypted snapshots and those shared with or by others cannot be copied.
Without a name it is `Copied <source id> from <source region>`. A copy that fails does not say so.

Describe. Newest first; TotalCount counts all that match. Limit and Offset hold for ids too, so 21 ids without
a Limit give 20 snapshots. Unknown ids are simply missing. An empty list of ids or filters lists everything.
snapshot-name finds any part of a name, in any case.

Modify. Deadline does something only together with IsPermanent=false, and is ignored otherwise; it must be in
the future, and IsPermanent=false needs one for a permanent snapshot. A snapshot that is shared or has images
cannot get one. Any state can be modified, as the reference names none here, unless `modify_needs_normal`.

Delete. A snapshot from another account is InvalidSnapshot.NotSupported, one being created is
ResourceUnavailable.SnapshotCreating, the source of a running copy ResourceBusy. Deleted ones are gone at once.

Create. The deadline must be a day away. A disk that is busy or that another snapshot is being made of is
refused; a disk has 64 snapshots at most. A backup point is used up. LocalSnap is InvalidDisk.NotSupported, since
only admitted accounts have it.
"""

from dataclasses import dataclass
from typing import Any

from sandbox.alibaba.account_state import AccountStates
from sandbox.core.api_error import ApiError
from sandbox.core.faults import Faults
from sandbox.core.resource import Job, Origin
from sandbox.core.settings import Settings
from sandbox.tencent.api import Call, Service
from sandbox.tencent.cbs import requests
from sandbox.tencent.cbs.disk import Disk, Disks
from sandbox.tencent.cbs.errors import DOCUMENTED, documented
from sandbox.tencent.cbs.snapshot import Snapshot, Snapshots, Transfer, new_snapshot_id
from sandbox.tencent.errors import OK, bad_value, common
from sandbox.tencent.request import action

NAME = "cbs"
UNNAMED = "Unnamed"
MAX_PER_DISK = 64
UNFIT_DISK = {
    **dict.fromkeys(("ATTACHING", "DETACHING", "EXPANDING", "DUMPING"), "InvalidDisk.Busy"),
    "ROLLBACKING": "ResourceInUse.DiskRollbacking",
    "TORECYCLE": "ResourceUnavailable.NotSupported",
}
"""State of a disk -> the error of making a snapshot of it."""


@dataclass(frozen=True)
class CbsBackend:
    """The actions and the rules between snapshots."""

    snapshots: Snapshots
    disks: Disks
    settings: Settings
    faults: Faults
    states: AccountStates

    @property
    def service(self) -> Service:
        """CBS as the gateway sees it."""
        actions = (
            action(requests.CopySnapshotCrossRegions, self.copy_snapshot_cross_regions),
            action(requests.DescribeSnapshots, self.describe_snapshots),
            action(requests.ModifySnapshotAttribute, self.modify_snapshot_attribute),
            action(requests.DeleteSnapshots, self.delete_snapshots),
            action(requests.CreateSnapshot, self.create_snapshot),
        )
        return Service(NAME, "2017-03-12", dict(actions), DOCUMENTED, self.snapshots.inventory)

    def copy_snapshot_cross_regions(self, call: Call, request: requests.CopySnapshotCrossRegions) -> dict[str, Any]:
        """Start a copy to each of some regions; a region that cannot have one says so in its own result."""
        name = request.snapshot_name or f"Copied {request.snapshot_id} from {call.region}"
        source = self._find(call, request.snapshot_id)
        if source.encrypted or source.shared_from or source.shared_with:
            raise documented("UnsupportedOperation.SnapshotNotSupportCopy")
        _refuse_unless_normal(source, call)
        if not self.states.of(call.account).cbs.sufficient_balance:
            raise documented("InvalidAccount.InsufficientBalance")
        results = [self._copy_result(call, source, region, name) for region in request.destination_regions]
        return {"SnapshotCopyResultSet": results}

    def describe_snapshots(self, call: Call, request: requests.DescribeSnapshots) -> dict[str, Any]:
        """List the snapshots of a region, a page at a time."""
        matching = [
            snapshot
            for snapshot in self.snapshots.of_region(call.account, call.region, call.now, request.snapshot_ids or None)
            if snapshot.visible_from <= call.now and all(one.fits(snapshot, call.now) for one in request.filters)
        ]
        matching.sort(key=lambda snapshot: snapshot.created)
        if request.order == "DESC":
            matching.reverse()
        copying_to = self.snapshots.destinations(call.account, call.region, call.now)
        return {
            "TotalCount": len(matching),
            "SnapshotSet": [
                snapshot.described(call.now, copying_to.get(snapshot.id, []))
                for snapshot in matching[request.offset : request.offset + request.limit]
            ],
        }

    def modify_snapshot_attribute(self, call: Call, request: requests.ModifySnapshotAttribute) -> dict[str, Any]:
        """Rename a snapshot, give it a deadline, or make it permanent."""
        snapshot = self._find(call, request.snapshot_id)
        if snapshot.shared_from:
            raise documented("InvalidSnapshot.NotSupported")
        if self.settings.current().modify_needs_normal:
            _refuse_unless_normal(snapshot, call)
        if request.snapshot_name is not None:
            snapshot.name = request.snapshot_name
        if request.is_permanent:
            snapshot.deadline = None
        elif request.is_permanent is False:
            if request.deadline is None and snapshot.deadline is None:
                raise common("MissingParameter", "Deadline")
            _refuse_if_used(snapshot)
            snapshot.deadline = snapshot.deadline if request.deadline is None else request.deadline
        snapshot.modified = call.now
        self.snapshots.save(snapshot)
        return {}

    def delete_snapshots(self, call: Call, request: requests.DeleteSnapshots) -> dict[str, Any]:
        """Delete some snapshots, or none of them when one cannot be deleted."""
        snapshots = [self._find(call, snapshot_id) for snapshot_id in request.snapshot_ids]
        copying_to = self.snapshots.destinations(call.account, call.region, call.now)
        for snapshot in snapshots:
            if snapshot.shared_from:
                raise documented("InvalidSnapshot.NotSupported")
            if snapshot.state(call.now) == "CREATING":
                raise documented("ResourceUnavailable.SnapshotCreating")
            _refuse_unless_normal(snapshot, call)
            if copying_to.get(snapshot.id):
                raise documented("ResourceBusy", snapshot.id, "being replicated to another region")
            _refuse_if_used(snapshot, images_may_go=request.delete_bind_images)
        for snapshot in snapshots:
            self.snapshots.delete(snapshot)
        return {}

    def create_snapshot(self, call: Call, request: requests.CreateSnapshot) -> dict[str, Any]:
        """Start to make a snapshot of a disk."""
        disk = self._disk_of(call, request)
        if not disk.snapshot_ability:
            raise documented("InvalidDisk.NotSupportSnapshot")
        if request.local_snap:
            raise documented("InvalidDisk.NotSupported")
        if request.disk_usage == "SYSTEM_DISK" and disk.usage != "SYSTEM_DISK":
            raise bad_value("DiskUsage", "the disk is a data disk")
        if code := UNFIT_DISK.get(disk.state):
            raise documented(code)
        self._refuse_full(call, disk)
        if request.disk_backup_id:
            disk.backups.remove(request.disk_backup_id)
            self.disks.save(disk)
        settings = self.settings.current()
        snapshot = Snapshot(
            id=new_snapshot_id(),
            account=call.account,
            region=call.region,
            name=request.snapshot_name or UNNAMED,
            disk_id=disk.id,
            disk_size=disk.size,
            disk_usage="DATA_DISK" if request.disk_usage == "DATA_DISK" else disk.usage,
            zone=disk.zone,
            project_id=disk.project_id,
            encrypted=disk.encrypted,
            created=settings.written(call.now),
            modified=settings.written(call.now),
            deadline=request.deadline,
            tags={tag.key: tag.value for tag in request.tags},
            creating=Job(started=call.now, seconds=settings.seconds("create_seconds", call.region)),
        )
        self.snapshots.save(snapshot)
        return {"SnapshotId": snapshot.id}

    def _find(self, call: Call, snapshot_id: str) -> Snapshot:
        snapshot = self.snapshots.get(call.account, call.region, snapshot_id, call.now)
        if snapshot is None or snapshot.visible_from > call.now:
            raise documented("InvalidSnapshotId.NotFound", snapshot_id)
        return snapshot

    def _copy_result(self, call: Call, source: Snapshot, region: str, name: str) -> dict[str, Any]:
        try:
            made, code, message = self._copy(call, source, region, name), "Success", ""
        except ApiError as error:
            made, code, message = "", error.code, error.message
        return {"SnapshotId": made, "DestinationRegion": region, "Code": code, "Message": message}

    def _copy(self, call: Call, source: Snapshot, region: str, name: str) -> str:
        if region in self.snapshots.destinations(call.account, call.region, call.now).get(source.id, []):
            raise documented("ResourceInUse.CopySnapshotConflict")
        held = len(self.snapshots.of_region(call.account, region, call.now))
        if self.states.of(call.account).cbs.snapshot_quota.is_reached(region, held):
            raise documented("InsufficientSnapshotQuota")
        if fault := self.faults.take(NAME, call.action, call.params.flat(), region, "region_error"):
            code = fault.code or ""
            raise ApiError(code, fault.message or DOCUMENTED.get(code, "Ordered by a fault."), OK)
        settings = self.settings.current()
        copy = source.model_copy(
            update={
                "id": new_snapshot_id(),
                "region": region,
                "name": name,
                "zone": f"{region}-1",
                "created": settings.written(call.now),
                "modified": settings.written(call.now),
                "visible_from": call.now + settings.seconds("visible_after_seconds", region),
                "deadline": None,
                "copied": True,
                "origin": Origin(region=call.region, id=source.id),
                "tags": {},
                "images": [],
                "copy_outcome": None,
                "creating": None,
                "copying": Transfer(
                    started=call.now,
                    seconds=settings.seconds("copy_seconds", region),
                    checking_share=settings.checking_share,
                    outcome=source.copy_outcome.of(region) if source.copy_outcome else "NORMAL",
                ),
            }
        )
        self.snapshots.save(copy)
        return copy.id

    def _disk_of(self, call: Call, request: requests.CreateSnapshot) -> Disk:
        disks = self.disks.of_region(call.account, call.region, call.now)
        if request.disk_backup_id:
            found = [disk for disk in disks if request.disk_backup_id in disk.backups]
            if not found or request.disk_id not in {None, found[0].id}:
                raise documented("ResourceNotFound.NotFound")
            return found[0]
        disk = next((disk for disk in disks if disk.id == request.disk_id), None)
        if disk is None:
            raise documented("InvalidDiskId.NotFound", request.disk_id or "")
        return disk

    def _refuse_full(self, call: Call, disk: Disk) -> None:
        state = self.states.of(call.account).cbs
        snapshots = self.snapshots.of_region(call.account, call.region, call.now)
        of_the_disk = [one for one in snapshots if one.disk_id == disk.id]
        if any(one.state(call.now) == "CREATING" for one in of_the_disk):
            raise documented("InvalidDisk.SnapshotCreating")
        if len(of_the_disk) >= MAX_PER_DISK or state.snapshot_quota.is_reached(call.region, len(snapshots)):
            raise documented("InsufficientSnapshotQuota")
        if not state.sufficient_balance:
            raise documented("InvalidAccount.InsufficientBalance")


def _refuse_unless_normal(snapshot: Snapshot, call: Call) -> None:
    if (state := snapshot.state(call.now)) != "NORMAL":
        code = "ResourceBusy" if state == "ROLLBACKING" else "InvalidSnapshot.NotSupported"
        raise documented(code, snapshot.id, state)


def _refuse_if_used(snapshot: Snapshot, *, images_may_go: bool = False) -> None:
    if snapshot.shared_with:
        raise documented("UnsupportedOperation.SnapHasShared")
    if snapshot.images and not images_may_go:
        raise documented("UnsupportedOperation.SnapshotHasBindedImage")
