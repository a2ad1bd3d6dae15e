"""Resource groups of accounts.

They are not emulated beyond their existence: an account without seeded ones has every group whose id looks like
one; an account with seeded ones has no others.
"""

import re

from sandbox.core.resource import Resource
from sandbox.core.resource_table import ResourceTable

FORM = re.compile(r"rg-[0-9A-Za-z]+")


class ResourceGroup(Resource):
    """A resource group."""

    region: str = ""
    """It belongs to all regions."""


class ResourceGroups(ResourceTable[ResourceGroup]):
    """All seeded resource groups."""

    name = "resourcemanager"
    model = ResourceGroup

    def has(self, account: str, group_id: str, now: float) -> bool:
        """Whether the account has this group."""
        known = self.where(now, "account = ?", account)
        return any(group.id == group_id for group in known) if known else bool(FORM.fullmatch(group_id))
