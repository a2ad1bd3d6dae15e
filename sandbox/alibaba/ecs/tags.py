"""TagResources, UntagResources and ListTagResources, for images; and JoinResourceGroup, which names them alike."""

from http import HTTPStatus
from typing import Any

from sandbox.alibaba import errors as alibaba_errors
from sandbox.alibaba.ecs import errors as ecs_errors
from sandbox.alibaba.ecs.image import Image
from sandbox.alibaba.ecs.store import Images
from sandbox.alibaba.page_tokens import read_next_token, take_page
from sandbox.alibaba.resource_groups import ResourceGroups
from sandbox.alibaba.rpc import Call, Parameters, known_region
from sandbox.alibaba.tags import MAX_TAGS, has_tags, read_tag_filter, read_tags
from sandbox.core.api_error import ApiError

MAX_RESOURCES = 50
PAGE = 50
IMAGE = "image"
_MISSING = 'The input parameter "{}" that is mandatory for processing this request is not supplied.'


class ImageTags:
    """The actions of several images at once; each is done for all or for none."""

    def __init__(self, images: Images, groups: ResourceGroups) -> None:
        self._images = images
        self._groups = groups

    def tag_resources(self, call: Call) -> dict[str, Any]:
        """Add tags; a key that an image has gets the new value."""
        region = _region(call.params)
        ids = _ids(call.params)
        tags = read_tags(call.params, reserved_values=())
        if tags is None:
            raise ecs_errors.documented("MissingParameter.Tags")
        if any("Value" not in tag for tag in call.params.records("Tag", ("Key", "Value"))):
            raise ecs_errors.documented("InvalidTag.Mismatch")
        if len({key.lower() for key in tags}) < len(tags):
            raise ecs_errors.documented("TagKey.Duplication")
        for image in self._named(call, region, ids):
            image.tags = image.tags | tags
            if len(image.tags) > MAX_TAGS:
                raise ecs_errors.documented("QuotaExceed.Tags")
            self._images.save(image)
        return {}

    def untag_resources(self, call: Call) -> dict[str, Any]:
        """Remove some tags, or with All all of them."""
        region = _region(call.params)
        ids, keys, every = _ids(call.params), call.params.texts("TagKey"), call.params.boolean("All")
        if len(keys) > MAX_TAGS:
            raise ecs_errors.documented("NumberExceed.Tags")
        if not keys and not every:
            raise ecs_errors.documented("MissingParameter.Tags")
        if keys and every:
            raise ecs_errors.documented("Param.Conflict")
        for image in self._named(call, region, ids):
            image.tags = {} if every else {key: value for key, value in image.tags.items() if key not in keys}
            self._images.save(image)
        return {}

    def list_tag_resources(self, call: Call) -> dict[str, Any]:
        """The tags of some images, or of those that have some tags, a page at a time."""
        region = _region(call.params)
        after = read_next_token(call.params)
        wanted = read_tag_filter(call.params)
        if any(not key for key, _ in wanted):
            raise alibaba_errors.invalid_parameter("TagValue", "it needs a key")
        if wanted and call.params.has_any("TagFilter"):
            raise alibaba_errors.invalid_parameter("TagFilter", "it cannot be used together with Tag")
        ids = _ids(call.params, needed=not wanted)
        entries = [
            {"ResourceId": image.id, "ResourceType": IMAGE, "TagKey": key, "TagValue": value}
            for image in self._visible(call, region)
            if (not ids or image.id in ids) and has_tags(image.tags, wanted)
            for key, value in image.tags.items()
        ]
        page, next_token = take_page(((n, entry) for n, entry in enumerate(entries, 1) if n > after), PAGE)
        return {"TagResources": {"TagResource": page}, "NextToken": next_token or ""}

    def join_resource_group(self, call: Call) -> dict[str, Any]:
        """Move an image to another resource group."""
        for name in ("ResourceId", "ResourceGroupId", "RegionId"):
            if not call.params.text(name):
                raise ApiError("MissingParameter", _MISSING.format(name), HTTPStatus.FORBIDDEN)
        region = known_region(call.params)
        image_id, group = call.params.required("ResourceId"), call.params.required("ResourceGroupId")
        if call.params.text("ResourceType") not in {None, IMAGE}:
            raise ecs_errors.documented("InvalidResourceType.NotFound")
        if not self._groups.has(call.account, group, call.now):
            raise ecs_errors.documented("InvalidResourceGroup.NotFound")
        (image,) = self._named(call, region, [image_id])
        if image.resource_group == group:
            raise ecs_errors.documented("InvalidResourceGroup.Duplicate")
        image.resource_group = group
        self._images.save(image)
        return {}

    def _named(self, call: Call, region: str, ids: list[str]) -> list[Image]:
        found = {image.id: image for image in self._visible(call, region)}
        if not found.keys() >= set(ids):
            raise ecs_errors.documented("InvalidResourceId.NotFound")
        return [found[one] for one in dict.fromkeys(ids)]

    def _visible(self, call: Call, region: str) -> list[Image]:
        mine = self._images.of_region(call.account, region, call.now)
        return [image for image in mine if image.visible_from <= call.now]


def _region(params: Parameters) -> str:
    """The region of the images, with the codes that the tag actions have for what is missing."""
    for name in ("RegionId", "ResourceType"):
        if not params.text(name):
            raise ecs_errors.documented(f"MissingParameter.{name}")
    if params.text("ResourceType") != IMAGE:
        raise ecs_errors.documented("InvalidResourceType.NotFound")
    return known_region(params)


def _ids(params: Parameters, *, needed: bool = True) -> list[str]:
    ids = params.texts("ResourceId")
    if len(ids) > MAX_RESOURCES:
        raise ecs_errors.documented("NumberExceed.ResourceIds")
    if needed and not ids:
        raise ecs_errors.documented("MissingParameter.ResourceIds")
    return ids
