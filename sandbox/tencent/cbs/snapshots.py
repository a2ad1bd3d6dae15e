"""CBS's snapshots, version 2017-03-12: copies to other regions, and all that can be done with a snapshot.

The actions are CopySnapshotCrossRegions, DescribeSnapshots, ModifySnapshotAttribute, DeleteSnapshots and
CreateSnapshot (its rules about disks are in `cbs_create`).

Not emulated: disks beyond what CreateSnapshot asks of them (they come from seeds), images beyond their ids,
snapshot groups and policies, rollback, sharing, the recycle bin, the tag service, project names, prices;
ROLLBACKING and TORECYCLE only come from seeds. Codes that need such things come from faults.

Where the API reference is silent, the harsher of the likely behaviours was chosen:

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

from typing import Any

from sandbox.alibaba.account_state import AccountStates
from sandbox.core import regions
from sandbox.core.api_error import ApiError
from sandbox.core.faults import Faults
from sandbox.core.resource import Origin
from sandbox.core.settings import Settings
from sandbox.tencent import errors as tencent_errors
from sandbox.tencent.api import Call, Service
from sandbox.tencent.cbs import errors as cbs_errors
from sandbox.tencent.cbs.create_snapshot import SnapshotCreation
from sandbox.tencent.cbs.disk import Disks
from sandbox.tencent.cbs.requests import (
    CopySnapshotCrossRegions,
    DeleteSnapshots,
    DescribeSnapshots,
    ModifySnapshotAttribute,
    checked_ids,
    checked_name,
    moment,
)
from sandbox.tencent.cbs.snapshot import Snapshot, Transfer, new_snapshot_id
from sandbox.tencent.cbs.store import Snapshots

NAME = "cbs"


class CbsBackend:
    """The actions and the rules between snapshots."""

    def __init__(
        self, snapshots: Snapshots, disks: Disks, settings: Settings, faults: Faults, states: AccountStates
    ) -> None:
        self._snapshots = snapshots
        self._settings = settings
        self._faults = faults
        self._states = states
        actions = {
            "CopySnapshotCrossRegions": self.copy_snapshot_cross_regions,
            "DescribeSnapshots": self.describe_snapshots,
            "ModifySnapshotAttribute": self.modify_snapshot_attribute,
            "DeleteSnapshots": self.delete_snapshots,
            "CreateSnapshot": SnapshotCreation(snapshots, disks, settings, states).create_snapshot,
        }
        self.service = Service(NAME, "2017-03-12", actions, cbs_errors.DOCUMENTED, inventory=snapshots.inventory)

    def copy_snapshot_cross_regions(self, call: Call) -> dict[str, Any]:
        """Start a copy to each of some regions; a region that cannot have one says so in its own result."""
        request = call.params.read_as(CopySnapshotCrossRegions)
        checked_ids("DestinationRegions", request.DestinationRegions)
        for region in request.DestinationRegions:
            if region not in regions.TENCENT:
                raise tencent_errors.invalid_value("DestinationRegions", f"there is no region {region}")
            if region == call.region:
                raise tencent_errors.invalid_value("DestinationRegions", "the snapshot is in this region")
        name = checked_name(request.SnapshotName) or f"Copied {request.SnapshotId} from {call.region}"
        source = self._find(call, request.SnapshotId)
        self._refuse_uncopyable(source, call)
        results = [self._copy_result(call, source, region, name) for region in request.DestinationRegions]
        return {"SnapshotCopyResultSet": results}

    def describe_snapshots(self, call: Call) -> dict[str, Any]:
        """List the snapshots of a region, a page at a time."""
        request = call.params.read_as(DescribeSnapshots)
        request.check()
        matching = [
            snapshot
            for snapshot in self._snapshots.of_region(call.account, call.region, call.now, request.SnapshotIds or None)
            if snapshot.visible_from <= call.now and all(one.fits(snapshot, call.now) for one in request.Filters)
        ]
        matching.sort(key=lambda snapshot: snapshot.created)
        if request.Order == "DESC":
            matching.reverse()
        copying_to = self._snapshots.destinations(call.account, call.region, call.now)
        return {
            "TotalCount": len(matching),
            "SnapshotSet": [
                snapshot.described(call.now, copying_to.get(snapshot.id, []))
                for snapshot in matching[request.Offset : request.Offset + request.Limit]
            ],
        }

    def modify_snapshot_attribute(self, call: Call) -> dict[str, Any]:
        """Rename a snapshot, give it a deadline, or make it permanent."""
        request = call.params.read_as(ModifySnapshotAttribute)
        if request.SnapshotName is None and request.IsPermanent is None and request.Deadline is None:
            raise tencent_errors.missing_parameter("SnapshotName")
        name = checked_name(request.SnapshotName)
        deadline = None if request.Deadline is None else moment(request.Deadline, after=call.now)
        snapshot = self._find(call, request.SnapshotId)
        if snapshot.shared_from:
            raise cbs_errors.documented("InvalidSnapshot.NotSupported")
        if self._settings.current().modify_needs_normal:
            _refuse_unless_normal(snapshot, call)
        if name is not None:
            snapshot.name = name
        if request.IsPermanent:
            snapshot.deadline = None
        elif request.IsPermanent is False:
            if deadline is None and snapshot.deadline is None:
                raise tencent_errors.missing_parameter("Deadline")
            _refuse_if_used(snapshot)
            snapshot.deadline = snapshot.deadline if deadline is None else deadline
        snapshot.modified = call.now
        self._snapshots.save(snapshot)
        return {}

    def delete_snapshots(self, call: Call) -> dict[str, Any]:
        """Delete some snapshots, or none of them when one cannot be deleted."""
        request = call.params.read_as(DeleteSnapshots)
        checked_ids("SnapshotIds", request.SnapshotIds)
        snapshots = [self._find(call, snapshot_id) for snapshot_id in request.SnapshotIds]
        copying_to = self._snapshots.destinations(call.account, call.region, call.now)
        for snapshot in snapshots:
            if snapshot.shared_from:
                raise cbs_errors.documented("InvalidSnapshot.NotSupported")
            if snapshot.state(call.now) == "CREATING":
                raise cbs_errors.documented("ResourceUnavailable.SnapshotCreating")
            _refuse_unless_normal(snapshot, call)
            if copying_to.get(snapshot.id):
                raise cbs_errors.being_copied(snapshot.id)
            _refuse_if_used(snapshot, images_may_go=request.DeleteBindImages)
        for snapshot in snapshots:
            self._snapshots.delete(snapshot)
        return {}

    def _find(self, call: Call, snapshot_id: str) -> Snapshot:
        snapshot = self._snapshots.get(call.account, call.region, snapshot_id, call.now)
        if snapshot is None or snapshot.visible_from > call.now:
            raise cbs_errors.snapshot_not_found(snapshot_id)
        return snapshot

    def _refuse_uncopyable(self, source: Snapshot, call: Call) -> None:
        if source.encrypted or source.shared_from or source.shared_with:
            raise cbs_errors.documented("UnsupportedOperation.SnapshotNotSupportCopy")
        _refuse_unless_normal(source, call)
        if not self._states.of(call.account).cbs.sufficient_balance:
            raise cbs_errors.documented("InvalidAccount.InsufficientBalance")

    def _copy_result(self, call: Call, source: Snapshot, region: str, name: str) -> dict[str, Any]:
        try:
            made, code, message = self._copy(call, source, region, name), "Success", ""
        except ApiError as error:
            made, code, message = "", error.code, error.message
        return {"SnapshotId": made, "DestinationRegion": region, "Code": code, "Message": message}

    def _copy(self, call: Call, source: Snapshot, region: str, name: str) -> str:
        if region in self._snapshots.destinations(call.account, call.region, call.now).get(source.id, []):
            raise cbs_errors.documented("ResourceInUse.CopySnapshotConflict")
        held = len(self._snapshots.of_region(call.account, region, call.now))
        if self._states.of(call.account).cbs.snapshot_quota.is_reached(region, held):
            raise cbs_errors.documented("InsufficientSnapshotQuota")
        if fault := self._faults.take_region_error(NAME, call.action, call.params.flat(), region):
            code = fault.code or ""
            message = fault.message or cbs_errors.DOCUMENTED.get(code, "Ordered by a fault.")
            raise ApiError(code, message, tencent_errors.OK)
        settings = self._settings.current()
        copy = source.model_copy(
            update={
                "id": new_snapshot_id(),
                "region": region,
                "name": name,
                "zone": f"{region}-1",
                "created": call.now,
                "modified": call.now,
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
        self._snapshots.save(copy)
        return copy.id


def _refuse_unless_normal(snapshot: Snapshot, call: Call) -> None:
    if (state := snapshot.state(call.now)) != "NORMAL":
        raise cbs_errors.wrong_state(snapshot.id, state)


def _refuse_if_used(snapshot: Snapshot, *, images_may_go: bool = False) -> None:
    if snapshot.shared_with:
        raise cbs_errors.documented("UnsupportedOperation.SnapHasShared")
    if snapshot.images and not images_may_go:
        raise cbs_errors.documented("UnsupportedOperation.SnapshotHasBindedImage")
