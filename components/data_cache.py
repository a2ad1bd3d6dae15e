"""DataCacheReplica: one DataCache, kept as a replica in each of several regions.

The component declares one `DataCacheCopy` per destination region and waits, in the program, until each is usable. It
calls no cloud itself: starting, changing and deleting a copy is the provider's part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pulumi
from pulumi import dynamic

from components import durations, readiness
from components.clouds.alibaba import Connection
from components.clouds.eci import Eci
from components.data_cache_args import DataCacheDestination, DataCacheReplicaArgs
from components.poller import Wait
from components.providers.data_cache import DataCacheProvider
from components.providers.data_cache_state import expiry
from components.providers.lifecycle import DEFAULT_DELETE_TIMEOUT
from components.settings import raw_config

DEFAULT_READY_TIMEOUT = "2h"


class DataCacheCopy(dynamic.Resource, module="alibaba", name="DataCacheCopy"):
    """One copy in one region. Its `id` is known as soon as the copy is started, long before it is usable."""

    accepted_at: pulumi.Output[int]
    retention_days: pulumi.Output[int | None]
    retention_sent_at: pulumi.Output[int]
    reload_sent_at: pulumi.Output[int]

    def __init__(self, name: str, properties: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        # Outputs that are not inputs need a place to arrive at.
        outputs = dict.fromkeys(("accepted_at", "retention_days", "retention_sent_at", "reload_sent_at"))
        super().__init__(DataCacheProvider(), name, {**outputs, **properties}, opts)

    async def expires(self) -> float | None:
        """Tell when the copy expires at the latest (Unix seconds), None for never."""
        outputs = pulumi.Output.all(
            accepted_at=self.accepted_at,
            retention_days=self.retention_days,
            retention_sent_at=self.retention_sent_at,
        )
        return expiry(await outputs.future() or {})

    async def reloaded_at(self) -> float:
        """Tell when the content was last asked to be loaded again (Unix seconds), 0 for never."""
        return float(await self.reload_sent_at.future() or 0)


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
        name: Name of the component. Children are called `<name>-<region>`, with `source.ids`
            `<name>-<region>-<source id>`.
        args: See `DataCacheReplicaArgs`.
        opts: Options; `protect`, `providers`, `aliases` and the like reach the children.

    Raises:
        InvalidArgs: A timeout is not a duration, or the source has not exactly one of `id` and `ids`.
    """

    ids: pulumi.Output[Mapping[str, str]]
    """Region -> id of its (newest) replica. Waits until those of all regions are usable."""

    def __init__(self, name: str, args: DataCacheReplicaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        # No inputs are registered: with them, every change of one replica shows the component as changed too.
        super().__init__("replicas:index:DataCacheReplica", name, None, opts)
        _verify(name, args)
        self._options = _for_children(opts)
        self._generations = {
            region: self._replicate(name, args, region, settings or {})
            for region, settings in sorted(args["destinations"].items())
        }
        self._regions = {region: replicas[0] for region, replicas in self._generations.items()}
        self.ids = pulumi.Output.all(**{region: replica.id for region, replica in self._regions.items()})
        everywhere = [replica.id for replicas in self._generations.values() for replica in replicas]
        # A public Output of the component itself would make exporting the component hang.
        self._ready = pulumi.Output.all(*everywhere).apply(lambda _: self)

    @property
    def regions(self) -> Mapping[str, RegionReplica]:
        """Region -> its replica; with `source.ids`, that of the newest generation."""
        return self._regions

    @property
    def generations(self) -> Mapping[str, Sequence[RegionReplica]]:
        """Region -> all its replicas, newest first; one, unless `source.ids` is used."""
        return self._generations

    @property
    def ready(self) -> pulumi.Output[DataCacheReplica]:
        """This component, when all its replicas are usable: for `depends_on`."""
        return self._ready

    @property
    def replicas(self) -> dict[str, Any]:
        """Region -> `id`, `source` and `older` of its replicas, for a stack output: nothing that changes by itself."""
        return {region: _described(replicas) for region, replicas in self._generations.items()}

    def _replicate(
        self, name: str, args: DataCacheReplicaArgs, region: str, settings: DataCacheDestination
    ) -> list[RegionReplica]:
        source = args["source"]
        child = f"{name}-{region}"
        if "ids" not in source:
            return [
                self._replica(child, f"{name} to {region}", args, region=region, source_id=source["id"], **settings)
            ]
        return [
            self._replica(
                f"{child}-{id_}",
                f"{name} {id_} to {region}",
                args,
                region=region,
                source_id=id_,
                **_of_generation(settings, id_),
            )
            for id_ in source["ids"]
        ]

    def _replica(self, child: str, label: str, args: DataCacheReplicaArgs, **declared: Any) -> RegionReplica:
        source = {"region": args["source"]["region"], "id": declared["source_id"]}
        properties: dict[str, Any] = {
            "name": child,
            **{key: value for key, value in declared.items() if value is not None},
            "source_region": source["region"],
            "delete_timeout": args.get("delete_timeout") or DEFAULT_DELETE_TIMEOUT,
        }
        copy = DataCacheCopy(
            child, properties, pulumi.ResourceOptions.merge(self._options, pulumi.ResourceOptions(parent=self))
        )
        timeout = args.get("ready_timeout") or DEFAULT_READY_TIMEOUT
        usable_id = self._usable_id(copy, properties, label=label, timeout=timeout)
        return RegionReplica(usable_id, usable_id.apply(lambda _: copy), copy, source)

    def _usable_id(
        self, copy: DataCacheCopy, properties: Mapping[str, Any], *, label: str, timeout: str
    ) -> pulumi.Output[str]:
        readiness.end_cleanly_on_signals()
        if pulumi.runtime.is_dry_run():
            return copy.id
        wait = Wait(
            resource=copy,
            service=_eci,
            region=properties["region"],
            group="",
            label=label,
            timeout=timeout,
            expires=copy.expires,
            reload_sent_at=copy.reloaded_at,
        )
        # The component's URN comes after its own depends_on and parents.
        inputs = pulumi.Output.all(self.urn, properties)
        return readiness.current().usable_id(wait, group=inputs.apply(lambda known: known[1].get("bucket", "")))


def _for_children(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """Pick the options that the engine does not hand down from a component to its children by itself."""
    if opts is None:
        return pulumi.ResourceOptions()
    return pulumi.ResourceOptions(
        delete_before_replace=opts.delete_before_replace,
        ignore_changes=opts.ignore_changes,
        replace_on_changes=opts.replace_on_changes,
        retain_on_delete=opts.retain_on_delete,
    )


class InvalidArgs(pulumi.RunError):
    """The component's plain arguments contradict each other."""


def _verify(name: str, args: DataCacheReplicaArgs) -> None:
    for key in ("ready_timeout", "delete_timeout"):
        try:
            durations.seconds(str(args.get(key) or DEFAULT_READY_TIMEOUT))
        except ValueError as error:
            raise InvalidArgs(f"DataCacheReplica {name}: {key}: {error}") from None
    source = args["source"]
    if ("id" in source) == ("ids" in source):
        raise InvalidArgs(f"DataCacheReplica {name}: source: give either id or ids")
    if "ids" in source and (not source["ids"] or len(set(source["ids"])) < len(source["ids"])):
        raise InvalidArgs(f"DataCacheReplica {name}: source.ids: give at least one id, and none twice")


def _of_generation(settings: DataCacheDestination, source_id: str) -> dict[str, Any]:
    texts = {
        key: value.replace("{source_id}", source_id)
        for key, value in settings.items()
        if key in {"name", "path"} and isinstance(value, str)
    }
    return {**settings, **texts}


def _described(replicas: Sequence[RegionReplica]) -> dict[str, Any]:
    newest, *older = ({"id": replica.id, "source": replica.source} for replica in replicas)
    return {**newest, "older": older} if older else newest


def _eci() -> Eci:
    return _connected(Connection.from_config("eci", raw_config()))


_connected = cache(Eci)
