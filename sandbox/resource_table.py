"""The rows of one kind of thing in the store's table of resources, by account, region and id."""

from typing import Generic, TypeVar

from pydantic import BaseModel

from sandbox.store import Store

Body = TypeVar("Body", bound=BaseModel)


class ResourceTable(Generic[Body]):
    """Keeps pydantic models; knows nothing about what they mean."""

    def __init__(self, store: Store, kind: str, model: type[Body]) -> None:
        """`kind` is the value of the column `service`."""
        self._store = store
        self._kind = kind
        self._model = model

    def save(self, account: str, region: str, name: str, body: Body) -> None:
        """Add a row or replace the one of the same account, region and id; a replaced one keeps its number."""
        self._store.run(
            "INSERT INTO resources (service, account, region, id, body) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (service, account, region, id) DO UPDATE SET body = excluded.body",
            (self._kind, account, region, name, body.model_dump_json()),
        )

    def delete(self, account: str, region: str, name: str) -> None:
        """Remove a row, if it is there."""
        self._store.run(
            "DELETE FROM resources WHERE service = ? AND account = ? AND region = ? AND id = ?",
            (self._kind, account, region, name),
        )

    def get(self, account: str, region: str, name: str) -> Body | None:
        """One row, or None."""
        where = "account = ? AND region = ? AND id = ?"
        return next(iter(self.where(where, account, region, name)), None)

    def where(self, condition: str = "1", *values: str | float | None) -> list[Body]:
        """The rows that meet an SQL condition, oldest first."""
        sql = f"SELECT body FROM resources WHERE service = ? AND ({condition}) ORDER BY seq"  # noqa: S608 - our own
        return [self._model.model_validate_json(body) for (body,) in self._store.rows(sql, (self._kind, *values))]
