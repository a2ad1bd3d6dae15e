"""CvmImageReplica: one custom CVM image, kept as a replica in each of several regions."""

from collections.abc import Mapping
from typing import Any, cast

import pulumi
import tencentcloud_iac_pulumi as tencentcloud
from typing_extensions import override

from components import kinds
from components.cvm_image.args import CvmImageReplicaArgs
from components.lifecycle.default_name import MAX_NAME
from components.model.names import HASH_LENGTH, shortened
from components.providers.cvm_image import CvmImageProvider
from components.replica.component import CopyResource, Declared, Replica
from components.replica.native_tencent import provider_of
from components.replica.stack_identity import unique_name

MAX_STEM = MAX_NAME - HASH_LENGTH - 1
"""Characters of the name of a source image that is made here, without its hash."""


class CvmImageCopy(CopyResource, module="tencent", name="CvmImageCopy"):
    """One copy of an image in one region."""

    provider = CvmImageProvider
    outputs = ("accepted_at",)


class CvmImageReplica(Replica[CvmImageCopy]):
    """A custom CVM image and its replicas in other regions.

    Args:
        name: Name of the component. Children are called `<name>-<region>`, with `source.ids`
            `<name>-<region>-<source id>`.
        args: See `CvmImageReplicaArgs`.
        opts: Options; `protect`, `providers`, `aliases` and the like reach the children.

    Raises:
        InvalidArgs: A timeout is not a duration, a plain `instance_id` is none, or the source has not exactly one of
            `id`, `ids` and `instance_id`.
    """

    kind = kinds.OF_NAME["cvm_image"]

    def __init__(self, name: str, args: CvmImageReplicaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, cast("Mapping[str, Any]", args), opts)

    @override
    def _source(self, name: str, source: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make the image of an instance with the native resource; the copies use its id, so they start after it."""
        if "instance_id" not in source:
            return source
        options = pulumi.ResourceOptions(parent=self, provider=provider_of(source["region"], "cvm"))
        stem = shortened(f"{name}-source", MAX_STEM, keep="-source")
        made = tencentcloud.image.Instance(
            f"{name}-source",
            instance_id=source["instance_id"],
            image_name=unique_name(stem, source["region"], source["instance_id"]),
            opts=pulumi.ResourceOptions.merge(self._options, options),
        )
        return {"region": source["region"], "id": made.id}

    @override
    def _copy(self, declared: Declared) -> CvmImageCopy:
        properties = {"default_name": declared.child, **declared.properties}
        return CvmImageCopy(declared.child, properties, declared.options)
