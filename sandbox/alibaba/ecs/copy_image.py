"""CopyImage: everything that has to be true before a copy is accepted, in the order in which it is checked."""

from dataclasses import dataclass

from sandbox.alibaba.account_state import EcsState
from sandbox.alibaba.ecs import errors as ecs_errors
from sandbox.alibaba.ecs.image import COPYABLE_SNAPSHOTS_SINCE, COPYING, Image, ImageSnapshot, Queued
from sandbox.alibaba.ecs.parameters import read_description, read_name, read_resource_group
from sandbox.alibaba.ecs.store import Images
from sandbox.alibaba.kms_keys import KmsKeys
from sandbox.alibaba.resource_groups import ResourceGroups
from sandbox.alibaba.rpc import Call
from sandbox.alibaba.tags import read_tags
from sandbox.core import regions
from sandbox.core.resource import Origin, new_id
from sandbox.core.settings import SettingValues


@dataclass(frozen=True)
class CopyRequest:
    """The parameters of a call, each good by itself."""

    region: str
    image_id: str
    destination: str
    name: str
    description: str
    encrypted: bool
    kms_key_id: str | None
    tags: dict[str, str]
    resource_group: str


def read_copy(call: Call, groups: ResourceGroups) -> CopyRequest:
    """Read and check the parameters."""
    params = call.params
    region, image_id = params.required("RegionId"), params.required("ImageId")
    if region not in regions.ALIBABA:
        raise ecs_errors.documented("SourceRegion.NotFound")
    destination = params.text("DestinationRegionId") or region
    if destination not in regions.ALIBABA:
        raise ecs_errors.documented("DestinationRegion.NotFound")
    if destination == region:
        raise ecs_errors.documented("IncorrectDestinationRegion")
    encrypted, kms_key_id = params.boolean("Encrypted"), params.text("KMSKeyId") or None
    if kms_key_id and not encrypted:
        raise ecs_errors.documented("InvalidParameter.EncryptedIllegal")
    return CopyRequest(
        region=region,
        image_id=image_id,
        destination=destination,
        name=read_name(params, "DestinationImageName") or "",
        description=read_description(params, "DestinationDescription") or "",
        encrypted=encrypted,
        kms_key_id=kms_key_id,
        tags=read_tags(params) or {},
        resource_group=read_resource_group(call, groups) or "",
    )


def find_source(images: Images, request: CopyRequest, call: Call) -> Image:
    """The image to copy, if it may be copied."""
    source = images.get(call.account, request.region, request.image_id, call.now)
    if source is None or source.visible_from > call.now:
        shared = images.shared_to(call.account, request.region, call.now)
        code = "OperationDenied.SameRegionOnly" if _named(shared, request.image_id) else "InvalidImageId.NotFound"
        raise ecs_errors.documented(code)
    status = source.status(call.now)
    if status in COPYING and source.origin:
        raise ecs_errors.documented("OperationDenied.ImageCopying")
    if status != "Available":
        raise ecs_errors.documented("IncorrectImageStatus")
    return source


def check_source(source: Image, request: CopyRequest, state: EcsState) -> None:
    """Raise ApiError when what the image is or is made of forbids the copy."""
    snapshot = source.snapshot
    if snapshot.state == "missing":
        raise ecs_errors.documented("InvalidSnapshotId.NotFound")
    if snapshot.state == "restricted":
        raise ecs_errors.documented("OperationDenied")
    if snapshot.created is not None and snapshot.created < COPYABLE_SNAPSHOTS_SINCE:
        raise ecs_errors.documented("InvalidSnapshot.TooOld")
    if source.encrypted:
        raise ecs_errors.documented("OperationDeined.EncryptedSnapshot")
    if state.image_max_size is not None and source.size > state.image_max_size:
        raise ecs_errors.documented("SizeExceed.Image")
    if source.product_code and request.destination not in source.published_in:
        raise ecs_errors.documented("OperationDenied.NotPublished")


def check_regions(request: CopyRequest, settings: SettingValues, state: EcsState) -> None:
    """Raise ApiError when a region does not copy images, or region or account not with a key of one's own."""
    if {request.region, request.destination} & set(settings.regions_without_image_copy):
        raise ecs_errors.documented("RegionNotSupportCopy")
    if request.kms_key_id is None:
        return
    if request.destination in settings.regions_without_byok:
        raise ecs_errors.documented("InvalidRegion.NotSupport")
    if not state.in_byok_white_list:
        raise ecs_errors.documented("UserNotInTheWhiteList")


def check_key(keys: KmsKeys, request: CopyRequest, call: Call) -> None:
    """Raise ApiError unless the key can encrypt in the destination region."""
    if request.kms_key_id is None:
        return
    key = keys.get(call.account, request.destination, request.kms_key_id, call.now)
    if key is None:
        raise ecs_errors.documented("InvalidParameter.KMSKeyId.NotFound")
    if key.state == "unauthorized":
        raise ecs_errors.documented("InvalidParameter.KMSKeyId.KMSUnauthorized")
    if key.state == "disabled":
        raise ecs_errors.documented("InvalidParameter.KMSKeyId.CMKNotEnabled")


def check_room(images: Images, request: CopyRequest, call: Call, state: EcsState) -> None:
    """Raise ApiError when the destination has the name already, or no room for another image."""
    there = images.of_region(call.account, request.destination, call.now)
    if request.name and any(image.name == request.name for image in there):
        raise ecs_errors.documented("InvalidImageName.Duplicated")
    if state.image_quota.is_reached(request.destination, len(there)):
        raise ecs_errors.documented("QuotaExceed.Image")
    if state.snapshot_quota.is_reached(
        request.destination, images.count_snapshots(call.account, request.destination, call.now)
    ):
        raise ecs_errors.documented("QuotaExceed.Snapshot")


def copy_of(source: Image, request: CopyRequest, call: Call, settings: SettingValues, failure: str | None) -> Image:
    """The copy as it is when it is accepted: waiting, until somebody looks whether it is its turn."""
    return Image(
        id=new_id("m-"),
        account=call.account,
        region=request.destination,
        name=request.name,
        description=request.description,
        size=source.size,
        snapshot=ImageSnapshot(id=new_id("s-")),
        encrypted=request.encrypted,
        kms_key_id=request.kms_key_id,
        tags=request.tags,
        resource_group=request.resource_group,
        family="",
        os_type=source.os_type,
        architecture=source.architecture,
        boot_mode=source.boot_mode,
        product_code=source.product_code,
        published_in=source.published_in,
        created=call.now,
        visible_from=call.now + settings.seconds("visible_after_seconds", request.destination),
        origin=Origin(region=request.region, id=source.id),
        cancellable=source.copies_cancellable,
        queued=Queued(
            since=call.now,
            seconds=settings.seconds("copy_seconds", request.destination),
            failure=source.copy_failure or failure,
        ),
    )


def _named(images: list[Image], image_id: str) -> bool:
    return any(image.id == image_id for image in images)
