"""The program: typed settings -> components -> outputs. What to replicate is declared in stacks/Pulumi.<stack>.yaml."""

import pulumi

from components import DataCacheReplica, ImageReplica, SnapshotReplica
from components.replica.settings import load, raw_config

settings = load(raw_config())
data_caches = {
    name: DataCacheReplica(name, entry.args(), entry.options()) for name, entry in settings.data_caches.items()
}
images = {name: ImageReplica(name, entry.args(), entry.options()) for name, entry in settings.images.items()}
snapshots = {name: SnapshotReplica(name, entry.args(), entry.options()) for name, entry in settings.snapshots.items()}
replicas = {
    "dataCaches": {name: replica.replicas for name, replica in data_caches.items()},
    "images": {name: replica.replicas for name, replica in images.items()},
    "snapshots": {name: replica.replicas for name, replica in snapshots.items()},
}
pulumi.export("replicas", {kind: entries for kind, entries in replicas.items() if entries})
