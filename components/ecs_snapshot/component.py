"""EcsSnapshotReplica: one ECS snapshot, kept as a replica in each of several regions."""

from collections.abc import Mapping
from typing import Any, cast

import pulumi
from typing_extensions import override

from components import kinds
from components.ecs_snapshot.args import EcsSnapshotReplicaArgs
from components.ecs_snapshot.fields import DEFAULT_READY_TIMEOUT, MAX_NAME
from components.ecs_snapshot.lifecycle import expiry
from components.model.names import HASH_LENGTH, shortened
from components.providers.ecs_snapshot import EcsSnapshotProvider
from components.replica.component import CopyResource, Declared, Replica
from components.replica.stack_identity import unique_name

MAX_STEM = MAX_NAME - HASH_LENGTH - 1
"""Characters of the name of a source snapshot that is made here, without its hash."""


class EcsSnapshotCopy(CopyResource, module="alibaba", name="EcsSnapshotCopy"):
    """One copy of a snapshot in one region."""

    provider = EcsSnapshotProvider
    outputs = ("accepted_at", "created_at", "retention_days")

    accepted_at: pulumi.Output[int]
    created_at: pulumi.Output[int | None]
    retention_days: pulumi.Output[int | None]

    @override
    async def expires(self) -> float | None:
        outputs = pulumi.Output.all(
            accepted_at=self.accepted_at, created_at=self.created_at, retention_days=self.retention_days
        )
        return expiry(await outputs.future() or {})


class EcsSnapshotReplica(Replica[EcsSnapshotCopy]):
    """An ECS snapshot and its replicas in other regions.

    Args:
        name: Name of the component. Children are called `<name>-<region>`, with `source.ids`
            `<name>-<region>-<source id>`.
        args: See `EcsSnapshotReplicaArgs`.
        opts: Options; `protect`, `providers`, `aliases` and the like reach the children.

    Raises:
        InvalidArgs: A timeout is not a duration, a plain `disk_id` is none, or the source has not exactly one of
            `id`, `ids` and `disk_id`.
    """

    kind = kinds.OF_NAME["ecs_snapshot"]

    def __init__(self, name: str, args: EcsSnapshotReplicaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, cast("Mapping[str, Any]", args), opts)

    @override
    def _source(self, name: str, source: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make the snapshot of a disk with the native resource; the copies use its id, so they start after it."""
        if "disk_id" not in source:
            return source
        import pulumi_alicloud as alicloud  # noqa: PLC0415 - takes seconds, and few stacks make their sources

        from components.replica.native_alibaba import provider_of  # noqa: PLC0415 - as above

        options = pulumi.ResourceOptions(
            parent=self,
            provider=provider_of(source["region"]),
            custom_timeouts=pulumi.CustomTimeouts(create=DEFAULT_READY_TIMEOUT),
        )
        stem = shortened(f"{name}-source", MAX_STEM, keep="-source")
        made = alicloud.ecs.EcsSnapshot(
            f"{name}-source",
            disk_id=source["disk_id"],
            snapshot_name=unique_name(stem, source["region"], source["disk_id"]),
            opts=pulumi.ResourceOptions.merge(self._options, options),
        )
        return {"region": source["region"], "id": made.id}

    @override
    def _copy(self, declared: Declared) -> EcsSnapshotCopy:
        name = self.kind.default_name(declared.child, declared.properties["region"])
        return EcsSnapshotCopy(declared.child, {"name": name, **declared.properties}, declared.options)
