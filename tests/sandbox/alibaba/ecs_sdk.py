"""The real ECS SDK, pointed at a sandbox, with what most tests need filled in."""

from typing import Any

from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client

from sandbox.core.accounts import ACCOUNT_ID
from sandbox.core.control_client import ControlClient
from sandbox.core.server import SandboxServer
from tests.sandbox.alibaba.alibaba_config import alibaba_config

BEIJING = "cn-beijing"
HANGZHOU = "cn-hangzhou"
SHANGHAI = "cn-shanghai"
IMAGE = "m-2zesource00000000000a"
SEED = {"images": [{"region": BEIJING, "id": IMAGE, "name": "golden", "size": 40, "tags": {"team": "os"}}]}
OTHER_ACCOUNT = {"id": "2", "keys": [{"access_key_id": "other", "access_key_secret": "s"}]}


class Ecs:
    """The actions with the parameters of a usual call; keyword arguments are the SDK's own."""

    def __init__(self, server: SandboxServer | ControlClient, *key: str, **signing: str) -> None:
        """Id, secret and token of a key, and how to sign: as `alibaba_config` takes them."""
        self.client = Client(alibaba_config(server, *key, **signing))

    def copy(self, *, tags: Any = None, **fields: Any) -> str:
        usual = {"region_id": BEIJING, "image_id": IMAGE, "destination_region_id": HANGZHOU}
        request = models.CopyImageRequest(**usual | fields)
        request.tag = _tags(models.CopyImageRequestTag, tags)
        return str(self.client.copy_image(request).body.image_id)

    def cancel(self, image_id: str | None, **fields: Any) -> None:
        request = models.CancelCopyImageRequest(**{"region_id": HANGZHOU, "image_id": image_id} | fields)
        self.client.cancel_copy_image(request)

    def page(self, *, tags: Any = None, **fields: Any) -> Any:
        request = models.DescribeImagesRequest(**{"region_id": HANGZHOU} | fields)
        request.tag = _tags(models.DescribeImagesRequestTag, tags)
        return self.client.describe_images(request).body

    def ids(self, **fields: Any) -> list[str]:
        return [image.image_id for image in self.page(**fields).images.image]

    def one(self, image_id: str, **fields: Any) -> Any:
        (image,) = self.page(**{"image_id": image_id, "status": "ALL"} | fields).images.image
        return image

    def statuses(self, *image_ids: str) -> list[str]:
        return [self.one(image_id).status for image_id in image_ids]

    def delete(self, image_id: str | None, **fields: Any) -> None:
        request = models.DeleteImageRequest(**{"region_id": HANGZHOU, "image_id": image_id} | fields)
        self.client.delete_image(request)

    def modify(self, image_id: str | None, **fields: Any) -> None:
        request = models.ModifyImageAttributeRequest(**{"region_id": HANGZHOU, "image_id": image_id} | fields)
        self.client.modify_image_attribute(request)

    def tag(self, *ids: str, tags: Any, **fields: Any) -> None:
        usual = {"region_id": HANGZHOU, "resource_type": "image", "resource_id": list(ids)}
        request = models.TagResourcesRequest(**usual | fields)
        request.tag = _tags(models.TagResourcesRequestTag, tags)
        self.client.tag_resources(request)

    def untag(self, *ids: str, **fields: Any) -> None:
        usual = {"region_id": HANGZHOU, "resource_type": "image", "resource_id": list(ids)}
        self.client.untag_resources(models.UntagResourcesRequest(**usual | fields))

    def tags_page(self, *ids: str, tags: Any = None, **fields: Any) -> Any:
        usual = {"region_id": HANGZHOU, "resource_type": "image", "resource_id": list(ids)}
        request = models.ListTagResourcesRequest(**usual | fields)
        request.tag = _tags(models.ListTagResourcesRequestTag, tags)
        return self.client.list_tag_resources(request).body

    def tags(self, *ids: str, **fields: Any) -> list[tuple[str, str, str]]:
        found = self.tags_page(*ids, **fields).tag_resources.tag_resource
        return [(one.resource_id, one.tag_key, one.tag_value) for one in found]

    def join(self, image_id: str, group: str, **fields: Any) -> None:
        usual = {"region_id": HANGZHOU, "resource_type": "image", "resource_id": image_id, "resource_group_id": group}
        self.client.join_resource_group(models.JoinResourceGroupRequest(**usual | fields))


def plant(control: ControlClient, *images: dict[str, Any], **more: Any) -> None:
    """Seed images in Hangzhou, and whatever else a seed has."""
    control.post("seed", {"images": [{"region": HANGZHOU} | image for image in images]} | more)


def plant_source(control: ControlClient, **fields: Any) -> None:
    """Seed the source again, with other fields."""
    control.post("seed", {"images": [{"region": BEIJING, "id": IMAGE} | fields]})


def set_state(control: ControlClient, **ecs: Any) -> None:
    """Say what ECS knows about the account."""
    control.post("seed", {"accounts": [{"id": ACCOUNT_ID, "state": {"ecs": ecs}}]})


def _tags(kind: Any, tags: Any) -> Any:
    return None if tags is None else [kind(key=key, value=value) for key, value in tags.items()]
