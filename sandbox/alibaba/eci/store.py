"""Where data caches are kept, by account and region; it decides nothing."""

from sandbox.alibaba.artefact import ArtefactTable
from sandbox.alibaba.eci.data_cache import DataCache


class DataCaches(ArtefactTable[DataCache]):
    """All data caches of the sandbox."""

    name = "eci"
    model = DataCache
