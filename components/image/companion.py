"""ImageSettings: what the native image copy cannot say: the image's resource group, and whether it is encrypted.

It never copies or deletes an image: that is the native resource's. Property names below are stored in the state of
every stack: they are an API.
"""

from typing import Any

from typing_extensions import override

from components.clouds import endpoints
from components.clouds.alibaba.connection import Connection
from components.clouds.alibaba.ecs import Ecs
from components.clouds.alibaba.ecs_image import Image
from components.clouds.errors import ReplicaError
from components.lifecycle.results import Checked, Difference, Lifecycle, Present, Properties, Started, declared, same


class ImageMissing(ReplicaError):
    """The image is not there, although its copy was made."""


class ImageSettingsLifecycle(Lifecycle):
    """Joins the declared resource group, and reads group and encryption back. The native resource deletes the image."""

    config_keys = (*endpoints.CONFIG_KEYS, *Connection.config_keys)

    cloud: Ecs

    @override
    def connect(self, config: Properties) -> None:
        self.cloud = Ecs(Connection.from_config("ecs", config))

    @override
    def check(self, olds: Properties, news: Properties) -> Checked:
        """Leave out what is not given; the rules were checked with the image's."""
        return Checked({key: value for key, value in news.items() if value is not None})

    @override
    def diff(self, id_: str, olds: Properties, news: Properties) -> Difference:
        """Follow the image; join another group in place."""
        replaces = [key for key in ("image_id", "region") if not same(olds.get(key), news.get(key))]
        changed = any(not same(olds.get(key), news.get(key)) for key in ("resource_group_id", "encrypted"))
        return Difference(bool(replaces or changed), replaces)

    @override
    def create(self, inputs: Properties) -> Started:
        """Join the group and record how the image is encrypted."""
        known = declared(inputs)
        self._settle(known)
        return Started(known["image_id"], known)

    @override
    def read(self, id_: str, outputs: Properties) -> Present | None:
        """Read group and encryption; gone where the image is."""
        known = declared(outputs)
        image = self.cloud.find(known["region"], id_, group="")
        if image is None:
            return None
        if "resource_group_id" in known:
            known["resource_group_id"] = image.resource_group_id
        if "encrypted" in known:
            known["encrypted"] = image.is_encrypted
        return Present(id_, known, dict(known))

    @override
    def update(self, id_: str, olds: Properties, news: Properties) -> dict[str, Any]:
        """Join the group that is declared now."""
        known = declared(news)
        self._settle(known)
        return known

    def _settle(self, inputs: Properties) -> None:
        image = self._image(inputs)
        group = inputs.get("resource_group_id")
        if group and group != image.resource_group_id:
            self.cloud.join_resource_group(inputs["region"], image.id, group)
        if "encrypted" in inputs and inputs["encrypted"] != image.is_encrypted:
            # CopyImage alone decides on encryption: another copy would be needed, and that has to be asked for.
            actual = "encrypted" if image.is_encrypted else "not encrypted"
            print(
                f"warning: Image {image.id} in {inputs['region']} is {actual}, declared is {inputs['encrypted']}. "
                "Next: remove this region in one `up` and add it again in the next, which copies it again.",
                flush=True,
            )

    def _image(self, inputs: Properties) -> Image:
        image = self.cloud.describe(inputs["region"], {inputs["image_id"]: ""}).get(inputs["image_id"])
        if image is None:
            raise ImageMissing(
                f"reading Image {inputs['image_id']} in {inputs['region']}: it is not there",
                "run `up --refresh`, which finds it gone and copies it again",
            )
        return image
