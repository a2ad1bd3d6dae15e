"""Where snapshots are kept, by account and region.

It leaves out and drops what is deleted, expired or came to nothing, and decides nothing else.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sandbox.snapshot import Snapshot
from sandbox.store import Store

SERVICE = "cbs"


class Snapshots:
    """All snapshots of the sandbox."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def save(self, snapshot: Snapshot) -> None:
        """Add a snapshot or replace the one of the same account, region and id."""
        self._store.run(
            "INSERT INTO resources (service, account, region, id, body) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (service, account, region, id) DO UPDATE SET body = excluded.body",
            (SERVICE, snapshot.account, snapshot.region, snapshot.id, snapshot.model_dump_json()),
        )

    def delete(self, snapshot: Snapshot) -> None:
        """Forget a snapshot."""
        self._store.run(
            "DELETE FROM resources WHERE service = ? AND account = ? AND region = ? AND id = ?",
            (SERVICE, snapshot.account, snapshot.region, snapshot.id),
        )

    def get(self, account: str, region: str, snapshot_id: str, now: float) -> Snapshot | None:
        """One snapshot, unless it is gone."""
        return next(iter(self.every(account, region, now, ids=[snapshot_id])), None)

    def every(self, account: str, region: str, now: float, *, ids: Sequence[str] | None = None) -> list[Snapshot]:
        """The snapshots of a region, or those with some ids, in the order in which they came."""
        wanted = None if ids is None else json.dumps(ids)
        rows = self._store.rows(
            "SELECT seq, body FROM resources WHERE service = ? AND account = ? AND region = ?"
            " AND (? IS NULL OR id IN (SELECT value FROM json_each(?))) ORDER BY seq",
            (SERVICE, account, region, wanted, wanted),
        )
        return [*self._living(rows, now)]

    def destinations(self, account: str, region: str, now: float) -> dict[str, list[str]]:
        """Id of a snapshot of this region -> the regions to which it is being copied."""
        rows = self._store.rows(
            "SELECT seq, body FROM resources WHERE service = ? AND account = ?"
            " AND json_extract(body, '$.origin.region') = ? ORDER BY seq",
            (SERVICE, account, region),
        )
        found: defaultdict[str, list[str]] = defaultdict(list)
        for copy in self._living(rows, now):
            if copy.origin and copy.copying and copy.copying.running(now):
                found[copy.origin.id].append(copy.region)
        return found

    def inventory(self, now: float) -> dict[str, list[dict[str, Any]]]:
        """Region -> snapshots, for the control plane: all accounts, also what is not visible yet."""
        rows = self._store.rows("SELECT seq, body FROM resources WHERE service = ? ORDER BY seq", (SERVICE,))
        found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        copying_to: dict[tuple[str, str], dict[str, list[str]]] = {}
        for snapshot in self._living(rows, now):
            place = (snapshot.account, snapshot.region)
            if place not in copying_to:
                copying_to[place] = self.destinations(*place, now)
            found[snapshot.region].append(snapshot.listed(now, copying_to[place].get(snapshot.id, [])))
        return dict(sorted(found.items()))

    def _living(self, rows: list[tuple[int, str]], now: float) -> Iterator[Snapshot]:
        for seq, body in rows:
            snapshot = Snapshot.model_validate_json(body)
            if snapshot.gone(now):
                self._store.run("DELETE FROM resources WHERE seq = ?", (seq,))  # time never runs back
            else:
                yield snapshot
