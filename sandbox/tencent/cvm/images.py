"""CVM's images, version 2017-03-12: copies to other regions, and all that can be done with a custom image.

The actions are SyncImages, DescribeImages, ModifyImageAttribute, DeleteImages and CreateImage.

Not emulated: instances beyond what CreateImage asks of them (they come from seeds), images of snapshots, imports and
exports, sharing, copies in the same region (which encrypt, or take over a shared image), prices. Codes that need such
things come from faults.

Where the API reference is silent, the stricter of the likely behaviours was chosen:

Names. Every image of an account in a region has a name of its own, whatever makes or renames it. Names have 1 to 60
characters and descriptions 1 to 256, not only white space.

Copy. The source is SYNCING until its copy has ended, and while it is, no other copy of it can be started
(FailedOperation.InvalidImageState), not even to another region, unless `concurrent_image_syncs`; any other state than
NORMAL is InvalidImageId.IncorrectState. Anything wrong with one region refuses the whole call. Without ImageSetRequired
no id is answered. A copy has the source's description, if it has one, and no tags.

Describe. Newest first, public images of seeds too; TotalCount counts all that match. One unknown id refuses the
whole call with InvalidImageId.NotFound. image-name finds any part of a name, in any case. Filters are combined.

Modify. An image that is CREATING, IMPORTING or has failed is InvalidImageId.IncorrectState; one that is SYNCING can be
modified unless `modify_needs_normal`.

Delete. CREATING, SYNCING and IMPORTING are InvalidImageId.IncorrectState, also for the source of a running copy.
Deleted ones are gone at once, their snapshots only with DeleteBindedSnap: else these stay, and are in the inventory.

Create. It takes `create_seconds`.
"""

from dataclasses import dataclass
from typing import Any

from sandbox.alibaba.account_state import AccountStates
from sandbox.core.resource import Job, Origin
from sandbox.core.settings import Settings
from sandbox.tencent.api import Call, Service
from sandbox.tencent.cvm import requests
from sandbox.tencent.cvm.errors import DOCUMENTED, documented
from sandbox.tencent.cvm.image import (
    Image,
    Images,
    Leftovers,
    Snapshot,
    State,
    Transfer,
    new_image_id,
    new_snapshot_id,
)
from sandbox.tencent.cvm.instance import Instances
from sandbox.tencent.errors import common
from sandbox.tencent.request import action

NAME = "cvm"
LIMITS = dict.fromkeys(("SyncImages", "ModifyImageAttribute", "DeleteImages", "CreateImage"), 10) | {
    "DescribeImages": 40
}
UNDELETABLE = ("CREATING", "SYNCING", "IMPORTING")


@dataclass(frozen=True)
class CvmBackend:
    """The actions and the rules between images."""

    images: Images
    leftovers: Leftovers
    instances: Instances
    settings: Settings
    states: AccountStates

    @property
    def service(self) -> Service:
        """CVM as the gateway sees it."""
        actions = (
            action(requests.SyncImages, self.sync_images),
            action(requests.DescribeImages, self.describe_images),
            action(requests.ModifyImageAttribute, self.modify_image_attribute),
            action(requests.DeleteImages, self.delete_images),
            action(requests.CreateImage, self.create_image),
        )
        return Service(NAME, "2017-03-12", dict(actions), DOCUMENTED, self.images.inventory, limits=LIMITS)

    def sync_images(self, call: Call, request: requests.SyncImages) -> dict[str, Any]:
        """Start a copy to each of some regions, or to none of them."""
        source = self._find(call, request.image_ids[0])
        if source.type == "PUBLIC_IMAGE" or request.encrypt:
            raise documented("InvalidParameterValue.InvalidImageId")
        if source.type == "SHARED_IMAGE":
            raise documented("InvalidParameterValue.InvalidRegion")  # only to its own region
        if source.encrypted:
            raise documented("UnsupportedOperation.EncryptedImagesNotSupported")
        if source.whole_machine:
            raise documented("InvalidParameter.InstanceImageNotSupport")
        state, settings = self._state(source, call), self.settings.current()
        if not (state == "NORMAL" or (state == "SYNCING" and settings.concurrent_image_syncs)):
            busy = state == "SYNCING" and source.own_state(call.now) == "NORMAL"
            raise (
                documented("FailedOperation.InvalidImageState")
                if busy
                else documented("InvalidImageId.IncorrectState", source.id, state)
            )
        account = self.states.of(call.account).cvm
        if account.image_max_size is not None and source.size > account.image_max_size:
            raise documented("InvalidImageId.TooLarge")
        name = source.name if request.image_name is None else request.image_name
        for region in request.destination_regions:
            if region in settings.regions_without_image_copy:
                raise documented("InvalidRegion.Unavailable")
            if account.image_quota.is_reached(region, len(self.images.of_region(call.account, region, call.now))):
                raise documented("ImageQuotaLimitExceeded")
            self._refuse_taken(call, region, name)
        if request.dry_run:
            raise common("DryRunOperation")
        made = [self._copy(call, source, region, name) for region in request.destination_regions]
        answered = [{"ImageId": one.id, "Region": one.region} for one in made if request.image_set_required]
        return {"ImageSet": answered}

    def describe_images(self, call: Call, request: requests.DescribeImages) -> dict[str, Any]:
        """List the images of a region, a page at a time."""
        matching = [
            image
            for image in self.images.of_region(call.account, call.region, call.now, request.image_ids or None)
            if image.visible_from <= call.now and all(one.fits(image) for one in request.filters)
        ]
        if missing := [one for one in request.image_ids if one not in {image.id for image in matching}]:
            raise documented("InvalidImageId.NotFound", missing[0])
        matching.sort(key=lambda image: image.created)
        matching.reverse()
        page = matching[request.offset : request.offset + request.limit]
        return {
            "TotalCount": len(matching),
            "ImageSet": [image.described(call.now, self.images.destinations(image, call.now)) for image in page],
        }

    def modify_image_attribute(self, call: Call, request: requests.ModifyImageAttribute) -> dict[str, Any]:
        """Rename an image, or change what is said of it."""
        image = self._find(call, request.image_id)
        if image.type == "SHARED_IMAGE":
            raise documented("UnsupportedOperation.SharedImageModifyUnsupported")
        if image.type == "PUBLIC_IMAGE":
            raise documented("InvalidImageId.NotFound", image.id)
        state = image.own_state(call.now)
        may_sync = state == "SYNCING" and not self.settings.current().modify_needs_normal
        if state != "NORMAL" and not may_sync:
            raise documented("InvalidImageId.IncorrectState", image.id, state)
        if request.image_name is not None and request.image_name != image.name:
            self._refuse_taken(call, call.region, request.image_name)
            image.name = request.image_name
        image.description = image.description if request.image_description is None else request.image_description
        image.family = image.family if request.image_family is None else request.image_family
        image.deprecated = image.deprecated if request.image_deprecated is None else request.image_deprecated
        self.images.save(image)
        return {}

    def delete_images(self, call: Call, request: requests.DeleteImages) -> dict[str, Any]:
        """Delete some images, or none of them when one cannot be deleted."""
        images = [self._find(call, image_id) for image_id in request.image_ids]
        for image in images:
            if image.type == "SHARED_IMAGE":
                raise documented("InvalidParameterValue.InvalidImageIdIsShared")
            if image.type == "PUBLIC_IMAGE":
                raise documented("InvalidParameterValue.InvalidImageId")
            if image.shared_with:
                raise documented("InvalidImageId.InShared")
            if (state := self._state(image, call)) in UNDELETABLE:
                raise documented("InvalidImageId.IncorrectState", image.id, state)
        if request.dry_run:
            raise common("DryRunOperation")
        for image in images:
            if not request.delete_binded_snap and image.own_state(call.now) == "NORMAL":
                self.leftovers.save(
                    Snapshot(
                        id=image.snapshot_id,
                        account=image.account,
                        region=image.region,
                        image_id=image.id,
                        size=image.size,
                    )
                )
            self.images.delete(image)
        return {}

    def create_image(self, call: Call, request: requests.CreateImage) -> dict[str, Any]:
        """Start to make an image of an instance."""
        instance = self.instances.get(call.account, call.region, request.instance_id or "", call.now)
        if instance is None:
            raise documented("InvalidInstanceId.NotFound", request.instance_id)
        if instance.state not in {"RUNNING", "STOPPED"}:
            raise documented("OperationDenied.InstanceOperationInProgress")
        held = len(self.images.of_region(call.account, call.region, call.now))
        if self.states.of(call.account).cvm.image_quota.is_reached(call.region, held):
            raise documented("ImageQuotaLimitExceeded")
        self._refuse_taken(call, call.region, request.image_name)
        if request.dry_run:
            raise common("DryRunOperation")
        settings = self.settings.current()
        image = Image(
            id=new_image_id(),
            account=call.account,
            region=call.region,
            name=request.image_name,
            description=request.image_description or "",
            family=request.image_family or "",
            os_name=instance.os_name,
            whole_machine=bool(request.data_disk_ids),
            size=instance.disk_size,
            created=settings.written(call.now),
            snapshot_id=new_snapshot_id(),
            tags=request.tags(),
            creating=Job(started=call.now, seconds=settings.seconds("create_seconds", call.region)),
        )
        self.images.save(image)
        return {"ImageId": image.id}

    def _state(self, image: Image, call: Call) -> State:
        return image.state(call.now, self.images.destinations(image, call.now))

    def _find(self, call: Call, image_id: str) -> Image:
        image = self.images.get(call.account, call.region, image_id, call.now)
        if image is None or image.visible_from > call.now:
            raise documented("InvalidImageId.NotFound", image_id)
        return image

    def _refuse_taken(self, call: Call, region: str, name: str) -> None:
        if self.images.of_name(call.account, region, name, call.now):
            raise documented("InvalidImageName.Duplicate", name)

    def _copy(self, call: Call, source: Image, region: str, name: str) -> Image:
        settings = self.settings.current()
        copy = source.model_copy(
            update={
                "id": new_image_id(),
                "region": region,
                "name": name,
                "created": settings.written(call.now),
                "visible_from": call.now + settings.seconds("visible_after_seconds", region),
                "origin": Origin(region=call.region, id=source.id),
                "snapshot_id": new_snapshot_id(),
                "shared_with": 0,
                "tags": {},
                "deprecated": False,
                "copy_outcome": None,
                "creating": None,
                "copying": Transfer(
                    started=call.now,
                    seconds=settings.seconds("copy_seconds", region),
                    outcome=source.copy_outcome.of(region) if source.copy_outcome else "NORMAL",
                ),
            }
        )
        self.images.save(copy)
        return copy
