"""Cross-region replicas of big artefacts, as Pulumi components."""

from components.data_cache import DataCacheCopy, DataCacheReplica, RegionReplica
from components.data_cache_args import (
    DataCacheDataSource,
    DataCacheDestination,
    DataCacheEip,
    DataCacheReload,
    DataCacheReplicaArgs,
    DataCacheSource,
)

__all__ = [
    "DataCacheCopy",
    "DataCacheDataSource",
    "DataCacheDestination",
    "DataCacheEip",
    "DataCacheReload",
    "DataCacheReplica",
    "DataCacheReplicaArgs",
    "DataCacheSource",
    "RegionReplica",
]
