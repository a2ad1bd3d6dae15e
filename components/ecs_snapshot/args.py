"""Arguments of EcsSnapshotReplica. The text under each attribute is its documentation in the published schema."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class EcsSnapshotSource(TypedDict):
    """The snapshot to copy, or the disk to make it of."""

    region: str
    """Region id of the source: `cn-hangzhou`. A plain value."""

    id: NotRequired[pulumi.Input[str]]
    """Id of the source: `s-...`."""

    ids: NotRequired[Sequence[str]]
    """Ids of several generations, newest first; each is kept in each region. Plain values: they name children
    `<name>-<region>-<source id>`."""

    disk_id: NotRequired[pulumi.Input[str]]
    """Id of a disk of the source region: `d-...`. The component makes a snapshot of it, the native child
    `<name>-source`, and copies that; both are deleted with the component."""


class EcsSnapshotDestination(TypedDict):
    """Settings of the replica in one region. All are optional."""

    name: NotRequired[pulumi.Input[str]]
    """Name of the replica: 2 to 128 letters, digits, `.`, `:`, `_` and `-`, beginning with a letter and not with
    `auto`; with `ids`, `{source_id}` stands for the generation."""

    description: NotRequired[pulumi.Input[str]]
    """2 to 256 characters, not beginning with `http://` or `https://`."""

    retention_days: NotRequired[pulumi.Input[int]]
    """Days after its creation at which the cloud deletes the replica, 1 to 65536. They can be raised only, and never
    set later."""

    encrypted: NotRequired[pulumi.Input[bool]]
    """Whether the copy is encrypted."""

    kms_key_id: NotRequired[pulumi.Input[str]]
    """Key of the destination region to encrypt with; needs `encrypted`."""

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Up to 19 tags."""

    ignore_tags: NotRequired[Sequence[str]]
    """Patterns of tags that others put on, such as `cost-*`: they are no drift, and an update keeps them. Declared tags
    are never ignored. A plain value."""

    force_delete: NotRequired[pulumi.Input[bool]]
    """Delete the replica although disks were made of it, which can then not be initialized again."""

    existing_id: NotRequired[str]
    """Take this snapshot of the region over instead of copying: from then on it is this replica, and is destroyed with
    it. A plain value, not with `ids`."""


class EcsSnapshotReplicaArgs(TypedDict):
    """What to copy, where to, and how long to wait."""

    source: EcsSnapshotSource
    """The snapshot to copy."""

    destinations: Mapping[str, EcsSnapshotDestination]
    """Region id -> settings. Plain keys."""

    ready_timeout: NotRequired[str]
    """How long `up` waits for a replica to become usable: `90s`, `45m`, `6h`."""

    delete_timeout: NotRequired[str]
    """How long a creation waits for another copy of the same disk to the region, a change for a running copy to end,
    and a delete to be done."""
