"""`alicloud:ecs/imageCopy:ImageCopy`, as the real plugin does it (terraform-provider-alicloud 1.285).

Its habits that matter to a program:

* CopyImage has no ClientToken: an answer that is lost leaves a copy that nobody knows.
* `create` blocks until the copy is Available. When it fails, or takes longer than the create timeout (10 minutes unless
  `custom_timeouts` says more), the copy goes on, its id stays in the state, and the run fails. The next `up` makes an
  update without changes of it, which looks at no status and succeeds; with `replace_on_changes=["#initerror"]` it is a
  replacement. A refresh in between forgets the failure: CreateFailed is read like Available.
* A deprecated image looks deleted. Encryption, key and source are never read back; the end of all tags is not seen.
* `delete` does not cancel: an image that is still being copied cannot be deleted.
* Ctrl-C does not end the wait of a `create`.

Not as the real plugin: CopyImage goes to the configured endpoint, not to the host of the source region, and the first
look comes after REPLICAS_PLUGIN_POLL_SECONDS (1), not after 60 seconds.
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client
from alibabacloud_tea_openapi.models import Config
from Tea.exceptions import TeaException

from sandbox.plugins.endpoint import loopback_endpoint
from sandbox.plugins.native import Failed, InitFailed, Property, Values

SEEN = "Creating,Waiting,Available,UnAvailable,CreateFailed"
FAILED = frozenset({"UnAvailable", "CreateFailed"})
DEFAULT_TIMEOUT = 600.0
UNSEEN_LOOKS = 20
"""So many looks in a row may miss an image before it counts as lost."""


class ImageCopies:
    """The copies in one region."""

    PLUGIN: ClassVar[str] = "alicloud"
    PACKAGE: ClassVar[str] = "pulumi-alicloud"
    TOKEN: ClassVar[str] = "alicloud:ecs/imageCopy:ImageCopy"  # noqa: S105 - a type token
    PROPERTIES: ClassVar[Mapping[str, Property]] = {
        "sourceImageId": Property(required=True, replaces=True),
        "sourceRegionId": Property(required=True, replaces=True),
        "imageName": Property(computed=True),
        "name": Property(computed=True),
        "description": Property(),
        "encrypted": Property(replaces=True),
        "kmsKeyId": Property(replaces=True),
        "force": Property(default=False),
        "deleteAutoSnapshot": Property(),
        "tags": Property(),
    }

    def __init__(
        self,
        client: Any,
        region: str,
        poll_seconds: float,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`client` is the SDK's; it and `region` say where the copies are."""
        self._client = client
        self._region = region
        self._poll_seconds = poll_seconds
        self._sleep = sleep
        self._clock = clock

    @classmethod
    def from_config(cls, config: Values, environment: Mapping[str, str]) -> Self:
        """See the contract."""
        region = _first(config.get("region"), environment, "ALIBABA_CLOUD_REGION", "ALICLOUD_REGION")
        if not region:
            raise Failed("the alicloud provider has no region. Next: set `region`, or alicloud:region in stack config")
        text = environment.get("REPLICAS_ECS_ENDPOINT") or _configured_endpoint(config)
        endpoint = loopback_endpoint(text, str(config.get("protocol") or ""), "REPLICAS_ECS_ENDPOINT")
        names = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALICLOUD_ACCESS_KEY")
        secrets = ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALICLOUD_SECRET_KEY")
        tokens = ("ALIBABA_CLOUD_SECURITY_TOKEN", "ALICLOUD_SECURITY_TOKEN")
        key = _first(config.get("accessKey"), environment, *names)
        secret = _first(config.get("secretKey"), environment, *secrets)
        if not (key and secret):
            raise Failed(f"the alicloud provider has no keys. Next: set {names[0]} and {secrets[0]}")
        client = Client(
            Config(
                access_key_id=key,
                access_key_secret=secret,
                security_token=_first(config.get("securityToken"), environment, *tokens) or None,
                region_id=region,
                endpoint=endpoint.address,
                protocol=endpoint.protocol,
                signature_algorithm="v2",  # the SDK's name for V1, the only signature that the real plugin makes
            )
        )
        return cls(client, region, float(environment.get("REPLICAS_PLUGIN_POLL_SECONDS") or 1))

    @classmethod
    def check(cls, inputs: Values) -> list[tuple[str, str]]:  # noqa: ARG003 - the plugin leaves all else to the cloud
        """See the contract."""
        return []

    def create(self, inputs: Values, timeout: float) -> tuple[str, Values]:
        """See the contract."""
        source, region = inputs["sourceImageId"], inputs["sourceRegionId"]
        tags = inputs.get("tags") or {}
        request = models.CopyImageRequest(
            region_id=region,
            image_id=source,
            destination_region_id=self._region,
            destination_image_name=inputs.get("imageName") or None,
            destination_description=inputs.get("description") or None,
            encrypted=bool(inputs.get("encrypted")),
            kmskey_id=inputs.get("kmsKeyId") or None,
            tag=[models.CopyImageRequestTag(key=key, value=value) for key, value in tags.items()] or None,
        )
        doing = f"copying image {source} from {region} to {self._region}"
        image_id = str(_call(doing, self._client.copy_image, request).image_id)
        try:
            self._await_available(image_id, timeout or DEFAULT_TIMEOUT)
            outputs = self.read(image_id, inputs)
        except Failed as error:
            raise InitFailed(image_id, inputs, str(error)) from None
        if outputs is None:
            raise InitFailed(image_id, inputs, f"image {image_id} in {self._region} is gone")
        return image_id, outputs

    def read(self, resource_id: str, outputs: Values) -> Values | None:
        """See the contract."""
        image = self._find(resource_id)
        return None if image is None else self._outputs(outputs, image, _tags_of(image) or outputs.get("tags"))

    def update(self, resource_id: str, olds: Values, news: Values) -> Values:
        """See the contract."""
        before, after = olds.get("tags") or {}, news.get("tags") or {}
        if before != after:
            self._retag(resource_id, [key for key in before if before[key] != after.get(key)], after)
        name = news.get("imageName") or olds.get("imageName")
        changed = {"imageName": name, "description": news.get("description")}
        if any((value or "") != (olds.get(key) or "") for key, value in changed.items()):
            request = models.ModifyImageAttributeRequest(
                region_id=self._region,
                image_id=resource_id,
                image_name=name or None,
                description=news.get("description") or None,
            )
            _call(f"changing image {resource_id} in {self._region}", self._client.modify_image_attribute, request)
        image = self._find(resource_id)
        if image is None:
            raise Failed(f"image {resource_id} in {self._region} is gone. Next: run `pulumi refresh`")
        return self._outputs(news, image, self._listed_tags(resource_id))

    def delete(self, resource_id: str, outputs: Values, timeout: float) -> None:
        """See the contract."""
        if self._find(resource_id) is None:
            return
        request = models.DeleteImageRequest(
            region_id=self._region, image_id=resource_id, force=True if outputs.get("force") else None
        )
        _call(f"deleting image {resource_id} in {self._region}", self._client.delete_image, request)
        deadline = self._clock() + (timeout or DEFAULT_TIMEOUT)
        while self._find(resource_id) is not None:
            if self._clock() >= deadline:
                raise Failed(f"deleting image {resource_id} in {self._region}: it is still there after the timeout")
            self._sleep(self._poll_seconds)

    def _await_available(self, image_id: str, timeout: float) -> None:
        deadline, unseen, status = self._clock() + timeout, 0, "never seen"
        while (left := deadline - self._clock()) > 0:
            self._sleep(min(self._poll_seconds, left))
            image = self._find(image_id)
            unseen = unseen + 1 if image is None else 0
            if unseen > UNSEEN_LOOKS:
                raise Failed(f"image {image_id} in {self._region} is not there after {unseen} looks")
            status = image.status if image else status
            if status == "Available":
                return
            if status in FAILED:
                raise Failed(f"image {image_id} in {self._region} ended as {status}, not as Available")
        raise Failed(
            f"image {image_id} in {self._region} is {status} after {timeout:g} s, its create timeout; the copy goes on"
        )

    def _find(self, image_id: str) -> Any:
        request = models.DescribeImagesRequest(region_id=self._region, image_id=image_id, status=SEEN)
        found = _call(f"reading image {image_id} in {self._region}", self._client.describe_images, request)
        return next((image for image in found.images.image if image.image_id == image_id), None)

    def _listed_tags(self, image_id: str) -> Values:
        request = models.ListTagResourcesRequest(region_id=self._region, resource_type="image", resource_id=[image_id])
        found = _call(f"reading tags of image {image_id}", self._client.list_tag_resources, request)
        listed = found.tag_resources.tag_resource if found.tag_resources else []
        return _own({one.tag_key: one.tag_value for one in listed})

    def _retag(self, image_id: str, removed: list[str], tags: Values) -> None:
        doing = f"tagging image {image_id} in {self._region}"
        about = {"region_id": self._region, "resource_type": "image", "resource_id": [image_id]}
        if removed:
            _call(doing, self._client.untag_resources, models.UntagResourcesRequest(tag_key=removed, **about))
        if tags:
            given = [models.TagResourcesRequestTag(key=key, value=value) for key, value in tags.items()]
            _call(doing, self._client.tag_resources, models.TagResourcesRequest(tag=given, **about))

    def _outputs(self, known: Values, image: Any, tags: Values | None) -> Values:
        read = {
            "name": image.image_name,
            "imageName": image.image_name,
            "description": image.description or None,
            "tags": tags or None,
        }
        return {**known, **read}


def _configured_endpoint(config: Values) -> str:
    """Find `ecs` in `endpoints`, which an SDK sends as JSON text and stack config may hold as a list."""
    given = config.get("endpoints") or []
    try:
        parsed = json.loads(given) if isinstance(given, str) else given
        return str(next((one["ecs"] for one in parsed if one.get("ecs")), ""))
    except (ValueError, TypeError, AttributeError):
        raise Failed("the alicloud provider's `endpoints` is not a list of maps. Next: correct it") from None


def _first(configured: Any, environment: Mapping[str, str], *names: str) -> str:
    return str(configured or next((environment[name] for name in names if environment.get(name)), ""))


def _tags_of(image: Any) -> Values:
    return _own({one.tag_key: one.tag_value for one in (image.tags.tag if image.tags else None) or []})


def _own(tags: Values) -> Values:
    """Leave out the cloud's own tags, as the plugin does."""
    return {key: value for key, value in tags.items() if not re.match(r"acs:|aliyun", key)}


def _call(doing: str, action: Callable[[Any], Any], request: Any) -> Any:
    """Make one call, and answer the body of its answer."""
    try:
        return action(request).body
    except TeaException as error:
        code = getattr(error, "code", None) or "no answer"
        message = re.sub(r"^code: \d+, ", "", str(getattr(error, "message", error))).strip()
        raise Failed(f"{doing}: {code}: {' '.join(message.split())}") from None
