"""The kinds of copies that the runner repairs and lists, by their resource type.

It knows which provider is whose, nothing else: what a kind is and how its copies are found is the provider's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.providers.data_cache import DataCacheProvider
from components.providers.lifecycle import CopyProvider
from components.providers.snapshot import SnapshotProvider

KINDS: Mapping[str, type[CopyProvider]] = {
    "pulumi-python:dynamic/alibaba:DataCacheCopy": DataCacheProvider,
    "pulumi-python:dynamic/tencent:SnapshotCopy": SnapshotProvider,
}


class Providers:
    """A provider of each kind, connected when it is first needed.

    Args:
        config: Raw stack config, `namespace:key` -> text, secrets decrypted.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config
        self._connected: dict[str, CopyProvider] = {}

    def of(self, type_: str) -> CopyProvider:
        """Return the provider of a resource type in `KINDS`.

        Raises:
            ReplicaError: Its endpoint or credentials cannot be used.
        """
        if type_ not in self._connected:
            provider = KINDS[type_]()
            provider.connect(self._config)
            self._connected[type_] = provider
        return self._connected[type_]
