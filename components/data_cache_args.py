"""Arguments of DataCacheReplica. The text under each attribute is its documentation in the published schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class DataCacheSource(TypedDict):
    """The DataCache to copy."""

    region: str
    """Region id of the source: `cn-beijing`. A plain value. (CopyDataCache `RegionId`)"""

    id: NotRequired[pulumi.Input[str]]
    """Id of the source: `edc-...`. Either this or `ids`. A change replaces all replicas. (`DataCacheId`)"""

    ids: NotRequired[Sequence[str]]
    """Ids of several generations, newest first; each is kept in each region, and one that leaves the list is deleted.
    Plain values: they name children `<name>-<region>-<source id>`."""


class DataCacheDestination(TypedDict):
    """Settings of the replica in one region. All are optional."""

    name: NotRequired[pulumi.Input[str]]
    """Name of the replica; with `ids`, `{source_id}` stands for the generation. Default: the child's name. Changed in
    place. (CopyDataCache `Name`)"""

    bucket: NotRequired[pulumi.Input[str]]
    """Bucket of the replica. Default `default`. Changed in place. (CopyDataCache `Bucket`)"""

    path: NotRequired[pulumi.Input[str]]
    """Path of the data in the bucket; with `ids`, `{source_id}` stands for the generation. Default: the cloud's choice.
    A change replaces the replica. (CopyDataCache `Path`)"""

    retention_days: NotRequired[pulumi.Input[int]]
    """Days after which the cloud deletes the replica, 1 or more. Default: kept for ever. Changed in place, cannot be
    taken away again. (CopyDataCache `RetentionDays`)"""

    resource_group_id: NotRequired[pulumi.Input[str]]
    """Resource group. Default: the account's. Changed in place, cannot be taken away again.
    (CopyDataCache `ResourceGroupId`)"""

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Up to 19 tags. Default: none. Changed in place. (CopyDataCache `Tag`)"""

    existing_id: NotRequired[str]
    """Take this DataCache of the region over instead of copying: from then on it is this replica, and is destroyed with
    it. Only read when the replica is created. Not with `ids`. Default: copy."""


class DataCacheReplicaArgs(TypedDict):
    """What to copy, where to, and how long to wait."""

    source: DataCacheSource
    """The DataCache to copy."""

    destinations: Mapping[str, DataCacheDestination]
    """Region id -> settings. Adding or removing a region adds or removes exactly one replica. Plain keys."""

    ready_timeout: NotRequired[str]
    """How long `up` waits for a replica to become usable: `90s`, `45m`, `1h30m`. Default `2h`."""

    delete_timeout: NotRequired[str]
    """How long a delete or a change waits for a running copy to end, and a delete to be done. Default `2h`."""
