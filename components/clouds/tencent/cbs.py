"""Cloud Block Storage: the four calls about snapshots and their copies, typed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from typing_extensions import override

from components.clouds import retries
from components.clouds.named_service import NamedService
from components.clouds.tencent.cbs_snapshot import Snapshot, from_answer
from components.clouds.tencent.errors import table
from components.clouds.tencent.tagged_service import TaggedService

PER_SECOND = {"DescribeSnapshots": 8.0, "": 16.0}
"""The API allows 20 requests a second for each action. The program and the provider process both describe, so each
takes less than half; only the provider process sends the others. A fifth is left for requests that arrive closer
together than they were sent."""


class Cbs(TaggedService, NamedService[Snapshot]):
    """Snapshot calls over one connection; snapshots have no groups."""

    name = "cbs"
    errors = table("CBS", "cbs_errors.toml")
    version = "2017-03-12"
    per_second = PER_SECOND
    answers: ClassVar = {"CopySnapshotCrossRegions": "SnapshotCopyResultSet", "DescribeSnapshots": "TotalCount"}
    ids_per_call = 100  # DescribeSnapshots answers at most 100 entries a page
    thing = "Snapshot"
    update = "ModifySnapshotAttribute"
    id_parameter = "SnapshotId"
    name_filter = "snapshot-name"
    waits_for = frozenset({"ResourceInUse.CopySnapshotConflict"})
    other_copy = "another copy of it to this region"
    tag_prefix = "snapshot"

    @override
    def start_copy(self, *, source_region: str, source_id: str, region: str, name: str) -> str:
        """Start a copy (CopySnapshotCrossRegions)."""
        doing = self.copying(source_region, source_id, region)
        answer = self._send(
            doing,
            source_region,
            "CopySnapshotCrossRegions",
            {"SnapshotId": source_id, "DestinationRegions": [region], "SnapshotName": name},
            patience=0,
        )
        request_id = str(answer["RequestId"])
        results = [result for result in answer["SnapshotCopyResultSet"] if isinstance(result, dict)]
        ours = next((result for result in results if result.get("DestinationRegion") == region), None)
        if ours and ours.get("Code") == "Success" and ours.get("SnapshotId"):
            return str(ours["SnapshotId"])
        if ours and ours.get("Code") not in {None, "", "Success"}:
            error = self._error(doing, str(ours["Code"]), str(ours.get("Message") or ""), request_id)
            # A region's own result is a refusal, but for a fault inside the cloud and for one that names a copy.
            error.maybe_done = error.maybe_done or bool(ours.get("SnapshotId"))
            raise error
        raise self._no_answer(doing, f"the answer has no result for {region}", request_id)

    def delete_snapshot(self, region: str, snapshot_id: str, *, with_bound_images: bool) -> None:
        """Delete a snapshot (DeleteSnapshots). One a call: a batch is refused whole when one of it cannot go.

        Args:
            region: The region it is in.
            snapshot_id: Its id.
            with_bound_images: Delete the images that were made of it too; without, they forbid the deletion.
        """
        doing = f"deleting Snapshot {snapshot_id} in {region}"
        params = {"SnapshotIds": [snapshot_id], "DeleteBindImages": with_bound_images}
        self._send(doing, region, "DeleteSnapshots", params)

    @override
    def find_by_tag_key(self, region: str, key: str) -> list[Snapshot]:
        """Ask the Tag service, since no filter of DescribeSnapshots is of tags, then describe what it names."""
        found = self.describe(region, dict.fromkeys(self.tags.ids_with(region, self.tag_prefix, key), ""))
        return [snapshot for snapshot in found.values() if key in snapshot.tags]

    @override
    def _thing(self, entry: Mapping[str, Any]) -> Snapshot:
        return from_answer(entry)

    @override
    def _listed(self, region: str, group: str, ids: Sequence[str] | None = None) -> Iterator[Snapshot]:
        return self._pages(region, SnapshotIds=ids)

    @override
    def _pages(self, region: str, **wanted: Any) -> Iterator[Snapshot]:
        doing = f"describing Snapshots in {region}"
        # Oldest first: what is created meanwhile comes at the end, and moves nothing from one page to the next.
        paging = {"Limit": self.ids_per_call, "OrderField": "CREATE_TIME", "Order": "ASC"}

        def page(_number: int, seen: int) -> tuple[Any, Any, str]:
            params = {**wanted, **paging, "Offset": seen}
            answer = self._send(doing, region, "DescribeSnapshots", params, patience=retries.READ_PATIENCE)
            return answer.get("SnapshotSet"), answer.get("TotalCount"), str(answer.get("RequestId") or "")

        return self._counted(doing, page)
