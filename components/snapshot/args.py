"""Arguments of SnapshotReplica. The text under each attribute is its documentation in the published schema."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class SnapshotSource(TypedDict):
    """The snapshot to copy, or the disk to make it of."""

    region: str
    """Region id of the source: `ap-guangzhou`. A plain value."""

    id: NotRequired[pulumi.Input[str]]
    """Id of the source: `snap-...`."""

    ids: NotRequired[Sequence[str]]
    """Ids of several generations, newest first; each is kept in each region. Plain values: they name children
    `<name>-<region>-<source id>`."""

    disk_id: NotRequired[pulumi.Input[str]]
    """Id of a disk of the source region: `disk-...`. The component makes a snapshot of it, the native child
    `<name>-source`, and copies that; both are deleted with the component."""


class SnapshotDestination(TypedDict):
    """Settings of the replica in one region. All are optional."""

    name: NotRequired[pulumi.Input[str]]
    """Name of the replica, 60 characters at most; with `ids`, `{source_id}` stands for the generation."""

    deadline: NotRequired[pulumi.Input[str]]
    """When the cloud deletes the replica: ISO 8601 with a zone, `2027-01-31T00:00:00+08:00`. A region whose plain
    deadline has passed is left out, with a warning."""

    is_permanent: NotRequired[pulumi.Input[bool]]
    """Whether the replica is kept until it is deleted; excludes `deadline`."""

    delete_bound_images: NotRequired[pulumi.Input[bool]]
    """Delete the images that were made of the replica together with it; without, they forbid its deletion."""

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Up to 49 tags; they need the permission `tag:ModifyResourceTags`."""

    ignore_tags: NotRequired[Sequence[str]]
    """Patterns of tags that others put on, such as `cost-*`: they are no drift, and an update keeps them. Declared tags
    are never ignored. A plain value."""

    existing_id: NotRequired[str]
    """Take this snapshot of the region over instead of copying: from then on it is this replica, and is destroyed with
    it. A plain value, not with `ids`."""


class SnapshotReplicaArgs(TypedDict):
    """What to copy, where to, and how long to wait."""

    source: SnapshotSource
    """The snapshot to copy."""

    destinations: Mapping[str, SnapshotDestination]
    """Region id -> settings. Plain keys."""

    ready_timeout: NotRequired[str]
    """How long `up` waits for a replica to become usable: `90s`, `45m`, `1h30m`."""

    delete_timeout: NotRequired[str]
    """How long a creation, a change or a delete waits for a running copy to end, and a delete to be done."""


# The same under the names that tell cloud and thing.
CbsSnapshotSource = SnapshotSource
CbsSnapshotDestination = SnapshotDestination
CbsSnapshotReplicaArgs = SnapshotReplicaArgs
