"""CopyImage: everything that has to be true before a copy is accepted, in the order in which it is checked."""

from dataclasses import dataclass
from typing import Any

from sandbox.alibaba.account_state import AccountStates, EcsState
from sandbox.alibaba.ecs import errors as ecs_errors
from sandbox.alibaba.ecs.image import COPYABLE_SNAPSHOTS_SINCE, Image, ImageSnapshot, Queued
from sandbox.alibaba.ecs.keys_and_groups import KmsKeys, ResourceGroups
from sandbox.alibaba.ecs.requests import CopyImage, end_dry_run
from sandbox.alibaba.ecs.store import Images
from sandbox.alibaba.rpc import Call
from sandbox.core.faults import Faults
from sandbox.core.resource import Origin, new_id
from sandbox.core.settings import Settings, SettingValues

INHERITED = {"size", "os_type", "architecture", "boot_mode", "product_code", "published_in"}


@dataclass(frozen=True, kw_only=True)
class ImageCopies:
    """The action."""

    images: Images
    keys: KmsKeys
    groups: ResourceGroups
    states: AccountStates
    settings: Settings
    faults: Faults

    def copy_image(self, call: Call) -> dict[str, Any]:
        """Queue a copy to another region."""
        request, settings = CopyImage.read(call), self.settings.current()
        state, group = self.states.of(call.account).ecs, request.resource_group_id
        involved = {request.region_id, request.destination_region_id}
        no_byok = request.destination_region_id in settings.regions_without_byok
        ecs_errors.refuse(
            {
                "InvalidResourceGroup.NotFound": bool(group) and not self.groups.has(call.account, group, call.now),
                "RegionNotSupportCopy": not involved.isdisjoint(settings.regions_without_image_copy),
                "InvalidRegion.NotSupport": bool(request.kms_key_id) and no_byok,
                "UserNotInTheWhiteList": bool(request.kms_key_id) and not state.in_byok_white_list,
            }
        )
        source = self._source(call, request, state)
        self._check_destination(call, request, state)
        end_dry_run(call)
        copy = self._copy(source, call, request, settings)
        self.images.save(copy)
        return {"ImageId": copy.id}

    def _source(self, call: Call, request: CopyImage, state: EcsState) -> Image:
        source = self.images.find(call.account, request.region_id, request.image_id, call.now)
        if source is None:
            shared = {image.id for image in self.images.shared_to(call.account, request.region_id, call.now)}
            ecs_errors.refuse({"OperationDenied.SameRegionOnly": request.image_id in shared})
            raise ecs_errors.documented("InvalidImageId.NotFound")
        status = source.status(call.now)
        snapshot, largest = source.snapshot, state.image_max_size
        old = snapshot.created is not None and snapshot.created < COPYABLE_SNAPSHOTS_SINCE
        unpublished = bool(source.product_code) and request.destination_region_id not in source.published_in
        ecs_errors.refuse(
            {
                "OperationDenied.ImageCopying": status in Image.COPYING and source.origin is not None,
                "IncorrectImageStatus": status != "Available",
                "InvalidSnapshotId.NotFound": snapshot.state == "missing",
                "OperationDenied": snapshot.state == "restricted",
                "InvalidSnapshot.TooOld": old,
                "OperationDeined.EncryptedSnapshot": source.encrypted,
                "SizeExceed.Image": largest is not None and source.size > largest,
                "OperationDenied.NotPublished": unpublished,
            }
        )
        return source

    def _check_destination(self, call: Call, request: CopyImage, state: EcsState) -> None:
        name, region = request.destination_image_name, request.destination_region_id
        key = self.keys.get(call.account, region, request.kms_key_id, call.now)
        existing = self.images.of_region(call.account, region, call.now)
        snapshots = self.images.count_snapshots(call.account, region, call.now)
        ecs_errors.refuse(
            {
                "InvalidParameter.KMSKeyId.NotFound": bool(request.kms_key_id) and key is None,
                "InvalidParameter.KMSKeyId.KMSUnauthorized": key is not None and key.state == "unauthorized",
                "InvalidParameter.KMSKeyId.CMKNotEnabled": key is not None and key.state == "disabled",
                "InvalidImageName.Duplicated": bool(name) and name in {image.name for image in existing},
                "QuotaExceed.Image": state.image_quota.is_reached(region, len(existing)),
                "QuotaExceed.Snapshot": state.snapshot_quota.is_reached(region, snapshots),
            }
        )

    def _copy(self, source: Image, call: Call, request: CopyImage, settings: SettingValues) -> Image:
        """The copy as it is when it is accepted: waiting, until a later call finds that its turn has come."""
        region = request.destination_region_id
        seconds = settings.seconds("copy_seconds", region)
        failure = self.faults.take_failure("copy_fails", call.service, call.action, call.params)
        return Image(
            **source.model_dump(include=INHERITED),
            id=new_id("m-"),
            account=call.account,
            region=region,
            name=request.destination_image_name,
            description=request.destination_description,
            snapshot=ImageSnapshot(id=new_id("s-")),
            encrypted=request.encrypted,
            kms_key_id=request.kms_key_id or None,
            tags=request.tags,
            resource_group=request.resource_group_id,
            created=settings.written(call.now),
            visible_from=call.now + settings.seconds("visible_after_seconds", region),
            origin=Origin(region=request.region_id, id=source.id),
            cancellable=source.copies_cancellable,
            queued=Queued(since=call.now, seconds=seconds, failure=source.copy_failure or failure),
        )
