"""ECS's snapshots of disks, version 2014-05-26.

CopySnapshot, CreateSnapshot, DescribeSnapshots, ModifySnapshotAttribute, DeleteSnapshot; tags and resource groups of
snapshots are with those of images.

Not emulated: disks beyond what CreateSnapshot asks of them, automatic snapshots and their policies, snapshot links,
groups, sharing, locks, instant access, the archive; the snapshots of images (they are in the inventory as
`ecs_snapshots`, and not answered by DescribeSnapshots); paging by NextToken and MaxResults, DryRun, the parameters Arn,
DestinationStorageLocationArn and ResourceGroupId of a copy, which the reference calls not available.

Where the API reference is silent, the stricter of the likely behaviours was chosen:

Copy. No reference lists the errors of CopySnapshot: see `snapshot_errors.toml`. DestinationSnapshotName and
DestinationSnapshotDescription have to be sent. A copy has no retention, tags or encryption unless given, whatever its
source has; the source may be encrypted. A source that is not accomplished is 400 InvalidSnapshotId.NotReady, a local or
archived one 403 OperationDenied. One copy of a disk runs to a region at a time, of whichever of its snapshots. A copy
that fails stays listed as failed. A ClientToken is kept as in ECI. The quota is seeded (`snapshot_quota`), and counts
the snapshots of disks only.

Names. Several snapshots may have one name. It begins with a letter of any script, never with `auto`, also for a copy.

Retention. It counts from the creation, and may be extended only: less than there is, and any for a snapshot that never
expires, is 400 InvalidRetentionDays.LessThanCurrent; while the copy runs, it is 400 InvalidSnapshotId.NotReady.

Delete. What is being made is cancelled and gone at once. An unknown id is ignored. Force does not override images.

Describe. The newest snapshot comes first; RetentionDays is left out where there is none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.alibaba.account_state import AccountStates, EcsState
from sandbox.alibaba.client_tokens import ClientTokens
from sandbox.alibaba.ecs import snapshot_errors
from sandbox.alibaba.ecs.keys_and_groups import KmsKeys
from sandbox.alibaba.ecs.snapshot import COPYABLE_SINCE, Disks, Snapshot, Snapshots
from sandbox.alibaba.ecs.snapshot_requests import (
    CopySnapshot,
    CreateSnapshot,
    DeleteSnapshot,
    DescribeSnapshots,
    ModifySnapshotAttribute,
    OneSnapshot,
)
from sandbox.alibaba.rpc import Call, Handler
from sandbox.core.faults import Faults
from sandbox.core.resource import Job, Origin, new_id
from sandbox.core.settings import Settings

INHERITED = {"size", "disk", "disk_type"}


@dataclass(frozen=True, kw_only=True)
class SnapshotActions:
    """The actions and the rules between snapshots."""

    snapshots: Snapshots
    disks: Disks
    keys: KmsKeys
    states: AccountStates
    settings: Settings
    faults: Faults
    tokens: ClientTokens

    @property
    def actions(self) -> Mapping[str, Handler]:
        """By their names in the API."""
        return {
            "CopySnapshot": self.tokens.once(self.copy_snapshot),
            "CreateSnapshot": self.tokens.once(self.create_snapshot),
            "DescribeSnapshots": self.describe_snapshots,
            "ModifySnapshotAttribute": self.modify_snapshot_attribute,
            "DeleteSnapshot": self.delete_snapshot,
        }

    def copy_snapshot(self, call: Call) -> dict[str, Any]:
        """Start a copy to another region."""
        request, settings = CopySnapshot.read(call), self.settings.current()
        account, region = self.states.of(call.account), request.destination_region_id
        snapshot_errors.refuse(
            {
                "InvalidAccountStatus.NotEnoughBalance": account.in_arrears,
                "InvalidRegion.NotSupport": bool(request.kms_key_id) and region in settings.regions_without_byok,
                "UserNotInTheWhiteList": bool(request.kms_key_id) and not account.ecs.in_byok_white_list,
            }
        )
        source = self._source(call, request)
        self._check_destination(call, request, source, account.ecs)
        failure = self.faults.take_failure("copy_fails", call.service, call.action, call.params)
        copy = Snapshot(
            **source.model_dump(include=INHERITED),
            id=new_id("s-"),
            account=call.account,
            region=region,
            name=request.destination_snapshot_name,
            description=request.destination_snapshot_description,
            retention_days=request.retention_days,
            encrypted=request.encrypted,
            kms_key_id=request.kms_key_id,
            tags=request.tags,
            created=settings.written(call.now),
            visible_from=call.now + settings.seconds("visible_after_seconds", region),
            origin=Origin(region=request.region_id, id=source.id),
            copying=Job(
                started=call.now,
                seconds=settings.seconds("copy_seconds", region),
                failure=source.copy_failure or failure,
            ),
        )
        self.snapshots.save(copy)
        return {"SnapshotId": copy.id}

    def _source(self, call: Call, request: CopySnapshot) -> Snapshot:
        source = self.snapshots.find(call.account, request.region_id, request.snapshot_id, call.now)
        if source is None:
            raise snapshot_errors.documented("InvalidSnapshotId.NotFound")
        snapshot_errors.refuse(
            {
                "InvalidSnapshotId.NotReady": source.status(call.now) != "accomplished",
                "OperationDenied": source.category != "standard",
                "InvalidSnapshot.TooOld": source.created < COPYABLE_SINCE.timestamp(),
            }
        )
        return source

    def _check_destination(self, call: Call, request: CopySnapshot, source: Snapshot, state: EcsState) -> None:
        region = request.destination_region_id
        key = self.keys.get(call.account, region, request.kms_key_id, call.now)
        there = self.snapshots.of_region(call.account, region, call.now)
        running = [one for one in there if one.origin and one.disk == source.disk and one.copying]
        snapshot_errors.refuse(
            {
                "InvalidParameter.KMSKeyId.NotFound": bool(request.kms_key_id) and key is None,
                "InvalidParameter.KMSKeyId.KMSUnauthorized": key is not None and key.state == "unauthorized",
                "InvalidParameter.KMSKeyId.CMKNotEnabled": key is not None and key.state == "disabled",
                "InvalidOperation.DiskHasUnfinishedSnapshotCopy": any(
                    one.status(call.now) == "progressing" for one in running
                ),
                "QuotaExceed.Snapshot": state.snapshot_quota.is_reached(region, len(there)),
            }
        )

    def create_snapshot(self, call: Call) -> dict[str, Any]:
        """Begin a snapshot of a disk."""
        request, settings = CreateSnapshot.read(call), self.settings.current()
        disk = next(iter(self.disks.where(call.now, "account = ? AND id = ?", call.account, request.disk_id)), None)
        if disk is None:
            raise snapshot_errors.documented("InvalidDiskId.NotFound")
        there = self.snapshots.of_region(call.account, disk.region, call.now)
        quota = self.states.of(call.account).ecs.snapshot_quota
        snapshot_errors.refuse(
            {
                "IncorrectDiskStatus.CreatingSnapshot": any(
                    one.disk == disk.id and not one.origin and one.status(call.now) == "progressing" for one in there
                ),
                "QuotaExceed.Snapshot": quota.is_reached(disk.region, len(there)),
            }
        )
        made = Snapshot(
            id=new_id("s-"),
            account=call.account,
            region=disk.region,
            name=request.snapshot_name,
            description=request.description,
            retention_days=request.retention_days,
            category=request.category,
            tags=request.tags,
            size=disk.size,
            disk=disk.id,
            disk_type=disk.type,
            encrypted=disk.encrypted,
            created=settings.written(call.now),
            copying=Job(started=call.now, seconds=settings.seconds("create_seconds", disk.region)),
        )
        self.snapshots.save(made)
        return {"SnapshotId": made.id}

    def describe_snapshots(self, call: Call) -> dict[str, Any]:
        """List the snapshots of a region, a page at a time."""
        request = DescribeSnapshots.read(call)
        own = self.snapshots.of_region(call.account, request.region_id, call.now)
        found = [one for one in reversed(own) if request.matches(one, call.now)]
        end = request.page_number * request.page_size
        return {
            "PageNumber": request.page_number,
            "PageSize": request.page_size,
            "TotalCount": len(found),
            "Snapshots": {"Snapshot": [one.described(call.now) for one in found[end - request.page_size : end]]},
        }

    def modify_snapshot_attribute(self, call: Call) -> dict[str, Any]:
        """Change name, description or retention."""
        request = ModifySnapshotAttribute.read(call)
        snapshot, days = self._find(call, request), request.retention_days
        if snapshot is None:
            raise snapshot_errors.documented("InvalidSnapshotId.NotFound")
        nothing = not request.snapshot_name and request.description is None and days is None
        snapshot_errors.refuse(
            {
                "NoAttributeToModify": nothing and request.disable_instant_access is None,
                "InvalidSnapshotId.NotReady": days is not None and snapshot.status(call.now) == "progressing",
                "InvalidRetentionDays.LessThanCurrent": days is not None
                and (snapshot.retention_days is None or days < snapshot.retention_days),
            }
        )
        snapshot.name = request.snapshot_name or snapshot.name
        snapshot.description = snapshot.description if request.description is None else request.description
        snapshot.retention_days = days or snapshot.retention_days
        self.snapshots.save(snapshot)
        return {}

    def delete_snapshot(self, call: Call) -> dict[str, Any]:
        """Delete a snapshot, or cancel what is being made."""
        request = DeleteSnapshot.read(call)
        snapshot = self._find(call, request)
        if snapshot is None:
            return {}
        snapshot_errors.refuse(
            {
                "SnapshotCreatedImage": bool(snapshot.images),
                "SnapshotCreatedDisk": bool(snapshot.disks) and not request.force,
            }
        )
        self.snapshots.delete(snapshot)
        return {}

    def _find(self, call: Call, request: OneSnapshot) -> Snapshot | None:
        if request.region_id:
            return self.snapshots.find(call.account, request.region_id, request.snapshot_id, call.now)
        return self.snapshots.anywhere(call.account, request.snapshot_id, call.now)
