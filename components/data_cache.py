"""DataCacheReplica: one DataCache, kept as a replica in each of several regions.

The component declares one `DataCacheCopy` per destination region and waits, in the program, until each is usable. It
calls no cloud itself: starting, changing and deleting a copy is the provider's part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pulumi
from pulumi import dynamic

from components import durations, readiness
from components.clouds.alibaba import Connection
from components.clouds.eci import Eci
from components.data_cache_args import DataCacheDestination, DataCacheReplicaArgs
from components.providers.data_cache import DEFAULT_DELETE_TIMEOUT, DataCacheProvider
from components.settings import raw_config

DEFAULT_READY_TIMEOUT = "2h"


class DataCacheCopy(dynamic.Resource, module="alibaba", name="DataCacheCopy"):
    """One copy in one region. Its `id` is known as soon as the copy is started, long before it is usable."""

    def __init__(self, name: str, properties: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        # The SDK adds its own key to the dict it is given, so it gets one of its own.
        super().__init__(DataCacheProvider(), name, dict(properties), opts)


@dataclass(frozen=True)
class RegionReplica:
    """The replica in one region.

    Attributes:
        id: Its id; in `up` it resolves when the replica is usable. Unknown in a preview that creates or replaces it.
        ready: `resource`, when the replica is usable: for `depends_on`.
        resource: The child resource, whose own `id` does not wait.
        source: Region and id of its source.
    """

    id: pulumi.Output[str]
    ready: pulumi.Output[DataCacheCopy]
    resource: DataCacheCopy
    source: Mapping[str, pulumi.Input[str]]


class DataCacheReplica(pulumi.ComponentResource):
    """A DataCache and its replicas in other regions.

    `depends_on=[replica]` does not wait until the replicas are usable; `depends_on=[replica.ready]` does, and so does
    whatever uses `regions[...].id` or `ids`.

    Args:
        name: Name of the component. Children are called `<name>-<region>`.
        args: See `DataCacheReplicaArgs`.
        opts: Options; `protect`, `providers`, `aliases` and the like reach the children.

    Raises:
        ValueError: A timeout is not a duration.
    """

    ids: pulumi.Output[Mapping[str, str]]
    """Region -> id of its replica. Waits until the replicas of all regions are usable."""

    def __init__(self, name: str, args: DataCacheReplicaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        # No inputs are registered: with them, every change of one replica shows the component as changed too.
        super().__init__("replicas:index:DataCacheReplica", name, None, opts)
        self._regions = {
            region: self._replicate(name, args, region, settings or {})
            for region, settings in sorted(args["destinations"].items())
        }
        self.ids = pulumi.Output.all(**{region: replica.id for region, replica in self._regions.items()})
        # A public Output of the component itself would make exporting the component hang.
        self._ready = self.ids.apply(lambda _: self)
        self.register_outputs({})

    @property
    def regions(self) -> Mapping[str, RegionReplica]:
        """Region -> its replica."""
        return self._regions

    @property
    def ready(self) -> pulumi.Output[DataCacheReplica]:
        """This component, when all its replicas are usable: for `depends_on`."""
        return self._ready

    @property
    def replicas(self) -> dict[str, Any]:
        """Region -> `id` and `source` of its replica, for a stack output: nothing that changes by itself."""
        return {region: {"id": replica.id, "source": replica.source} for region, replica in self._regions.items()}

    def _replicate(
        self, name: str, args: DataCacheReplicaArgs, region: str, settings: DataCacheDestination
    ) -> RegionReplica:
        child_name = f"{name}-{region}"
        source = args["source"]
        properties: dict[str, Any] = {
            "name": child_name,
            **{key: value for key, value in settings.items() if value is not None},
            "source_region": source["region"],
            "source_id": source["id"],
            "region": region,
            "delete_timeout": args.get("delete_timeout") or DEFAULT_DELETE_TIMEOUT,
        }
        timeout = args.get("ready_timeout") or DEFAULT_READY_TIMEOUT
        durations.seconds(timeout)
        copy = DataCacheCopy(child_name, properties, pulumi.ResourceOptions(parent=self))
        usable_id = self._usable_id(copy, properties, label=f"{name} to {region}", timeout=timeout)
        return RegionReplica(
            id=usable_id,
            ready=usable_id.apply(lambda _: copy),
            resource=copy,
            source={"region": source["region"], "id": source["id"]},
        )

    def _usable_id(
        self, copy: DataCacheCopy, properties: Mapping[str, Any], *, label: str, timeout: str
    ) -> pulumi.Output[str]:
        readiness.end_cleanly_on_signals()
        if pulumi.runtime.is_dry_run():
            return copy.id
        bucket = properties.get("bucket")
        wait = readiness.Wait(
            resource=copy,
            service=_eci,
            region=properties["region"],
            group=bucket if isinstance(bucket, str) else "",
            label=label,
            timeout=timeout,
        )
        # The component's URN comes after its own depends_on and parents.
        return readiness.current().usable_id(wait, inputs=pulumi.Output.all(self.urn, properties))


def _eci() -> Eci:
    return _connected(Connection.from_config(raw_config()))


_connected = cache(Eci)
