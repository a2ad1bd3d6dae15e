"""The section `replicas:snapshots` of the stack config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from components.model.violations import Violation
from components.replica.stack_config import AdoptableSettings, ReplicaEntry, SourceSettings
from components.snapshot import rules as snapshot_rules
from components.snapshot.args import SnapshotReplicaArgs


class SnapshotSourceSettings(SourceSettings):
    """The same, or a disk that the snapshot is made of."""

    disk_id: str | None = None


class SnapshotDestinationSettings(AdoptableSettings):
    """Settings of a snapshot replica."""

    name: str | None = None
    deadline: str | None = None
    is_permanent: bool | None = None
    delete_bound_images: bool | None = None


class SnapshotEntry(ReplicaEntry[SnapshotDestinationSettings]):
    """One entry of `replicas:snapshots`."""

    source: SnapshotSourceSettings

    def broken_rules(self) -> Iterator[tuple[str, str]]:
        """See `ReplicaEntry`."""
        yield from super().broken_rules()
        for found in snapshot_rules.disk_violations(self.source.disk_id):
            yield "source.diskId", found.reason

    def violations(self, properties: Mapping[str, Any]) -> list[Violation]:
        """See `ReplicaEntry`."""
        return snapshot_rules.violations(properties)

    def args(self) -> SnapshotReplicaArgs:
        """Turn the entry into the component's arguments."""
        return cast("SnapshotReplicaArgs", self.plain_args())
