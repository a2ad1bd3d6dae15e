"""ImageSettings: what the native image copy cannot say: whose the image is, its resource group, and its encryption.

It never copies or deletes an image: that is the native resource's. That one takes an image that it does not see for
gone, whose ever keys it has; so each image has a companion, which refuses to be read, changed or deleted by another
account: then the engine keeps the row of the image, and does not delete the image either. Property names below are
stored in the state of every stack: they are an API.
"""

import time
from collections.abc import Callable
from functools import cached_property
from typing import Any

from typing_extensions import override

from components.clouds import endpoints
from components.clouds.account import OWNER, verify_owner
from components.clouds.alibaba.connection import Connection
from components.clouds.alibaba.ecs import Ecs
from components.clouds.alibaba.ecs_image import Image
from components.clouds.errors import ReplicaError
from components.lifecycle.reading import Reading, RegionSilent
from components.lifecycle.results import Checked, Difference, Lifecycle, Present, Properties, Started, declared, same


class ImageMissing(ReplicaError):
    """The image is not there, although its copy was made."""


class ImageSettingsLifecycle(Lifecycle):
    """Records the owner, joins the declared resource group, and reads group and encryption back."""

    config_keys = (*endpoints.CONFIG_KEYS, *Connection.config_keys)

    cloud: Ecs
    clock: Callable[[], float] = staticmethod(time.time)

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
        """Record whose the image is and how it is encrypted, and join the group."""
        known = declared(inputs)
        self._settle(known)
        return Started(known["image_id"], {**known, **self.cloud.caller(known["region"]).owner})

    @override
    def read(self, id_: str, outputs: Properties) -> Present | None:
        """Read group and encryption; gone where the owner's cloud does not list the image.

        Where the region gives no answer, what is recorded stays.
        """
        known = declared(outputs)
        region, doing = known["region"], _doing("reading", known)
        try:
            image = self._reading.ask(doing, region, known, lambda: self.cloud.find(region, id_))
        except RegionSilent:
            return _present(id_, known)
        if image is None:
            verify_owner(self.cloud, doing, region, known)
            return None
        if "resource_group_id" in known:
            known["resource_group_id"] = image.resource_group_id
        if "encrypted" in known:
            known["encrypted"] = image.is_encrypted
        # Another account may see the image, too, where it is shared.
        owner = {} if known.get("account") or not image.is_own else self.cloud.caller(region).owner
        return _present(id_, {**owner, **known})

    @override
    def update(self, id_: str, olds: Properties, news: Properties) -> dict[str, Any]:
        """Join the group that is declared now."""
        known = declared(news)
        verify_owner(self.cloud, _doing("updating", known), known["region"], olds)
        self._settle(known)
        return {**{key: olds[key] for key in OWNER if key in olds}, **known}

    @override
    def delete(self, id_: str, outputs: Properties) -> None:
        """Refuse another account; the engine deletes this first, and then has the native resource delete the image."""
        known = declared(outputs)
        verify_owner(self.cloud, _doing("deleting", known), known["region"], known)

    @cached_property
    def _reading(self) -> Reading:
        return Reading(self.cloud, self.clock)

    def _settle(self, inputs: Properties) -> None:
        if not {"resource_group_id", "encrypted"} & inputs.keys():
            return
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
                f"{_doing('reading', inputs)}: it is not there",
                "run `up --refresh`, which finds it gone and copies it again",
            )
        return image


def _doing(what: str, properties: Properties) -> str:
    return f"{what} Image {properties['image_id']} in {properties['region']}"


def _present(id_: str, read: dict[str, Any]) -> Present:
    return Present(id_, read, {key: value for key, value in read.items() if key not in OWNER})
