"""The network that seeds describe: zones, vSwitches, security groups, EIP address pools.

It has no API: it exists only so that a service can refuse what does not fit. An id that was not
seeded is unknown, and a service then checks only its form. Nothing is used up: free addresses are
as many as the seed says until the next seed.
"""

import re
from collections.abc import Iterable
from typing import TypeVar

from pydantic import Field, NonNegativeInt

from sandbox.core.accounts import ACCOUNT_ID
from sandbox.core.seed_part import SeedPart
from sandbox.core.store import Store

_KEPT_AS = "network"


class _Part(SeedPart):
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


class Network(SeedPart):
    """All that is known of the network."""

    zones: list[Zone] = Field(default_factory=list)
    v_switches: list[VSwitch] = Field(default_factory=list)
    security_groups: list[SecurityGroup] = Field(default_factory=list)
    eip_address_pools: list[EipAddressPool] = Field(default_factory=list)

    def size(self) -> int:
        """How many parts are known."""
        return sum(len(parts) for _, parts in self)

    def zone(self, zone_id: str) -> Zone:
        """The zone of this id; one that is on sale and in stock when it was not seeded."""
        return next((zone for zone in self.zones if zone.id == zone_id), Zone(id=zone_id))


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
        for kind, new in parts:
            by_id = {(getattr(part, "account", ""), part.id): part for part in (*getattr(known, kind), *new)}
            setattr(known, kind, list(by_id.values()))
        self._store.keep(_KEPT_AS, known.model_dump())


def owned(parts: Iterable[Part], account: str, part_id: str | None) -> Part | None:
    """The part of this account and id, None when it is unknown."""
    return next((part for part in parts if (part.account, part.id) == (account, part_id)), None)
