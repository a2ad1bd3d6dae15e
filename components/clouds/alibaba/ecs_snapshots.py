"""Elastic Compute Service: the calls for snapshots of disks, typed, with retries.

What starts a copy carries the caller's token on each attempt; all other requests may be repeated without one.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from typing_extensions import override

from components.clouds import retries
from components.clouds.alibaba.ecs_snapshot import EcsSnapshot, from_answer
from components.clouds.alibaba.errors import table
from components.clouds.alibaba.service import AlibabaService
from components.clouds.listed_service import ListedService

DISK_IS_BUSY = "InvalidOperation.DiskHasUnfinishedSnapshotCopy"
"""Another snapshot of the same disk is being copied to the region: one at a time is."""


class EcsSnapshots(AlibabaService, ListedService[EcsSnapshot]):
    """Snapshot calls over one connection; snapshots have no groups."""

    name = "ecs"
    errors = table("ECS", "ecs_snapshot_errors.toml")
    sdk = "alibabacloud_ecs20140526"
    answers: ClassVar = {"CopySnapshot": "SnapshotId", "DescribeSnapshots": "Snapshots"}
    ids_per_call = 100  # DescribeSnapshots answers at most 100 entries a page

    def copy_snapshot(
        self,
        *,
        source_region: str,
        source_id: str,
        region: str,
        client_token: str,
        settings: Mapping[str, Any],
        tags: Mapping[str, str],
    ) -> str:
        """Start a copy (CopySnapshot) and return its id in `region`; the copying itself takes minutes to hours.

        Args:
            source_region: The region to copy from.
            source_id: The snapshot to copy.
            region: The destination region.
            client_token: The same on every attempt at one copy.
            settings: Attributes of the SDK's CopySnapshotRequest (`retention_days`) -> values; None is left out.
            tags: All its tags.

        Raises:
            CloudError: Refused, or unknown after all retries (`Unavailable`, `NoAnswer`).
            TypeError: A setting that the SDK's request does not have.
        """
        source = {"snapshot_id": source_id, "destination_region_id": region, "client_token": client_token}
        answer = self._send(
            f"copying EcsSnapshot {source_id} from {source_region} to {region}",
            source_region,
            "CopySnapshot",
            {**settings, **source, "tag": self._tags("CopySnapshotRequestTag", tags)},
        )
        return str(answer["SnapshotId"])

    def modify_snapshot(self, region: str, snapshot_id: str, *, settings: Mapping[str, Any]) -> None:
        """Change name, description or retention (ModifySnapshotAttribute); what is None stays.

        Raises:
            CloudError: Refused, or unknown after all retries (`Unavailable`, `NoAnswer`).
            TypeError: A setting that the SDK's request does not have.
        """
        changed = {"snapshot_id": snapshot_id, **settings}
        self._send(f"updating EcsSnapshot {snapshot_id} in {region}", region, "ModifySnapshotAttribute", changed)

    def tag_snapshot(
        self, region: str, snapshot_id: str, tags: Mapping[str, str], *, remove: Collection[str] = ()
    ) -> None:
        """Remove some tags (UntagResources), then put these on (TagResources): there can be 20 at most."""
        doing = f"tagging EcsSnapshot {snapshot_id} in {region}"
        thing = {"resource_type": "snapshot", "resource_id": [snapshot_id]}
        if remove:
            self._send(doing, region, "UntagResources", {**thing, "tag_key": sorted(remove)})
        self._send(doing, region, "TagResources", {**thing, "tag": self._tags("TagResourcesRequestTag", tags)})

    def delete_snapshot(self, region: str, snapshot_id: str, *, force: bool) -> None:
        """Delete a snapshot, or cancel what is being made (DeleteSnapshot); an unknown id is no error."""
        doing = f"deleting EcsSnapshot {snapshot_id} in {region}"
        self._send(doing, region, "DeleteSnapshot", {"snapshot_id": snapshot_id, "force": force or None})

    def find_by_tag(self, region: str, key: str, value: str | None = None, *, group: str = "") -> list[EcsSnapshot]:  # noqa: ARG002 - for services that have groups
        """List the snapshots of a region that carry a tag; the cloud's filter is not trusted alone."""
        found = self._pages(region, tag=self._tags("DescribeSnapshotsRequestTag", {key: value}))
        return [one for one in found if key in one.tags and value in {None, one.tags[key]}]

    def find_by_name(self, region: str, name: str) -> list[EcsSnapshot]:
        """List this account's snapshots of exactly this name."""
        return [one for one in self._pages(region, snapshot_name=name) if one.name == name]

    @override
    def _thing(self, entry: Mapping[str, Any]) -> EcsSnapshot:
        return from_answer(entry)

    @override
    def _listed(self, region: str, group: str, ids: Sequence[str] | None = None) -> Iterator[EcsSnapshot]:
        return self._pages(region, snapshot_ids=None if ids is None else json.dumps(list(ids)))

    def _pages(self, region: str, **wanted: Any) -> Iterator[EcsSnapshot]:
        """List by page numbers: with the newer tokens, says the reference, the count of all is not valid."""
        doing = f"describing EcsSnapshots in {region}"

        def page(number: int, _seen: int) -> tuple[Any, Any, str]:
            asked = {**wanted, "page_number": number, "page_size": self.ids_per_call}
            answer = self._send(doing, region, "DescribeSnapshots", asked, patience=retries.READ_PATIENCE)
            snapshots = answer.get("Snapshots")
            listed = snapshots.get("Snapshot") if isinstance(snapshots, dict) else snapshots
            return listed, answer.get("TotalCount"), str(answer.get("RequestId") or "")

        return self._counted(doing, page)

    def _tags(self, model: str, tags: Mapping[str, str | None]) -> list[Any]:
        tag = self._model(model)
        return [tag(key=key, value=value) for key, value in sorted(tags.items())]
