"""Where the state of a stack finds the dynamic provider of DataCacheCopy: this path is a promise."""

from components.data_cache.lifecycle import DataCacheLifecycle
from components.hosts.dynamic import DynamicProvider


class DataCacheProvider(DynamicProvider[DataCacheLifecycle]):
    """Serves `DataCacheLifecycle`."""

    served = DataCacheLifecycle
