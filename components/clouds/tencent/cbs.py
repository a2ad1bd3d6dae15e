"""Cloud Block Storage: the four calls about snapshots and their copies, typed.

The copy has no idempotency token, so it is sent once a call: what to do about a lost answer is the caller's decision.
The others may be repeated. This module knows the API, not the lifecycle of a replica.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Lock
from typing import Any

from components.clouds.copies import CopyState
from components.clouds.errors import NoAnswer, Unavailable
from components.clouds.listings import Listings, batches
from components.clouds.pace import Pace
from components.clouds.retries import CHANGE_PATIENCE, READ_PATIENCE
from components.clouds.tencent.calls import TencentCalls
from components.clouds.tencent.cbs_errors import rule
from components.clouds.tencent.cbs_snapshot import Snapshot, from_answer
from components.clouds.tencent.connection import Connection

IDS_PER_CALL = 100
"""DescribeSnapshots answers at most 100 entries a page."""

PER_SECOND = {"DescribeSnapshots": 9.0, "": 18.0}
"""The API allows 20 requests a second for each action. The program and the provider process both describe, so each
takes less than half; only the provider process sends the others."""


class Cbs:
    """Snapshot calls over one connection. Safe to share between threads.

    Args:
        connection: Endpoint and credentials.
        sleep: Injected by tests.
        clock: Seconds, monotonic. Injected by tests.
    """

    name = "cbs"

    def __init__(
        self,
        connection: Connection,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        pace = Pace(PER_SECOND, sleep=sleep)
        self._calls = TencentCalls(connection, service="CBS", make_client=_client, judge=rule, pace=pace, sleep=sleep)
        self._listings: Listings[Snapshot] = Listings(self._list, clock)
        self._lock = Lock()
        self._names: dict[tuple[str, str], Lock] = {}

    def naming(self, region: str, name: str) -> Lock:
        """Return the lock of a name in a region: whoever holds it is the only one here to make a snapshot so named."""
        with self._lock:
            return self._names.setdefault((region, name), Lock())

    def copy_snapshot(self, *, source_region: str, source_id: str, region: str, name: str) -> str:
        """Start a copy (CopySnapshotCrossRegions), in one attempt, and return its id in `region`.

        Raises:
            CloudError: Refused for this region, or unknown (`Unavailable`, `NoAnswer`): there is no token, so whether
                to send it again is the caller's decision.
        """
        doing = copying(source_region, source_id, region)
        answer = self._calls.send(
            doing,
            source_region,
            "CopySnapshotCrossRegions",
            {"SnapshotId": source_id, "DestinationRegions": [region], "SnapshotName": name},
            holds="SnapshotCopyResultSet",
            patience=0,
        )
        request_id = str(answer["RequestId"])
        results = [result for result in answer["SnapshotCopyResultSet"] if isinstance(result, dict)]
        ours = next((result for result in results if result.get("DestinationRegion") == region), None)
        if ours and ours.get("Code") == "Success" and ours.get("SnapshotId"):
            return str(ours["SnapshotId"])
        if ours and ours.get("Code") not in {None, "", "Success"}:
            error = self._calls.error(doing, str(ours["Code"]), str(ours.get("Message") or ""), request_id)
            # A region's own result is a refusal, but for a fault inside the cloud and for one that names a copy.
            error.maybe_done = isinstance(error, Unavailable) or bool(ours.get("SnapshotId"))
            raise error
        raise _unclear(doing, f"the answer has no result for {region}", request_id)

    def modify_snapshot(
        self,
        region: str,
        snapshot_id: str,
        *,
        name: str | None = None,
        is_permanent: bool | None = None,
        deadline: str | None = None,
    ) -> None:
        """Change a snapshot in place (ModifySnapshotAttribute); None leaves a setting as it is.

        Args:
            region: The region it is in.
            snapshot_id: Its id.
            name: Its name.
            is_permanent: Whether it is kept until it is deleted.
            deadline: ISO 8601 time at which the cloud deletes it; needs `is_permanent=False`.
        """
        self._calls.send(
            f"updating Snapshot {snapshot_id} in {region}",
            region,
            "ModifySnapshotAttribute",
            {"SnapshotId": snapshot_id, "SnapshotName": name, "IsPermanent": is_permanent, "Deadline": deadline},
            holds="RequestId",
            patience=CHANGE_PATIENCE,
        )

    def delete_snapshot(self, region: str, snapshot_id: str, *, with_bound_images: bool) -> None:
        """Delete a snapshot (DeleteSnapshots). One a call: a batch is refused whole when one of it cannot go.

        Args:
            region: The region it is in.
            snapshot_id: Its id.
            with_bound_images: Delete the images that were made of it too; without, they forbid the deletion.
        """
        self._calls.send(
            f"deleting Snapshot {snapshot_id} in {region}",
            region,
            "DeleteSnapshots",
            {"SnapshotIds": [snapshot_id], "DeleteBindImages": with_bound_images},
            holds="RequestId",
            patience=CHANGE_PATIENCE,
        )

    def describe(self, region: str, groups: Mapping[str, str]) -> dict[str, Snapshot]:
        """Describe snapshots by id, 100 a call.

        Args:
            region: The region to ask.
            groups: Their ids; snapshots live in no namespace, so the values are "".

        Returns:
            Id -> snapshot; an id that the cloud does not list is absent.
        """
        found: dict[str, Snapshot] = {}
        ids = list(groups)
        for batch in batches(ids, IDS_PER_CALL):
            found |= {snapshot.id: snapshot for snapshot in self._page(region, {"SnapshotIds": batch}, 0)[0]}
        return {id_: found[id_] for id_ in ids if id_ in found}

    def find(self, region: str, snapshot_id: str, *, group: str = "") -> Snapshot | None:
        """Find one snapshot, from a listing that is at most some seconds old, else by its id."""
        listed = self._listings.find((region, group), snapshot_id)
        return listed or self.describe(region, {snapshot_id: group}).get(snapshot_id)

    def find_by_name(self, region: str, name: str) -> list[Snapshot]:
        """List the snapshots of exactly this name; the cloud's filter is fuzzy."""
        params = {"Filters": [{"Name": "snapshot-name", "Values": [name]}]}
        return [snapshot for snapshot in self._pages(region, params) if snapshot.name == name]

    def look_up(self, region: str, groups: Mapping[str, str]) -> dict[str, CopyState]:
        """See `CopyService.look_up`."""
        return {id_: snapshot.state for id_, snapshot in self.describe(region, groups).items()}

    def _list(self, namespace: tuple[str, str]) -> Iterator[Snapshot]:
        return self._pages(namespace[0], {})

    def _pages(self, region: str, params: Mapping[str, Any]) -> Iterator[Snapshot]:
        offset = 0
        while True:
            page, total = self._page(region, params, offset)
            yield from page
            offset += len(page)
            if not page or offset >= total:
                return

    def _page(self, region: str, params: Mapping[str, Any], offset: int) -> tuple[Sequence[Snapshot], int]:
        doing = f"describing Snapshots in {region}"
        answer = self._calls.send(
            doing,
            region,
            "DescribeSnapshots",
            # Oldest first: what is created meanwhile comes at the end, and moves nothing from one page to the next.
            {**params, "Limit": IDS_PER_CALL, "Offset": offset, "OrderField": "CREATE_TIME", "Order": "ASC"},
            holds="TotalCount",
            patience=READ_PATIENCE,
        )
        listed, total = answer.get("SnapshotSet") or [], answer["TotalCount"]
        if not isinstance(listed, list) or not isinstance(total, int):
            raise _unclear(doing, "the answer's list cannot be read", str(answer["RequestId"]))
        entries = [entry for entry in listed if isinstance(entry, dict)]
        if total > offset and not entries:
            raise _unclear(doing, f"the answer counts {total} and lists none", str(answer["RequestId"]))
        return [from_answer(entry) for entry in entries], total


def copying(source_region: str, source_id: str, region: str) -> str:
    """Say what a copy does, for messages."""
    return f"copying Snapshot {source_id} from {source_region} to {region}"


def _unclear(doing: str, message: str, request_id: str) -> NoAnswer:
    error = NoAnswer(
        doing=doing, code="NoAnswer", message=message, request_id=request_id, next_step="run the same command again"
    )
    error.maybe_done = True
    return error


def _client(credentials: Any, region: str, profile: Any) -> Any:
    from tencentcloud.cbs.v20170312.cbs_client import CbsClient  # noqa: PLC0415 - slow to import

    return CbsClient(credentials, region, profile)
