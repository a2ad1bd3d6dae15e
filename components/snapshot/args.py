"""Arguments of SnapshotReplica. The text under each attribute is its documentation in the published schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class SnapshotSource(TypedDict):
    """The snapshot to copy, or the disk to make it of."""

    region: str
    """Region id of the source: `ap-guangzhou`. A plain value. (`X-TC-Region` of CopySnapshotCrossRegions)"""

    id: NotRequired[pulumi.Input[str]]
    """Id of the source: `snap-...`. Exactly one of this, `ids` and `disk_id`. A change replaces all replicas.
    (`SnapshotId`)"""

    ids: NotRequired[Sequence[str]]
    """Ids of several generations, newest first; each is kept in each region, and one that leaves the list is deleted.
    Plain values: they name children `<name>-<region>-<source id>`."""

    disk_id: NotRequired[pulumi.Input[str]]
    """Id of a disk of the source region: `disk-...`. The component makes a snapshot of it, the native child
    `<name>-source`, and copies that; both go with the component. A change makes a new snapshot and replaces all
    replicas. (CreateSnapshot `DiskId`)"""


class SnapshotDestination(TypedDict):
    """Settings of the replica in one region. All are optional."""

    name: NotRequired[pulumi.Input[str]]
    """Name of the replica, 60 characters at most; with `ids`, `{source_id}` stands for the generation. Default: the
    child's name with 8 characters that make it unique. Changed in place. (`SnapshotName`)"""

    deadline: NotRequired[pulumi.Input[str]]
    """When the cloud deletes the replica: ISO 8601 with a zone, `2027-01-31T00:00:00+08:00`. Default: never. Changed,
    and taken away, in place. A region whose plain deadline has passed is left out, with a warning.
    (ModifySnapshotAttribute `Deadline`)"""

    is_permanent: NotRequired[pulumi.Input[bool]]
    """Whether the replica is kept until it is deleted. Default: true without a deadline, false with one. Changed in
    place. (ModifySnapshotAttribute `IsPermanent`)"""

    delete_bound_images: NotRequired[pulumi.Input[bool]]
    """Delete the images that were made of the replica together with it; without, they forbid its deletion. Default
    false. Changed in place, in the state only. (DeleteSnapshots `DeleteBindImages`)"""

    existing_id: NotRequired[str]
    """Take this snapshot of the region over instead of copying: from then on it is this replica, and is destroyed with
    it. Only read when the replica is created. Not with `ids`. Default: copy."""


class SnapshotReplicaArgs(TypedDict):
    """What to copy, where to, and how long to wait."""

    source: SnapshotSource
    """The snapshot to copy."""

    destinations: Mapping[str, SnapshotDestination]
    """Region id -> settings. Adding or removing a region adds or removes exactly one replica. Plain keys."""

    ready_timeout: NotRequired[str]
    """How long `up` waits for a replica to become usable: `90s`, `45m`, `1h30m`. Default `2h`."""

    delete_timeout: NotRequired[str]
    """How long a creation, a change or a delete waits for a running copy to end, and a delete to be done. Default
    `2h`."""
