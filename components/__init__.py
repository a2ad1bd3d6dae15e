"""Cross-region replicas of big artefacts, as Pulumi components."""

from components.data_cache import DataCacheCopy, DataCacheReplica, RegionReplica
from components.data_cache_args import DataCacheDestination, DataCacheReplicaArgs, DataCacheSource

__all__ = [
    "DataCacheCopy",
    "DataCacheDestination",
    "DataCacheReplica",
    "DataCacheReplicaArgs",
    "DataCacheSource",
    "RegionReplica",
]
