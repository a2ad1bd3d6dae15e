"""The network that seeds describe: zones, vSwitches, security groups, EIP address pools.

There is no API for it here: it exists only so that a service can refuse what does not fit. An id that was not
seeded is unknown, and a service then knows no more of it than its form. Nothing is used up: free addresses are
as many as the seed says until the next seed.
"""

import re
from collections.abc import Iterable
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt

from sandbox.core.accounts import ACCOUNT_ID
from sandbox.core.store import Store

_KEPT_AS = "network"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1)


class Zone(_Part):
    """A zone, the same for all accounts; one that is not seeded is on sale and in stock."""

    on_sale: bool = True
    in_stock: bool = True

    def belongs_to(self, region: str) -> bool:
        """Whether it is a zone of a region: cn-hangzhou-k of cn-hangzhou, ap-southeast-1a of ap-southeast-1."""
        return re.fullmatch(rf"{re.escape(region)}-?[a-z]", self.id) is not None


class _OwnedPart(_Part):
    account: str = ACCOUNT_ID


Part = TypeVar("Part", bound=_OwnedPart)


class VSwitch(_OwnedPart):
    """A vSwitch of an account."""

    vpc: str = Field(min_length=1)
    zone: str = Field(min_length=1)
    free_addresses: NonNegativeInt = 250


class SecurityGroup(_OwnedPart):
    """A security group of an account."""

    vpc: str = Field(min_length=1)


class EipAddressPool(_OwnedPart):
    """A pool of public addresses of an account."""

    free_addresses: NonNegativeInt = 250


class Network(BaseModel):
    """All that is known of the network."""

    model_config = ConfigDict(extra="forbid")

    zones: list[Zone] = []
    v_switches: list[VSwitch] = []
    security_groups: list[SecurityGroup] = []
    eip_address_pools: list[EipAddressPool] = []

    def size(self) -> int:
        """How many parts are known."""
        return len(self.zones) + len(self.v_switches) + len(self.security_groups) + len(self.eip_address_pools)

    def zone(self, zone_id: str) -> Zone:
        """The zone of this id; one that is on sale and in stock when nothing was said about it."""
        return next((zone for zone in self.zones if zone.id == zone_id), Zone(id=zone_id))

    def v_switch(self, account: str, v_switch_id: str | None) -> VSwitch | None:
        """The vSwitch of this id, None when it is unknown."""
        return _find(self.v_switches, account, v_switch_id)

    def security_group(self, account: str, group_id: str | None) -> SecurityGroup | None:
        """The security group of this id, None when it is unknown."""
        return _find(self.security_groups, account, group_id)

    def eip_address_pool(self, account: str, pool_id: str | None) -> EipAddressPool | None:
        """The address pool of this id, None when it is unknown."""
        return _find(self.eip_address_pools, account, pool_id)


class Networks:
    """The network as it is kept in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def current(self) -> Network:
        """All that is known now."""
        return Network.model_validate(self._store.load(_KEPT_AS) or {})

    def put(self, parts: Network) -> None:
        """Add parts, or replace those of the same id and account."""
        known = self.current()
        merged = Network(
            zones=list({zone.id: zone for zone in (*known.zones, *parts.zones)}.values()),
            v_switches=_merged(known.v_switches, parts.v_switches),
            security_groups=_merged(known.security_groups, parts.security_groups),
            eip_address_pools=_merged(known.eip_address_pools, parts.eip_address_pools),
        )
        self._store.keep(_KEPT_AS, merged.model_dump())


def _find(parts: Iterable[Part], account: str, part_id: str | None) -> Part | None:
    return next((part for part in parts if (part.account, part.id) == (account, part_id)), None)


def _merged(known: Iterable[Part], new: Iterable[Part]) -> list[Part]:
    return list({(part.account, part.id): part for part in (*known, *new)}.values())
