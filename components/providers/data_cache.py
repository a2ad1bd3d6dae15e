"""Where the state of every stack finds the provider of DataCacheCopy: the path is a promise, the code is elsewhere."""

from __future__ import annotations

from components.data_cache.lifecycle import DataCacheProvider as _DataCacheProvider


class DataCacheProvider(_DataCacheProvider):
    """See the base class."""
