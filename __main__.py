"""The program: typed settings -> components -> outputs. What to replicate is declared in stacks/Pulumi.<stack>.yaml."""

import pulumi

from components import DataCacheReplica
from components.settings import load, raw_config

settings = load(raw_config())
data_caches = {
    name: DataCacheReplica(name, entry.args(), entry.options()) for name, entry in settings.data_caches.items()
}
pulumi.export("replicas", {"dataCaches": {name: replica.replicas for name, replica in data_caches.items()}})
