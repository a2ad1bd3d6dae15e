"""SnapshotReplica: one CBS snapshot, kept as a replica in each of several regions."""

import time
from collections.abc import Mapping
from typing import Any, cast

import pulumi
import tencentcloud_iac_pulumi as tencentcloud
from typing_extensions import override

from components import kinds
from components.lifecycle.default_name import MAX_NAME
from components.model.names import HASH_LENGTH, shortened
from components.providers.snapshot import SnapshotProvider
from components.replica.component import CopyResource, Declared, InvalidArgs, RegionReplica, Replica
from components.replica.native_tencent import provider_of
from components.replica.stack_identity import unique_name
from components.snapshot.args import SnapshotReplicaArgs
from components.snapshot.fields import parsed_deadline

MAX_STEM = MAX_NAME - HASH_LENGTH - 1
"""Characters of the name of a source snapshot that is made here, without its hash."""


class SnapshotCopy(CopyResource, module="tencent", name="SnapshotCopy"):
    """One copy of a snapshot in one region."""

    provider = SnapshotProvider
    outputs = ("accepted_at", "deadline")

    deadline: pulumi.Output[str | None]

    @override
    async def expires(self) -> float | None:
        deadline = await self.deadline.future()
        return parsed_deadline(deadline).timestamp() if deadline else None


class SnapshotReplica(Replica[SnapshotCopy]):
    """A CBS snapshot and its replicas in other regions.

    Args:
        name: Name of the component. Children are called `<name>-<region>`, with `source.ids`
            `<name>-<region>-<source id>`.
        args: See `SnapshotReplicaArgs`.
        opts: Options; `protect`, `providers`, `aliases` and the like reach the children.

    Raises:
        InvalidArgs: A timeout is not a duration, a plain `disk_id` is none, or the source has not exactly one of
            `id`, `ids` and `disk_id`.
    """

    kind = kinds.OF_NAME["snapshot"]

    def __init__(self, name: str, args: SnapshotReplicaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, cast("Mapping[str, Any]", args), opts)

    @property
    def regions(self) -> Mapping[str, RegionReplica[SnapshotCopy]]:
        """Region -> its replica; a region whose deadline has passed has none.

        Raises:
            InvalidArgs: A region that has none is asked for.
        """
        return _Regions(super().regions)

    @override
    def _source(self, name: str, source: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make the snapshot of a disk with the native resource; the copies use its id, so they start after it."""
        if "disk_id" not in source:
            return source
        options = pulumi.ResourceOptions(parent=self, provider=provider_of(source["region"], "cbs"))
        stem = shortened(f"{name}-source", MAX_STEM, keep="-source")
        made = tencentcloud.cbs.Snapshot(
            f"{name}-source",
            storage_id=source["disk_id"],
            snapshot_name=unique_name(stem, source["region"], source["disk_id"]),
            opts=pulumi.ResourceOptions.merge(self._options, options),
        )
        return {"region": source["region"], "id": made.id}

    @override
    def _copy(self, declared: Declared) -> SnapshotCopy:
        properties = {"default_name": declared.child, **declared.properties}
        return SnapshotCopy(declared.child, properties, declared.options)

    @override
    def _is_declared(self, name: str, region: str, settings: Mapping[str, Any]) -> bool:
        """Leave out what has expired: it is gone, and making it again would only delete it again."""
        text = settings.get("deadline")
        try:
            has_passed = isinstance(text, str) and parsed_deadline(text).timestamp() <= time.time()
        except ValueError:
            return True  # check reports it
        if has_passed:
            pulumi.log.warn(
                f"{name} to {region}: its deadline {text} has passed, so it is not kept any more. "
                "Next: set a later deadline, or remove the region."
            )
        return not has_passed


class _Regions(dict[str, RegionReplica[SnapshotCopy]]):
    def __missing__(self, region: str) -> RegionReplica[SnapshotCopy]:
        raise InvalidArgs(f"there is no replica in {region}: it is no destination, or its deadline has passed")


CbsSnapshotReplica = SnapshotReplica
"""The same under a name that names cloud and thing; its type token is that of the first name."""
