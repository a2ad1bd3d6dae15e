"""Arguments of CvmImageReplica. The text under each attribute is its documentation in the published schema."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class CvmImageSource(TypedDict):
    """The custom image to copy, or the instance to make it of."""

    region: str
    """Region id of the source: `ap-guangzhou`. A plain value."""

    id: NotRequired[pulumi.Input[str]]
    """Id of the source: `img-...`."""

    ids: NotRequired[Sequence[str]]
    """Ids of several generations, newest first; each is kept in each region. Plain values: they name children
    `<name>-<region>-<source id>`."""

    instance_id: NotRequired[pulumi.Input[str]]
    """Id of an instance of the source region: `ins-...`. The component makes an image of it, the native child
    `<name>-source`, and copies that; both are deleted with the component."""


class CvmImageDestination(TypedDict):
    """Settings of the replica in one region. All are optional."""

    name: NotRequired[pulumi.Input[str]]
    """Name of the replica, 60 characters at most, which nothing else in the region has; with `ids`, `{source_id}`
    stands for the generation."""

    description: NotRequired[pulumi.Input[str]]
    """Description of the replica, 256 characters at most."""

    delete_bound_snapshots: NotRequired[pulumi.Input[bool]]
    """Delete the snapshots that the replica consists of together with it; without, they stay and are paid for."""

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Up to 49 tags; they need the permission `tag:ModifyResourceTags`."""

    ignore_tags: NotRequired[Sequence[str]]
    """Patterns of tags that others put on, such as `cost-*`: they are no drift, and an update keeps them. Declared tags
    are never ignored. A plain value."""

    existing_id: NotRequired[str]
    """Take this image of the region over instead of copying: from then on it is this replica, and is destroyed with it.
    A plain value, not with `ids`."""


class CvmImageReplicaArgs(TypedDict):
    """What to copy, where to, and how long to wait."""

    source: CvmImageSource
    """The image to copy."""

    destinations: Mapping[str, CvmImageDestination]
    """Region id -> settings. Plain keys."""

    ready_timeout: NotRequired[str]
    """How long `up` waits for a replica to become usable: `90s`, `45m`, `1h30m`."""

    delete_timeout: NotRequired[str]
    """How long a creation waits for another copy of the same image to end, a change or a delete for a running copy, and
    a delete to be done."""
