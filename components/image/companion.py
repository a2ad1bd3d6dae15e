"""ImageSettings: what the native image copy cannot say: the image's resource group, and whether it is encrypted.

It never copies or deletes an image: that is the native resource's. Property names below are stored in the state of
every stack: they are an API.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi.dynamic import (
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from components.clouds.alibaba import connection as alibaba
from components.clouds.alibaba.ecs import Ecs
from components.clouds.alibaba.ecs_image import Image
from components.clouds.errors import ReplicaError
from components.hosts.expected_errors import tell_in_one_line
from components.lifecycle.copy_state import declared, same

CONFIG_KEYS = ("replicas:loopbackOnly", "replicas:sandbox", "replicas:endpoints", *alibaba.CONFIG_KEYS)


class ImageMissing(ReplicaError):
    """The image is not there, although its copy was made."""


class ImageSettingsProvider(ResourceProvider):
    """Joins the declared resource group, and reads group and encryption back."""

    serialize_as_secret_always = False

    cloud: Ecs

    def configure(self, req: ConfigureRequest) -> None:
        """Connect with the environment and the stack config, once per provider process."""
        tell_in_one_line()
        self.connect({key: req.config.get(key) for key in CONFIG_KEYS})

    def connect(self, config: Mapping[str, Any]) -> None:
        """Connect to the cloud with raw stack config and the environment."""
        self.cloud = Ecs(alibaba.Connection.from_config("ecs", config))

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Leave out what is not given; the rules were checked with the image's."""
        del _olds
        return CheckResult({key: value for key, value in news.items() if value is not None}, [])

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Follow the image; join another group in place."""
        replaces = [key for key in ("image_id", "region") if not same(_olds.get(key), _news.get(key))]
        changed = [key for key in ("resource_group_id", "encrypted") if not same(_olds.get(key), _news.get(key))]
        moved = _olds.get("__provider") != _news.get("__provider")
        return DiffResult(changes=bool(replaces or changed or moved), replaces=replaces)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Join the group and record how the image is encrypted."""
        inputs = declared(props)
        self._settle(inputs)
        return CreateResult(inputs["image_id"], inputs)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read group and encryption; gone where the image is."""
        inputs = declared(props)
        image = self.cloud.find(inputs["region"], id_)
        if image is None:
            return ReadResult("", {}, {})
        if "resource_group_id" in inputs:
            inputs["resource_group_id"] = image.resource_group_id
        if "encrypted" in inputs:
            inputs["encrypted"] = image.is_encrypted
        return ReadResult(id_, inputs, inputs)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Join the group that is declared now."""
        del _id, _olds
        inputs = declared(_news)
        self._settle(inputs)
        return UpdateResult(inputs)

    def _settle(self, inputs: Mapping[str, Any]) -> None:
        image = self._image(inputs)
        group = inputs.get("resource_group_id")
        if group and group != image.resource_group_id:
            self.cloud.join_resource_group(inputs["region"], image.id, group)
        if "encrypted" in inputs and inputs["encrypted"] != image.is_encrypted:
            # CopyImage alone decides on encryption: another copy would be needed, and somebody has to ask for it.
            actual = "encrypted" if image.is_encrypted else "not encrypted"
            print(
                f"warning: Image {image.id} in {inputs['region']} is {actual}, declared is {inputs['encrypted']}. "
                "Next: remove this region in one `up` and add it again in the next, which copies it again.",
                flush=True,
            )

    def _image(self, inputs: Mapping[str, Any]) -> Image:
        image = self.cloud.describe(inputs["region"], {inputs["image_id"]: ""}).get(inputs["image_id"])
        if image is None:
            raise ImageMissing(
                f"reading Image {inputs['image_id']} in {inputs['region']}: it is not there",
                "run `up --refresh`, which finds it gone and copies it again",
            )
        return image
