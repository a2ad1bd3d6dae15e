"""`alicloud:ecs/imageCopy:ImageCopy`, as the real plugin does it (terraform-provider-alicloud 1.285).

Its behaviour, as far as it matters to a program:

* CopyImage has no ClientToken: a lost answer leaves a copy that is in no state.
* `create` blocks until the copy is Available. When it fails, or takes longer than the create timeout (10 minutes unless
  `custom_timeouts` says more), the copy continues, its id stays in the state, and the run fails. The next `up` makes an
  update without changes of it, which looks at no status and succeeds; with `replace_on_changes=["#initerror"]` it is a
  replacement. A refresh in between forgets the failure: CreateFailed is read like Available.
* A deprecated image looks deleted. Encryption, key and source are never read back; the end of all tags is not seen.
* `delete` does not cancel: an image that is still being copied cannot be deleted.
* Ctrl-C does not end the wait of a `create`.

Not as the real plugin: CopyImage goes to the configured endpoint, not to the host of the source region, and the first
look comes after REPLICAS_PLUGIN_POLL_SECONDS (1), not after 60 seconds.
"""

import inspect
import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client
from alibabacloud_tea_openapi.models import Config
from Tea.exceptions import TeaException
from typing_extensions import override

from sandbox.plugins.native import PLUGINS, PROPERTIES, Access, Failed, NativeResource, Property, Values

SEEN = "Creating,Waiting,Available,UnAvailable,CreateFailed"
FAILED = frozenset({"UnAvailable", "CreateFailed"})
DEFAULT_TIMEOUT = 600.0
UNSEEN_LOOKS = 20
"""So many looks in a row may miss an image before it counts as lost."""


class EcsResource(NativeResource):
    """A resource of ECS, called by a provider that is configured as that of the real plugin is."""

    PLUGIN: ClassVar[str] = "alicloud"

    @override
    @classmethod
    def connect(cls, access: Access) -> Any:
        config = Config(
            access_key_id=access.key,
            access_key_secret=access.secret,
            security_token=access.token,
            region_id=access.region,
            endpoint=access.address,
            protocol=access.protocol,
            signature_algorithm="v2",  # the SDK's name for V1, the only signature that the real plugin makes
        )
        return Client(config)

    @override
    @classmethod
    def configured_endpoint(cls, config: Values, given: str) -> str:
        """Find `ecs` in `endpoints`, which an SDK sends as JSON text and stack config may hold as a list."""
        service, endpoints = PLUGINS[cls.PLUGIN].service, config.get("endpoints") or []
        try:
            parsed = json.loads(endpoints) if isinstance(endpoints, str) else endpoints
            return str(next((one[service] for one in parsed if one.get(service)), ""))
        except (ValueError, TypeError, AttributeError):
            raise Failed("the alicloud provider's `endpoints` is not a list of maps. Next: correct it") from None

    def call(self, doing: str, action: str, **fields: Any) -> Any:
        """Make one call, `copy_image` for CopyImage, to the region unless `fields` name another; returns the body."""
        model = getattr(models, f"{action.title().replace('_', '')}Request")
        region = {"region_id": self._region} if "region_id" in inspect.signature(model).parameters else {}
        request = model(**{**region, **fields})
        try:
            return getattr(self._client, action)(request).body
        except TeaException as error:
            code = getattr(error, "code", None) or "no answer"
            message = re.sub(r"^code: \d+, ", "", str(getattr(error, "message", error))).strip()
            raise Failed(f"{doing}: {code}: {' '.join(message.split())}") from None


class ImageCopies(EcsResource):
    """The copies in one region."""

    NOUN: ClassVar[str] = "image"
    TOKEN: ClassVar[str] = "alicloud:ecs/imageCopy:ImageCopy"  # noqa: S105 - a type token
    PROPERTIES: ClassVar[Mapping[str, Property]] = PROPERTIES[TOKEN]

    @override
    def start(self, inputs: Values) -> str:
        source, region = inputs["sourceImageId"], inputs["sourceRegionId"]
        tags = inputs.get("tags") or {}
        answer = self.call(
            f"copying image {source} from {region} to {self._region}",
            "copy_image",
            region_id=region,
            image_id=source,
            destination_region_id=self._region,
            destination_image_name=inputs.get("imageName") or None,
            destination_description=inputs.get("description") or None,
            encrypted=bool(inputs.get("encrypted")),
            kmskey_id=inputs.get("kmsKeyId") or None,
            tag=[models.CopyImageRequestTag(key=key, value=value) for key, value in tags.items()] or None,
        )
        return str(answer.image_id)

    @override
    def await_usable(self, resource_id: str, timeout: float) -> None:
        timeout = timeout or DEFAULT_TIMEOUT
        about = f"image {resource_id} in {self._region}"
        unseen, status = 0, "never seen"
        for _ in self.looks(timeout):
            image = self.find(resource_id)
            unseen = unseen + 1 if image is None else 0
            if unseen > UNSEEN_LOOKS:
                raise Failed(f"{about} is not there after {unseen} looks")
            status = image.status if image else status
            if status == "Available":
                return
            if status in FAILED:
                raise Failed(f"{about} ended as {status}, not as Available")
        raise Failed(f"{about} is {status} after {timeout:g} s, its create timeout; the copy continues")

    @override
    def find(self, resource_id: str) -> Any:
        doing = f"reading image {resource_id} in {self._region}"
        found = self.call(doing, "describe_images", image_id=resource_id, status=SEEN)
        return next((image for image in found.images.image if image.image_id == resource_id), None)

    @override
    def outputs(self, known: Values, found: Any) -> Values:
        tags = _own_tags(found.tags.tag if found.tags else None) or known.get("tags")
        read = {"name": found.image_name, "imageName": found.image_name, "description": found.description or None}
        return {**known, **read, "tags": tags or None}

    @override
    def update(self, resource_id: str, olds: Values, news: Values) -> Values:
        before, after = olds.get("tags") or {}, news.get("tags") or {}
        tagged = {"resource_type": "image", "resource_id": [resource_id]}
        tagging = f"tagging image {resource_id} in {self._region}"
        if removed := [key for key in before if before[key] != after.get(key)]:
            self.call(tagging, "untag_resources", tag_key=removed, **tagged)
        if after and before != after:
            given = [models.TagResourcesRequestTag(key=key, value=value) for key, value in after.items()]
            self.call(tagging, "tag_resources", tag=given, **tagged)
        name = news.get("imageName") or olds.get("imageName")
        changed = {"imageName": name, "description": news.get("description")}
        if any((value or "") != (olds.get(key) or "") for key, value in changed.items()):
            self.call(
                f"changing image {resource_id} in {self._region}",
                "modify_image_attribute",
                image_id=resource_id,
                image_name=name or None,
                description=news.get("description") or None,
            )
        image = self.find(resource_id)
        if image is None:
            raise Failed(f"image {resource_id} in {self._region} is gone. Next: run `pulumi refresh`")
        found = self.call(f"reading tags of image {resource_id}", "list_tag_resources", **tagged)
        tags = _own_tags(found.tag_resources.tag_resource if found.tag_resources else None)
        return {**self.outputs(news, image), "tags": tags or None}

    @override
    def delete(self, resource_id: str, outputs: Values, timeout: float) -> None:
        if self.find(resource_id) is None:
            return
        doing = f"deleting image {resource_id} in {self._region}"
        force = True if outputs.get("force") else None
        self.call(doing, "delete_image", image_id=resource_id, force=force)
        looks = self.looks(timeout or DEFAULT_TIMEOUT)
        while self.find(resource_id) is not None:
            if next(looks, self) is self:
                raise Failed(f"{doing}: it is still there after the timeout")


def _own_tags(tags: Any) -> Values:
    """Leave out the cloud's own tags, as the plugin does."""
    return {one.tag_key: one.tag_value for one in tags or [] if not re.match(r"acs:|aliyun", one.tag_key)}
