"""KMS keys, as far as the encryption of an image asks for them: they exist only by seed."""

from typing import Literal

from pydantic import BaseModel

from sandbox.resource_table import ResourceTable
from sandbox.store import Store


class KmsKey(BaseModel):
    """A customer master key in one region of one account."""

    account: str
    region: str
    id: str
    state: Literal["enabled", "disabled", "unauthorized"] = "enabled"
    """Unauthorized: ECS may not use the account's KMS."""


class KmsKeys:
    """All keys."""

    def __init__(self, store: Store) -> None:
        self._keys = ResourceTable(store, "kms", KmsKey)

    def put(self, key: KmsKey) -> None:
        """Add a key or replace the one of the same account, region and id."""
        self._keys.save(key.account, key.region, key.id, key)

    def find(self, account: str, region: str, key_id: str) -> KmsKey | None:
        """The key, or None."""
        return self._keys.get(account, region, key_id)
