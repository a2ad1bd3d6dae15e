"""The rows of one kind of resource in the store, by account, region and id.

It leaves out and drops what is gone, and knows of a resource only what all kinds have alike.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

from sandbox.core.resource import Resource
from sandbox.core.store import Store

Kind = TypeVar("Kind", bound=Resource)


class ResourceTable(Generic[Kind]):
    """All resources of a kind; a subclass names the kind, and adds what only that kind has."""

    name: str
    """The value of the column `service`."""
    model: type[Kind]

    def __init__(self, store: Store) -> None:
        self._store = store

    def save(self, resource: Kind) -> None:
        """Add a resource or replace the one of the same account, region and id; a replaced one keeps its number."""
        self._store.run(
            "INSERT INTO resources (service, account, region, id, body) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (service, account, region, id) DO UPDATE SET body = excluded.body",
            (self.name, resource.account, resource.region, resource.id, resource.model_dump_json()),
        )

    def delete(self, resource: Kind) -> None:
        """Remove a resource, if it is there."""
        self._store.run(
            "DELETE FROM resources WHERE service = ? AND account = ? AND region = ? AND id = ?",
            (self.name, resource.account, resource.region, resource.id),
        )

    def get(self, account: str, region: str, resource_id: str, now: float) -> Kind | None:
        """One resource, unless it is gone."""
        return next(iter(self.of_region(account, region, now, [resource_id])), None)

    def of_region(self, account: str, region: str, now: float, ids: Sequence[str] | None = None) -> list[Kind]:
        """What an account has in a region, or what of it has some ids, oldest first."""
        return [one for _, one in self.numbered(account, region, now, ids=ids)]

    def numbered(
        self, account: str, region: str, now: float, *, after: int = 0, ids: Sequence[str] | None = None
    ) -> Iterator[tuple[int, Kind]]:
        """The same with numbers that only grow, from behind the number `after`."""
        wanted = None if ids is None else json.dumps(ids)
        found = self._numbered(
            now,
            "account = ? AND region = ? AND seq > ? AND (? IS NULL OR id IN (SELECT value FROM json_each(?)))",
            (account, region, after, wanted, wanted),
        )
        # To SQLite, an id ends where it has a NUL.
        return found if ids is None else ((number, one) for number, one in found if one.id in ids)

    def copies_of(self, source: Resource, now: float) -> list[Kind]:
        """The copies that were made of a resource, in all regions."""
        return self.where(
            now,
            "account = ? AND json_extract(body, '$.origin.id') = ? AND json_extract(body, '$.origin.region') = ?",
            source.account,
            source.id,
            source.region,
        )

    def where(self, now: float, condition: str = "1", *values: str | float | None) -> list[Kind]:
        """Those that meet an SQL condition, oldest first."""
        return [one for _, one in self._numbered(now, condition, values)]

    def _numbered(self, now: float, condition: str, values: Sequence[str | float | None]) -> Iterator[tuple[int, Kind]]:
        sql = f"SELECT seq, body FROM resources WHERE service = ? AND ({condition}) ORDER BY seq"  # noqa: S608 - our own
        for seq, body in self._store.rows(sql, (self.name, *values)):
            resource = self.model.model_validate_json(body)
            if resource.gone(now):
                self._store.run("DELETE FROM resources WHERE seq = ?", (seq,))  # time never runs back
            else:
                yield seq, resource
