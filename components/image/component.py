"""ImageReplica: one ECS image, kept as a replica in each of several regions, over the native `alicloud.ecs.ImageCopy`.

The native resource copies, changes and deletes; it blocks until the image is available. What it leaves undone is added
here: a name that no other stack gives, the rules of the reference at preview, the resource group, and the
barrier that keeps the engine from deleting old images after a failed copy.
"""

from collections.abc import Mapping
from typing import Any, cast

import pulumi
import pulumi_alicloud as alicloud
from pulumi.output import UNKNOWN
from typing_extensions import override

from components import kinds
from components.clouds.account import OWNER
from components.image.args import ImageReplicaArgs
from components.image.fields import SETTINGS, violations
from components.model import durations
from components.providers.image_settings import ImageSettingsProvider
from components.replica.component import Declared, InvalidArgs, OwnedResource, Replica
from components.replica.native_alibaba import provider_of
from components.replica.stack_identity import unique_name


class ImageSettings(OwnedResource, module="alibaba", name="ImageSettings"):
    """Owner, resource group and encryption of an image that the native resource copied."""

    def __init__(self, name: str, properties: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__(ImageSettingsProvider(), name, {**dict.fromkeys(OWNER), **properties}, opts)


class ImageReplica(Replica[alicloud.ecs.ImageCopy]):
    """An ECS image and its replicas in other regions.

    Args:
        name: Name of the component. Children are called `<name>-<region>`, with `source.ids`
            `<name>-<region>-<source id>`.
        args: See `ImageReplicaArgs`.
        opts: Options; `protect`, `aliases` and the like reach the children.

    Raises:
        InvalidArgs: A plain value breaks a rule of the CopyImage reference, or a timeout is not a duration.
    """

    kind = kinds.OF_NAME["image"]
    heal_hint = (
        "fix the cause, then run the runner's `up`, which deletes a CreateFailed one and copies again; an UnAvailable "
        "one must be deleted by hand for that, if it stays so; see docs/image.md"
    )

    def __init__(self, name: str, args: ImageReplicaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        self._companions: dict[alicloud.ecs.ImageCopy, ImageSettings] = {}
        super().__init__(name, cast("Mapping[str, Any]", args), opts)

    @override
    def _owned(self, copy: alicloud.ecs.ImageCopy) -> ImageSettings:
        return self._companions[copy]

    @override
    def _copy(self, declared: Declared) -> alicloud.ecs.ImageCopy:
        child, properties = declared.child, declared.properties
        self._refuse_violations(child, properties)
        region = properties["region"]
        timeouts = pulumi.CustomTimeouts(
            create=_whole_seconds(declared.ready_timeout), delete=_whole_seconds(properties["delete_timeout"])
        )
        image = alicloud.ecs.ImageCopy(
            child,
            source_image_id=properties["source_id"],
            source_region_id=properties["source_region"],
            # What replaces an image gives it another name, so that both can be there at once.
            image_name=unique_name(
                properties.get("name") or self.kind.default_name(child, region),
                *(properties[key] for key in ("source_region", "source_id", "region")),
                *(_text(properties[key]) for key in ("encrypted", "kms_key_id") if key in properties),
                # An entry that is renamed makes a new image while the old one is there; a default name differs already.
                *([child] if properties.get("name") else []),
            ),
            **{field.native: properties.get(name) for name, field in SETTINGS.items() if field.native},
            opts=pulumi.ResourceOptions.merge(
                declared.options,
                pulumi.ResourceOptions(
                    provider=provider_of(region), custom_timeouts=timeouts, ignore_changes=_ignored_tags(properties)
                ),
            ),
        )
        inputs = {"image_id": image.id, "region": region}
        inputs |= {key: properties[key] for key in ("resource_group_id", "encrypted") if key in properties}
        companion = ImageSettings(f"{child}-settings", inputs, pulumi.ResourceOptions(parent=image))
        self._companions[image] = companion
        return image

    def _refuse_violations(self, child: str, properties: Mapping[str, Any]) -> None:
        """Check the plain values here: the native resource checks little, and only in the cloud."""
        found = violations(_masked(properties))
        if found:
            reasons = "; ".join(f"{one.property}: {one.reason}" for one in found)
            raise InvalidArgs(f"{self.kind.component_name} {child}: {reasons}")


def _ignored_tags(properties: Mapping[str, Any]) -> list[str] | None:
    """Return the property paths of tags that others put on; what is declared is ours."""
    tags = properties.get("tags")
    declared: Mapping[str, Any] = tags if isinstance(tags, Mapping) else {}
    names = [name for name in properties.get("ignore_tags") or () if name not in declared]
    return [f'tags["{name}"]' for name in (each.replace('"', '\\"') for each in names)] or None


def _masked(value: Any) -> Any:
    """Put "unknown" where an Output stands."""
    if isinstance(value, Mapping):
        return {key: _masked(inner) for key, inner in value.items()}
    return UNKNOWN if isinstance(value, pulumi.Output) else value


def _text(value: pulumi.Input[Any]) -> pulumi.Input[str]:
    return value.apply(str) if isinstance(value, pulumi.Output) else str(value)


def _whole_seconds(text: str) -> str:
    return f"{durations.seconds(text):.0f}s"
