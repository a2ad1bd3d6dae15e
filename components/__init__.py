"""Cross-region replicas of big artefacts, as Pulumi components.

A name is loaded when it is first asked for: the engine starts a provider process several times a run, and what only
programs need (the native SDKs, the settings' models) would take longer to import than all that a provider needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from components.data_cache.args import (
        DataCacheDataSource,
        DataCacheDestination,
        DataCacheEip,
        DataCacheReload,
        DataCacheReplicaArgs,
        DataCacheSource,
    )
    from components.data_cache.component import DataCacheCopy, DataCacheReplica
    from components.image.args import ImageDestination, ImageReplicaArgs, ImageSource
    from components.image.component import ImageReplica
    from components.replica.component import InvalidArgs, RegionReplica
    from components.snapshot.args import SnapshotDestination, SnapshotReplicaArgs, SnapshotSource
    from components.snapshot.component import SnapshotCopy, SnapshotReplica

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

_KINDS = {"DataCache": "data_cache", "Image": "image", "Snapshot": "snapshot"}


def _module_of(name: str) -> str:
    kind = next((module for prefix, module in _KINDS.items() if name.startswith(prefix)), None)
    if kind is None:
        return "replica.component"
    return f"{kind}.{'component' if name.endswith(('Copy', 'Replica')) else 'args'}"


if not TYPE_CHECKING:  # else every name would seem to be there

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(f"{__name__}.{_module_of(name)}"), name)
        globals()[name] = found
        return found
