"""CopyImage: everything that has to be true before a copy is accepted, in the order in which it is checked."""

from sandbox.alibaba.account_state import EcsState
from sandbox.alibaba.ecs import errors as ecs_errors
from sandbox.alibaba.ecs.image import COPYABLE_SNAPSHOTS_SINCE, Image, ImageSnapshot, Queued
from sandbox.alibaba.ecs.requests import CopyImage
from sandbox.alibaba.ecs.store import Images
from sandbox.alibaba.kms_keys import KmsKeys
from sandbox.alibaba.resource_groups import ResourceGroups
from sandbox.alibaba.rpc import Call
from sandbox.core.resource import Origin, new_id
from sandbox.core.settings import SettingValues


def check_group(groups: ResourceGroups, request: CopyImage, call: Call) -> None:
    """Raise ApiError unless the resource group exists."""
    group = request.resource_group_id
    unknown = group is not None and not groups.has(call.account, group, call.now)
    ecs_errors.refuse({"InvalidResourceGroup.NotFound": unknown})


def find_source(images: Images, request: CopyImage, call: Call) -> Image:
    """The image to copy, if it may be copied."""
    source = images.find(call.account, request.region_id, request.image_id, call.now)
    if source is None:
        shared = images.is_shared_to(call.account, request.region_id, request.image_id, call.now)
        raise ecs_errors.documented("OperationDenied.SameRegionOnly" if shared else "InvalidImageId.NotFound")
    status = source.status(call.now)
    ecs_errors.refuse(
        {
            "OperationDenied.ImageCopying": status in Image.COPYING and source.origin is not None,
            "IncorrectImageStatus": status != "Available",
        }
    )
    return source


def check_source(source: Image, request: CopyImage, state: EcsState) -> None:
    """Raise ApiError when what the image is or is made of forbids the copy."""
    snapshot, largest = source.snapshot, state.image_max_size
    old = snapshot.created is not None and snapshot.created < COPYABLE_SNAPSHOTS_SINCE
    unpublished = bool(source.product_code) and request.destination_region_id not in source.published_in
    ecs_errors.refuse(
        {
            "InvalidSnapshotId.NotFound": snapshot.state == "missing",
            "OperationDenied": snapshot.state == "restricted",
            "InvalidSnapshot.TooOld": old,
            "OperationDeined.EncryptedSnapshot": source.encrypted,
            "SizeExceed.Image": largest is not None and source.size > largest,
            "OperationDenied.NotPublished": unpublished,
        }
    )


def check_regions(request: CopyImage, settings: SettingValues, state: EcsState) -> None:
    """Raise ApiError when a region does not copy images, or region or account not with a key of one's own."""
    involved, own_key = {request.region_id, request.destination_region_id}, request.kms_key_id is not None
    ecs_errors.refuse(
        {
            "RegionNotSupportCopy": not involved.isdisjoint(settings.regions_without_image_copy),
            "InvalidRegion.NotSupport": own_key and request.destination_region_id in settings.regions_without_byok,
            "UserNotInTheWhiteList": own_key and not state.in_byok_white_list,
        }
    )


def check_key(keys: KmsKeys, request: CopyImage, call: Call) -> None:
    """Raise ApiError unless the key can encrypt in the destination region."""
    if request.kms_key_id is None:
        return
    key = keys.get(call.account, request.destination_region_id, request.kms_key_id, call.now)
    ecs_errors.refuse(
        {
            "InvalidParameter.KMSKeyId.NotFound": key is None,
            "InvalidParameter.KMSKeyId.KMSUnauthorized": key is not None and key.state == "unauthorized",
            "InvalidParameter.KMSKeyId.CMKNotEnabled": key is not None and key.state == "disabled",
        }
    )


def check_room(images: Images, request: CopyImage, call: Call, state: EcsState) -> None:
    """Raise ApiError when the destination has the name already, or no room for another image."""
    name, destination = request.destination_image_name, request.destination_region_id
    existing = images.of_region(call.account, destination, call.now)
    snapshots = images.count_snapshots(call.account, destination, call.now)
    ecs_errors.refuse(
        {
            "InvalidImageName.Duplicated": name is not None and name in {image.name for image in existing},
            "QuotaExceed.Image": state.image_quota.is_reached(destination, len(existing)),
            "QuotaExceed.Snapshot": state.snapshot_quota.is_reached(destination, snapshots),
        }
    )


def copy_of(source: Image, request: CopyImage, call: Call, settings: SettingValues, failure: str | None) -> Image:
    """The copy as it is when it is accepted: waiting, until a later call finds that its turn has come."""
    destination = request.destination_region_id
    kept = ("size", "os_type", "architecture", "boot_mode", "product_code", "published_in")
    return Image(
        **{field: getattr(source, field) for field in kept},
        id=new_id("m-"),
        account=call.account,
        region=destination,
        name=request.destination_image_name or "",
        description=request.destination_description or "",
        snapshot=ImageSnapshot(id=new_id("s-")),
        encrypted=request.encrypted,
        kms_key_id=request.kms_key_id,
        tags=request.tags,
        resource_group=request.resource_group_id or "",
        created=call.now,
        visible_from=call.now + settings.seconds("visible_after_seconds", destination),
        origin=Origin(region=request.region_id, id=source.id),
        cancellable=source.copies_cancellable,
        queued=Queued(
            since=call.now,
            seconds=settings.seconds("copy_seconds", destination),
            failure=source.copy_failure or failure,
        ),
    )
