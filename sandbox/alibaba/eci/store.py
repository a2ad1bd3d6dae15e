"""Where data caches are kept, by account and region; it decides nothing."""

from sandbox.alibaba.eci.data_cache import DataCache
from sandbox.core.inventory import Listed, by_region
from sandbox.core.resource_table import ResourceTable


class DataCaches(ResourceTable[DataCache]):
    """All data caches of the sandbox."""

    name = "eci"
    model = DataCache

    def being_copied(self, source: DataCache, now: float) -> bool:
        """Whether a copy of this cache is still running."""
        return any(copy.status(now) in {"Creating", "Loading"} for copy in self.copies_of(source, now))

    def inventory(self, now: float) -> Listed:
        """Region -> caches, for the control plane: all accounts, also what is not visible yet."""
        return by_region((cache.region, cache.listed(now)) for cache in self.where(now))
