"""The section `replicas:images` of the stack config."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from components.image import rules as image_rules
from components.image.args import ImageReplicaArgs
from components.model.violations import Violation
from components.replica.stack_config import DestinationSettings, ReplicaEntry


class ImageDestinationSettings(DestinationSettings):
    """Settings of an image replica."""

    name: str | None = None
    description: str | None = None
    encrypted: bool | None = None
    kms_key_id: str | None = None
    tags: dict[str, str] | None = None
    resource_group_id: str | None = None
    force_delete: bool | None = None
    delete_auto_snapshot: bool | None = None


class ImageEntry(ReplicaEntry[ImageDestinationSettings]):
    """One entry of `replicas:images`."""

    merged = frozenset({"tags"})

    def violations(self, properties: Mapping[str, Any]) -> list[Violation]:
        """See `ReplicaEntry`."""
        return image_rules.violations(properties)

    def args(self) -> ImageReplicaArgs:
        """Turn the entry into the component's arguments."""
        return cast("ImageReplicaArgs", self.plain_args())
