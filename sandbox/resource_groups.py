"""Resource groups of accounts.

They are not emulated beyond their existence: an account without seeded ones has every group whose id looks like
one; an account with seeded ones has no others.
"""

import re

from pydantic import BaseModel

from sandbox.resource_table import ResourceTable
from sandbox.store import Store

FORM = re.compile(r"rg-[0-9A-Za-z]+")


class ResourceGroup(BaseModel):
    """A resource group; it belongs to all regions."""

    account: str
    id: str


class ResourceGroups:
    """All seeded resource groups."""

    def __init__(self, store: Store) -> None:
        self._groups = ResourceTable(store, "resourcemanager", ResourceGroup)

    def put(self, group: ResourceGroup) -> None:
        """Add a group."""
        self._groups.save(group.account, "", group.id, group)

    def exists(self, account: str, group_id: str) -> bool:
        """Whether the account has this group."""
        known = self._groups.where("account = ?", account)
        return any(group.id == group_id for group in known) if known else bool(FORM.fullmatch(group_id))
