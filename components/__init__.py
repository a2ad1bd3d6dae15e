"""Cross-region replicas of big artefacts, as Pulumi components."""

from components.data_cache import DataCacheCopy, DataCacheReplica
from components.data_cache_args import (
    DataCacheDataSource,
    DataCacheDestination,
    DataCacheEip,
    DataCacheReload,
    DataCacheReplicaArgs,
    DataCacheSource,
)
from components.image import ImageReplica
from components.image_args import ImageDestination, ImageReplicaArgs, ImageSource
from components.replica import InvalidArgs, RegionReplica
from components.snapshot import SnapshotCopy, SnapshotReplica
from components.snapshot_args import SnapshotDestination, SnapshotReplicaArgs, SnapshotSource

__all__ = [
    "DataCacheCopy",
    "DataCacheDataSource",
    "DataCacheDestination",
    "DataCacheEip",
    "DataCacheReload",
    "DataCacheReplica",
    "DataCacheReplicaArgs",
    "DataCacheSource",
    "ImageDestination",
    "ImageReplica",
    "ImageReplicaArgs",
    "ImageSource",
    "InvalidArgs",
    "RegionReplica",
    "SnapshotCopy",
    "SnapshotDestination",
    "SnapshotReplica",
    "SnapshotReplicaArgs",
    "SnapshotSource",
]
