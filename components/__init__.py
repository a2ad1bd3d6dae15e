"""Cross-region replicas of big artefacts, as Pulumi components.

A name is loaded when it is first asked for: the engine starts a provider process several times a run, and what only
programs need (the native SDKs, the settings' models) would take longer to import than all that a provider needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from components.kinds import KINDS

if TYPE_CHECKING:
    from components.cvm_image.args import CvmImageDestination, CvmImageReplicaArgs, CvmImageSource
    from components.cvm_image.component import CvmImageCopy, CvmImageReplica
    from components.data_cache.args import (
        DataCacheDataSource,
        DataCacheDestination,
        DataCacheEip,
        DataCacheReload,
        DataCacheReplicaArgs,
        DataCacheSource,
    )
    from components.data_cache.component import DataCacheCopy, DataCacheReplica
    from components.ecs_snapshot.args import EcsSnapshotDestination, EcsSnapshotReplicaArgs, EcsSnapshotSource
    from components.ecs_snapshot.component import EcsSnapshotCopy, EcsSnapshotReplica
    from components.image.args import ImageDestination, ImageReplicaArgs, ImageSource
    from components.image.component import ImageReplica
    from components.replica.component import InvalidArgs, RegionReplica
    from components.snapshot.args import (
        CbsSnapshotDestination,
        CbsSnapshotReplicaArgs,
        CbsSnapshotSource,
        SnapshotDestination,
        SnapshotReplicaArgs,
        SnapshotSource,
    )
    from components.snapshot.component import CbsSnapshotReplica, SnapshotCopy, SnapshotReplica

__all__ = [
    "CbsSnapshotDestination",
    "CbsSnapshotReplica",
    "CbsSnapshotReplicaArgs",
    "CbsSnapshotSource",
    "CvmImageCopy",
    "CvmImageDestination",
    "CvmImageReplica",
    "CvmImageReplicaArgs",
    "CvmImageSource",
    "DataCacheCopy",
    "DataCacheDataSource",
    "DataCacheDestination",
    "DataCacheEip",
    "DataCacheReload",
    "DataCacheReplica",
    "DataCacheReplicaArgs",
    "DataCacheSource",
    "EcsSnapshotCopy",
    "EcsSnapshotDestination",
    "EcsSnapshotReplica",
    "EcsSnapshotReplicaArgs",
    "EcsSnapshotSource",
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

if not TYPE_CHECKING:  # else every name would seem to be there

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        # The names of a kind begin like its component's: no other kind's SDK is imported for one.
        named = {first: kind.name for kind in KINDS for first in (kind.component_name, kind.second_name) if first}
        rooms = [room for first, room in named.items() if name.startswith(first.removesuffix("Replica"))]
        places = [f"{room}.{part}" for room in rooms for part in ("args", "component")]
        modules = (import_module(f"{__name__}.{place}") for place in (*places, "replica.component"))
        found = next(vars(module)[name] for module in modules if name in vars(module))
        return globals().setdefault(name, found)
