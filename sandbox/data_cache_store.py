"""Where data caches are kept, by account and region.

It leaves out and drops what is deleted or expired, and decides nothing else.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sandbox.data_cache import DataCache
from sandbox.resource_table import ResourceTable
from sandbox.store import Store

SERVICE = "eci"


class DataCaches:
    """All data caches of the sandbox."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._table = ResourceTable(store, SERVICE, DataCache)

    def save(self, cache: DataCache) -> None:
        """Add a cache or replace the one of the same account, region and id."""
        self._table.save(cache.account, cache.region, cache.id, cache)

    def get(self, account: str, region: str, cache_id: str, now: float) -> DataCache | None:
        """One cache, unless it is gone."""
        cache = self._table.get(account, region, cache_id)
        return None if cache is None or cache.gone(now) else cache

    def numbered(
        self, account: str, region: str, now: float, *, after: int = 0, ids: Sequence[str] | None = None
    ) -> Iterator[tuple[int, DataCache]]:
        """The caches of a region, or those with some ids, oldest first; their numbers only grow."""
        wanted = None if ids is None else json.dumps(ids)
        rows = self._store.rows(
            "SELECT seq, body FROM resources WHERE service = ? AND account = ? AND region = ? AND seq > ?"
            " AND (? IS NULL OR id IN (SELECT value FROM json_each(?))) ORDER BY seq",
            (SERVICE, account, region, after, wanted, wanted),
        )
        return self._living(rows, now)

    def being_copied(self, source: DataCache, now: float) -> bool:
        """Whether a copy of this cache is still running."""
        rows = self._store.rows(
            "SELECT seq, body FROM resources WHERE service = ? AND account = ?"
            " AND json_extract(body, '$.origin.id') = ? AND json_extract(body, '$.origin.region') = ?",
            (SERVICE, source.account, source.id, source.region),
        )
        return any(cache.status(now) in {"Creating", "Loading"} for _, cache in self._living(rows, now))

    def inventory(self, now: float) -> dict[str, list[dict[str, Any]]]:
        """Region -> caches, for the control plane: all accounts, also what is not visible yet."""
        rows = self._store.rows("SELECT seq, body FROM resources WHERE service = ? ORDER BY seq", (SERVICE,))
        found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for _, cache in self._living(rows, now):
            found[cache.region].append(cache.listed(now))
        return dict(sorted(found.items()))

    def _living(self, rows: list[tuple[int, str]], now: float) -> Iterator[tuple[int, DataCache]]:
        for seq, body in rows:
            cache = DataCache.model_validate_json(body)
            if cache.gone(now):
                self._store.run("DELETE FROM resources WHERE seq = ?", (seq,))  # time never runs back
            else:
                yield seq, cache
