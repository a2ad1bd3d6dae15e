"""ECS's custom images, version 2014-05-26.

CopyImage, CancelCopyImage, DescribeImages, DeleteImage, ModifyImageAttribute, TagResources, UntagResources,
ListTagResources, JoinResourceGroup, DescribeRegions.

Not emulated: instances, disks, CreateImage, import, export and sharing calls (seed what they would leave); public,
marketplace and community images; data disks; more tag types than image; image components, Features, LicenseType and
EncryptAlgorithm; billing, RAM conditions and request rates (order them as faults); the parameters ActionType,
InstanceType, ShowExpired, Filter and TagFilter, the Owner* and ResourceOwner* parameters.

Where the API reference is silent, the harsher of the likely behaviours was chosen:

Queue. The region that counts is the destination: the new image waits there, and there it is cancelled. A place that
becomes free is taken at once, in the order of the requests. The reference says one running copy per region and
account, newer pages say five: `image_copy_slots`.

Copy. Without DestinationRegionId the destination is the source region, which is refused. A copy has an empty name
and description unless given, no tags, the default resource group and no image family; Encrypted is false unless
given, whatever the account's defaults. Its state is judged before what it is made of, and that before key, name and
quotas. A copy of an image that is itself still a waiting or running copy is OperationDenied.ImageCopying; an image
in any other state but Available is IncorrectImageStatus. An encrypted image cannot be copied, as the error table
says. A key belongs to the destination region and exists only by seed. Names are unique among all images of an
account in a region: failed, waiting and deprecated ones count, and so do those not listed yet. A copy that fails
stays listed as CreateFailed, and keeps its name, until it is deleted. A ClientToken is kept as in ECI.

Description. The reference says 2 to 256 characters. One is accepted, too: the real alicloud plugin sends such a
request, and a call that works in a recording must work here.

Describe. The newest image comes first. ImageName finds any part of a name in any case, * stands for anything.
Images shared by other accounts are listed, too. Usable images are Available or Deprecated. What has no code of its
own, as ALL next to another status, an unknown status, page or size, is 400 InvalidParamter. Filters are checked and
do nothing.

Delete. The source of a waiting or running copy is refused like the copy itself: 403 OperationDenied.ImageCopying.
Force does not help against copying and sharing. An image that somebody else shared is 404 InvalidImageId.NotFound.
The image is gone at once, its snapshot stays for ever.

Cancel. Waiting copies can be cancelled as running ones can; nothing of the copy stays.

Modify. LicenseType and Features are checked and not kept. An image that is being made is 403
InvalidStatus.ImageIsCreating; Deprecated needs an Available image that is not shared (ImageStatus.NotAvailable,
ImageUseShared), Available needs a Deprecated one (ImageStatus.NotDeprecated).

Tags. A call is done for all its images or for none. All next to a TagKey is 403 Param.Conflict, a tag without a
value 400 InvalidTag.Mismatch, Tag next to TagFilter 400 InvalidParameter.TagFilter. Unknown ids are 404
InvalidResourceId.NotFound, except that ListTagResources leaves them out; more than 20 tags on an image are 403
QuotaExceed.Tags. Joining the resource group that an image is in already is 403 InvalidResourceGroup.Duplicate. The
default group is an empty ResourceGroupId.
"""

from typing import Any

from sandbox.alibaba import errors as alibaba_errors
from sandbox.alibaba import region_names
from sandbox.alibaba.account_state import AccountStates
from sandbox.alibaba.client_tokens import ClientTokens
from sandbox.alibaba.ecs import errors as ecs_errors
from sandbox.alibaba.ecs.copy_image import (
    check_key,
    check_regions,
    check_room,
    check_source,
    copy_of,
    find_source,
    read_copy,
)
from sandbox.alibaba.ecs.describe_images import read
from sandbox.alibaba.ecs.image import COPYING, Image
from sandbox.alibaba.ecs.parameters import read_description, read_name
from sandbox.alibaba.ecs.store import NAME, Images
from sandbox.alibaba.ecs.tags import ImageTags
from sandbox.alibaba.kms_keys import KmsKeys
from sandbox.alibaba.resource_groups import ResourceGroups
from sandbox.alibaba.rpc import Call, Service, known_region
from sandbox.core.faults import Faults
from sandbox.core.settings import Settings

BOOT_MODES = ("BIOS", "UEFI", "UEFI-Preferred")
LICENSES = (None, "", "Auto", "BYOL")
"""The reference says to send BYOL, and has Auto for an example."""


class EcsBackend:
    """The actions and the rules between images."""

    def __init__(
        self,
        *,
        images: Images,
        keys: KmsKeys,
        groups: ResourceGroups,
        states: AccountStates,
        settings: Settings,
        faults: Faults,
        tokens: ClientTokens,
    ) -> None:
        self._images = images
        self._keys = keys
        self._groups = groups
        self._states = states
        self._settings = settings
        self._faults = faults
        tags = ImageTags(images, groups)
        self.service = Service(
            name=NAME,
            product="Ecs",
            host="ecs.aliyuncs.com",
            version="2014-05-26",
            actions={
                "CopyImage": tokens.once(self.copy_image),
                "CancelCopyImage": self.cancel_copy_image,
                "DescribeImages": self.describe_images,
                "DeleteImage": self.delete_image,
                "ModifyImageAttribute": self.modify_image_attribute,
                "TagResources": tags.tag_resources,
                "UntagResources": tags.untag_resources,
                "ListTagResources": tags.list_tag_resources,
                "JoinResourceGroup": tags.join_resource_group,
                "DescribeRegions": self.describe_regions,
            },
            inventory=images.inventory,
            documented=ecs_errors.ALL,
            denied=ecs_errors.denied,
        )

    def copy_image(self, call: Call) -> dict[str, Any]:
        """Queue a copy to another region."""
        settings, state = self._settings.current(), self._states.of(call.account).ecs
        request = read_copy(call, self._groups)
        check_regions(request, settings, state)
        source = find_source(self._images, request, call)
        check_source(source, request, state)
        check_key(self._keys, request, call)
        check_room(self._images, request, call, state)
        _end_dry_run(call)
        failure = self._faults.take_failure("copy_fails", NAME, call.action, call.params.raw)
        copy = copy_of(source, request, call, settings, failure)
        self._images.save(copy)
        return {"ImageId": copy.id}

    def cancel_copy_image(self, call: Call) -> dict[str, Any]:
        """Stop a copy that waits or runs; what was made of it vanishes."""
        region, image_id = known_region(call.params), call.params.required("ImageId")
        image = self._find(call, region, image_id)
        if image.origin is None:
            raise ecs_errors.documented("ImageCreatedNotFromCopy")
        status = image.status(call.now)
        if status not in COPYING:
            failed = status == "CreateFailed"
            message = "The Image copy has been failed." if failed else "The image has completed copy."
            raise ecs_errors.documented("IncorrectImageStatus", message)
        if not image.cancellable:
            raise ecs_errors.documented("CancelNotSupported")
        self._images.remove(image, call.now)
        return {}

    def describe_images(self, call: Call) -> dict[str, Any]:
        """List the images of a region, a page at a time."""
        region = known_region(call.params)
        wanted, page = read(call.params)
        _end_dry_run(call)
        mine = self._images.of_region(call.account, region, call.now)
        visible = mine + self._images.shared_to(call.account, region, call.now)
        found = [image for image in reversed(visible) if wanted.matches(image, call.account, call.now)]
        return {
            "RegionId": region,
            "PageNumber": page.number,
            "PageSize": page.size,
            "TotalCount": len(found),
            "Images": {"Image": [image.described(call.account, call.now) for image in page.of(found)]},
        }

    def delete_image(self, call: Call) -> dict[str, Any]:
        """Delete an image that nothing is being done with; an unknown one is ignored."""
        region, image_id = known_region(call.params), call.params.required("ImageId")
        force = call.params.boolean("Force")
        image = self._images.get(call.account, region, image_id, call.now)
        if image is None or image.visible_from > call.now:
            if any(one.id == image_id for one in self._images.shared_to(call.account, region, call.now)):
                raise ecs_errors.documented("InvalidImageId.NotFound")
            _end_dry_run(call)
            return {}
        if image.status(call.now) in COPYING:
            message = "The image is being copied. Please use the CancelCopyImage API."
            raise ecs_errors.documented("OperationDenied.ImageCopying", message)
        if self._images.being_copied(image, call.now):
            raise ecs_errors.documented("OperationDenied.ImageCopying", "The Image is coping.")
        if image.shared_with:
            raise ecs_errors.documented("ImageUseShared")
        if image.in_use and not force:
            raise ecs_errors.documented("ImageUsingByInstance")
        _end_dry_run(call)
        self._images.remove(image, call.now)
        return {}

    def modify_image_attribute(self, call: Call) -> dict[str, Any]:
        """Change name, description, family or boot mode of an image, or deprecate it."""
        params = call.params
        region, image_id = known_region(params), params.required("ImageId")
        name, description = read_name(params, "ImageName"), read_description(params, "Description")
        family = read_name(params, "ImageFamily", "InvalidImageFamily.Malformed")
        boot_mode = params.text("BootMode") or None
        if boot_mode not in {None, *BOOT_MODES}:
            raise ecs_errors.documented("InvalidBootMode.NotSupport")
        if params.text("LicenseType") not in LICENSES:
            raise ecs_errors.documented("InvalidLicenseType.NotSupported")
        if params.text("Features.ImdsSupport") not in {None, "v1", "v2"}:
            raise ecs_errors.documented("InvalidParameter.FeaturesImdsSupport")
        params.one_of("Features.NvmeSupport", ("supported", "unsupported"))
        status = params.one_of("Status", ("", "Deprecated", "Available"))
        image = self._find(call, region, image_id)
        if image.status(call.now) in COPYING:
            raise ecs_errors.documented("InvalidStatus.ImageIsCreating")
        if status:
            _check_status_change(image, status, call.now)
        if name is not None and name != image.name:
            if any(other.name == name for other in self._images.of_region(call.account, region, call.now)):
                message = "The specified Image name has already bean used."
                raise ecs_errors.documented("InvalidImageName.Duplicated", message)
            image.name = name
        if boot_mode is not None and image.in_use:
            raise ecs_errors.documented("OperationDeined.ImageUsingByInstance")
        _end_dry_run(call)
        image.deprecated = status == "Deprecated" if status else image.deprecated
        image.description = image.description if description is None else description
        image.family = image.family if family is None else family
        image.boot_mode = image.boot_mode if boot_mode is None else boot_mode
        self._images.save(image)
        return {}

    def describe_regions(self, call: Call) -> dict[str, Any]:
        """List the regions."""
        language = call.params.text("AcceptLanguage") or "zh-CN"
        return {"Regions": {"Region": region_names.described(language)}}

    def _find(self, call: Call, region: str, image_id: str) -> Image:
        image = self._images.get(call.account, region, image_id, call.now)
        if image is None or image.visible_from > call.now:
            raise ecs_errors.documented("InvalidImageId.NotFound")
        return image


def _end_dry_run(call: Call) -> None:
    if call.params.boolean("DryRun"):
        raise alibaba_errors.dry_run()


def _check_status_change(image: Image, status: str, now: float) -> None:
    if status == "Available" and image.status(now) != "Deprecated":
        raise ecs_errors.documented("ImageStatus.NotDeprecated")
    if status == "Deprecated" and image.status(now) != "Available":
        raise ecs_errors.documented("ImageStatus.NotAvailable")
    if status == "Deprecated" and image.shared_with:
        raise ecs_errors.documented("ImageUseShared")
