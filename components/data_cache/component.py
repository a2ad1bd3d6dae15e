"""DataCacheReplica: one DataCache, kept as a replica in each of several regions."""

from collections.abc import Mapping
from typing import Any, cast

import pulumi
from typing_extensions import override

from components import kinds
from components.data_cache.args import DataCacheReplicaArgs
from components.data_cache.lifecycle import expiry
from components.providers.data_cache import DataCacheProvider
from components.replica.component import CopyResource, Declared, Replica


class DataCacheCopy(CopyResource, module="alibaba", name="DataCacheCopy"):
    """One copy of a DataCache in one region."""

    provider = DataCacheProvider
    outputs = ("accepted_at", "retention_days", "retention_sent_at", "reload_sent_at")

    accepted_at: pulumi.Output[int]
    retention_days: pulumi.Output[int | None]
    retention_sent_at: pulumi.Output[int]
    reload_sent_at: pulumi.Output[int]

    @override
    async def expires(self) -> float | None:
        outputs = pulumi.Output.all(
            accepted_at=self.accepted_at,
            retention_days=self.retention_days,
            retention_sent_at=self.retention_sent_at,
        )
        return expiry(await outputs.future() or {})

    @override
    async def reload_sent(self) -> float:
        return float(await self.reload_sent_at.future() or 0)


class DataCacheReplica(Replica[DataCacheCopy]):
    """A DataCache and its replicas in other regions.

    Args:
        name: Name of the component. Children are called `<name>-<region>`, with `source.ids`
            `<name>-<region>-<source id>`.
        args: See `DataCacheReplicaArgs`.
        opts: Options; `protect`, `providers`, `aliases` and the like reach the children.

    Raises:
        InvalidArgs: A timeout is not a duration, or the source has not exactly one of `id` and `ids`.
    """

    kind = kinds.OF_NAME["data_cache"]

    def __init__(self, name: str, args: DataCacheReplicaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, cast("Mapping[str, Any]", args), opts)

    @override
    def _copy(self, declared: Declared) -> DataCacheCopy:
        name = self.kind.default_name(declared.child, declared.properties["region"])
        return DataCacheCopy(declared.child, {"name": name, **declared.properties}, declared.options)
