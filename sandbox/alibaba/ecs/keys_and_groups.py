"""KMS keys and resource groups, as far as images need them: they exist only by seed, and are kept as seeded."""

import re
from typing import Literal

from sandbox.core.resource import Resource
from sandbox.core.resource_table import ResourceTable
from sandbox.core.seed_part import ResourceSeed


class KmsKey(ResourceSeed, Resource):
    """A customer master key in one region of one account."""

    state: Literal["enabled", "disabled", "unauthorized"] = "enabled"
    """Unauthorized: ECS may not use the account's KMS."""


class KmsKeys(ResourceTable[KmsKey]):
    """All keys."""

    name = "kms"
    model = KmsKey


class ResourceGroup(ResourceSeed, Resource):
    """A resource group; not emulated beyond its existence."""

    region: Literal[""] = ""
    """It belongs to all regions."""


class ResourceGroups(ResourceTable[ResourceGroup]):
    """All seeded resource groups."""

    name = "resourcemanager"
    model = ResourceGroup

    def has(self, account: str, group_id: str, now: float) -> bool:
        """Whether the account has this group; without seeded ones it has all whose ids look like a group's."""
        known = self.where(now, "account = ?", account)
        if known:
            return any(group.id == group_id for group in known)
        return re.fullmatch("rg-[0-9A-Za-z]+", group_id) is not None
