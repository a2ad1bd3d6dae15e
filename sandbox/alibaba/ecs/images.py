"""ECS, version 2014-05-26: custom images here, snapshots of disks in `snapshots`.

CopyImage, CancelCopyImage, DescribeImages, DeleteImage, ModifyImageAttribute, TagResources, UntagResources,
ListTagResources, JoinResourceGroup, DescribeRegions.

Not emulated: instances, disks, CreateImage, import, export and sharing calls (seed what they would leave); public,
marketplace and community images; data disks; tags of other things than images and snapshots; image components,
Features, LicenseType and EncryptAlgorithm; billing, RAM conditions and request rates (order them as faults); the
parameters ActionType, InstanceType, ShowExpired, Filter and TagFilter, the Owner* and ResourceOwner* parameters.

Where the API reference is silent, the stricter of the likely behaviours was chosen:

Queue. The region that counts is the destination: the new image waits there, and there it is cancelled. A slot that
becomes free is taken at once, in the order of the requests. The reference says one running copy per region and account,
newer pages say five: `image_copy_slots`.

Copy. Without DestinationRegionId the destination is the source region, which is refused. A copy has an empty name and
description unless given, no tags, the default resource group and no image family; Encrypted is false unless given,
whatever the account's defaults. Its state is judged before what it is made of, and that before key, name and quotas. A
copy of an image that is itself still a waiting or running copy is OperationDenied.ImageCopying; an image in any other
state but Available is IncorrectImageStatus. An encrypted image cannot be copied, as the error table says. A key belongs
to the destination region and exists only by seed. Names are unique among all images of an account in a region: failed,
waiting and deprecated ones count, and so do those not listed yet. A copy that fails stays listed as CreateFailed, and
keeps its name, until it is deleted. A ClientToken is kept as in ECI.

Description. The reference says 2 to 256 characters. One is accepted, too: the real alicloud plugin sends such a
request, and a call that works in a recording must work here.

Describe. The newest image comes first. ImageName finds any part of a name in any case, * stands for anything. Images
shared by other accounts are listed, too. Usable images are Available or Deprecated. What has no code of its own, as ALL
next to another status, an unknown status, page or size, is 400 InvalidParamter. Filters are checked and do nothing.

Delete. The source of a waiting or running copy is refused like the copy itself: 403 OperationDenied.ImageCopying. Force
does not override copying and sharing. An image that another account shared is 404 InvalidImageId.NotFound. The image is
gone at once; its snapshot is kept and never expires.

Cancel. Waiting copies can be cancelled as running ones can; nothing of the copy is kept.

Modify. LicenseType and Features are checked and not kept. An image that is being made is 403
InvalidStatus.ImageIsCreating; Deprecated needs an Available image that is not shared (ImageStatus.NotAvailable,
ImageUseShared), Available needs a Deprecated one (ImageStatus.NotDeprecated).

Tags. A call is done for all its images or for none. All next to a TagKey is 403 Param.Conflict, a tag without a value
400 InvalidTag.Mismatch, Tag next to TagFilter 400 InvalidParameter.TagFilter. Unknown ids are 404
InvalidResourceId.NotFound, except that ListTagResources leaves them out; more than 20 tags on an image are 403
QuotaExceed.Tags. Joining the resource group that an image already belongs to is 403 InvalidResourceGroup.Duplicate. The
default group is an empty ResourceGroupId.
"""

from dataclasses import dataclass
from typing import Any

from sandbox.alibaba.client_tokens import ClientTokens
from sandbox.alibaba.ecs import errors as ecs_errors
from sandbox.alibaba.ecs import snapshot_errors
from sandbox.alibaba.ecs.copy_image import ImageCopies
from sandbox.alibaba.ecs.describe_images import DescribeImages
from sandbox.alibaba.ecs.image import Image
from sandbox.alibaba.ecs.requests import DeleteImage, ModifyImageAttribute, OneImage, end_dry_run
from sandbox.alibaba.ecs.snapshots import SnapshotActions
from sandbox.alibaba.ecs.tags import ResourceTags
from sandbox.alibaba.region_names import REGION_NAMES
from sandbox.alibaba.rpc import Call, Service


@dataclass(frozen=True, kw_only=True)
class EcsBackend(ImageCopies, ResourceTags):
    """The actions and the rules between images."""

    tokens: ClientTokens
    of_snapshots: SnapshotActions
    """The actions of snapshots, which are a room of their own."""

    @property
    def service(self) -> Service:
        """ECS as the gateway sees it."""
        return Service(
            name=self.images.name,
            product="Ecs",
            host="ecs.aliyuncs.com",
            version="2014-05-26",
            actions={
                "CopyImage": self.tokens.once(self.copy_image),
                "CancelCopyImage": self.cancel_copy_image,
                "DescribeImages": self.describe_images,
                "DeleteImage": self.delete_image,
                "ModifyImageAttribute": self.modify_image_attribute,
                "TagResources": self.tag_resources,
                "UntagResources": self.untag_resources,
                "ListTagResources": self.list_tag_resources,
                "JoinResourceGroup": self.join_resource_group,
                "DescribeRegions": self.describe_regions,
                **self.of_snapshots.actions,
            },
            inventory=self.images.inventory,
            documented=snapshot_errors.ALL | ecs_errors.ALL,
            denied=ecs_errors.denied,
        )

    def cancel_copy_image(self, call: Call) -> dict[str, Any]:
        """Stop a copy that waits or runs; what was made of it is deleted."""
        image = self._find(call, OneImage.read(call))
        ecs_errors.refuse({"ImageCreatedNotFromCopy": image.origin is None})
        status = image.status(call.now)
        if status not in Image.COPYING:
            failed = status == "CreateFailed"
            message = "The Image copy has been failed." if failed else "The image has completed copy."
            raise ecs_errors.documented("IncorrectImageStatus", message)
        ecs_errors.refuse({"CancelNotSupported": not image.cancellable})
        self.images.remove(image, call.now)
        return {}

    def describe_images(self, call: Call) -> dict[str, Any]:
        """List the images of a region, a page at a time."""
        request = DescribeImages.read(call)
        end_dry_run(call)
        own = self.images.of_region(call.account, request.region_id, call.now)
        visible = own + self.images.shared_to(call.account, request.region_id, call.now)
        found = [image for image in reversed(visible) if request.matches(image, call.account, call.now)]
        end = request.page_number * request.page_size
        page = found[end - request.page_size : end]
        return {
            "RegionId": request.region_id,
            "PageNumber": request.page_number,
            "PageSize": request.page_size,
            "TotalCount": len(found),
            "Images": {"Image": [image.described(call.account, call.now) for image in page]},
        }

    def delete_image(self, call: Call) -> dict[str, Any]:
        """Delete an image that nothing is being done with; an unknown one is ignored."""
        request = DeleteImage.read(call)
        region, image_id = request.region_id, request.image_id
        image = self.images.find(call.account, region, image_id, call.now)
        if image is None:
            shared = {image.id for image in self.images.shared_to(call.account, region, call.now)}
            ecs_errors.refuse({"InvalidImageId.NotFound": image_id in shared})
            end_dry_run(call)
            return {}
        if image.status(call.now) in Image.COPYING:
            message = "The image is being copied. Please use the CancelCopyImage API."
            raise ecs_errors.documented("OperationDenied.ImageCopying", message)
        if self.images.being_copied(image, call.now):
            raise ecs_errors.documented("OperationDenied.ImageCopying", "The Image is coping.")
        in_use = image.in_use and not request.force
        ecs_errors.refuse({"ImageUseShared": bool(image.shared_with), "ImageUsingByInstance": in_use})
        end_dry_run(call)
        self.images.remove(image, call.now)
        return {}

    def modify_image_attribute(self, call: Call) -> dict[str, Any]:
        """Change name, description, family or boot mode of an image, or deprecate it."""
        request = ModifyImageAttribute.read(call)
        image = self._find(call, request)
        status, wanted = image.status(call.now), request.status
        ecs_errors.refuse(
            {
                "InvalidStatus.ImageIsCreating": status in Image.COPYING,
                "ImageStatus.NotDeprecated": wanted == "Available" and status != "Deprecated",
                "ImageStatus.NotAvailable": wanted == "Deprecated" and status != "Available",
                "ImageUseShared": wanted == "Deprecated" and bool(image.shared_with),
            }
        )
        name = request.image_name or image.name
        others = self.images.of_region(call.account, request.region_id, call.now)
        if name != image.name and any(other.name == name for other in others):
            message = "The specified Image name has already bean used."
            raise ecs_errors.documented("InvalidImageName.Duplicated", message)
        ecs_errors.refuse({"OperationDeined.ImageUsingByInstance": image.in_use and bool(request.boot_mode)})
        end_dry_run(call)
        image.name = name
        image.deprecated = wanted == "Deprecated" if wanted else image.deprecated
        image.description = request.description or image.description
        image.family = request.image_family or image.family
        image.boot_mode = request.boot_mode or image.boot_mode
        self.images.save(image)
        return {}

    def describe_regions(self, call: Call) -> dict[str, Any]:
        """List the regions, with English names in every language but Chinese, which is the default."""
        chinese = (call.params.get("AcceptLanguage") or "zh").lower().startswith("zh")
        regions = [
            {
                "RegionId": region,
                "RegionEndpoint": f"ecs.{region}.aliyuncs.com",
                "LocalName": in_chinese if chinese else in_english,
                "Status": "available",
            }
            for region, (in_chinese, in_english) in REGION_NAMES.items()
        ]
        return {"Regions": {"Region": regions}}

    def _find(self, call: Call, request: OneImage) -> Image:
        image = self.images.find(call.account, request.region_id, request.image_id, call.now)
        if image is None:
            raise ecs_errors.documented("InvalidImageId.NotFound")
        return image
