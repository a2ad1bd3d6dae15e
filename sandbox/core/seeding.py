"""Seeds: what exists before anybody calls an API, written down as JSON.

Seeding is by explicit id and idempotent: the same seed twice leaves what it left the first time, and a
resource that exists is put back to what the seed says. It checks the form of a seed, not the cloud's rules,
so that a test can start from any state.
"""

from pydantic import Field

from sandbox.alibaba.account_state import AccountState, AccountStates
from sandbox.alibaba.eci.network import Network, Networks
from sandbox.alibaba.eci.seeding import DataCacheSeed
from sandbox.alibaba.eci.store import DataCaches
from sandbox.alibaba.ecs.seeding import ImageSeed, KmsKeySeed, ResourceGroupSeed
from sandbox.alibaba.ecs.store import Images
from sandbox.alibaba.kms_keys import KmsKeys
from sandbox.alibaba.resource_groups import ResourceGroups
from sandbox.core.accounts import AccessKey, Accounts
from sandbox.core.clock import Clock
from sandbox.core.seed_part import SeedPart
from sandbox.core.store import Store
from sandbox.tencent.cbs.disk import Disks
from sandbox.tencent.cbs.seeding import DiskSeed, SnapshotSeed
from sandbox.tencent.cbs.store import Snapshots


class KeySeed(SeedPart):
    """An access key; with `security_token` a temporary one, with `user` that of a RAM user."""

    access_key_id: str = Field(min_length=1)
    access_key_secret: str = Field(min_length=1)
    user: str | None = None
    denied_actions: list[str] = Field(default_factory=list)
    security_token: str | None = None
    expires_in_seconds: float | None = None


class AccountSeed(SeedPart):
    """An account, its keys and its state; a state replaces the whole former one, none leaves it."""

    id: str = Field(min_length=1)
    keys: list[KeySeed] = Field(default_factory=list)
    state: AccountState | None = None


class Seed(SeedPart):
    """A whole seed."""

    accounts: list[AccountSeed] = Field(default_factory=list)
    data_caches: list[DataCacheSeed] = Field(default_factory=list)
    images: list[ImageSeed] = Field(default_factory=list)
    kms_keys: list[KmsKeySeed] = Field(default_factory=list)
    resource_groups: list[ResourceGroupSeed] = Field(default_factory=list)
    snapshots: list[SnapshotSeed] = Field(default_factory=list)
    disks: list[DiskSeed] = Field(default_factory=list)
    network: Network = Network()


class Seeding:
    """Puts a seed into the sandbox."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        accounts: Accounts,
        caches: DataCaches,
        images: Images,
        kms_keys: KmsKeys,
        resource_groups: ResourceGroups,
        snapshots: Snapshots,
        disks: Disks,
    ) -> None:
        self._store = store
        self._clock = clock
        self._accounts = accounts
        self._caches = caches
        self._images = images
        self._kms_keys = kms_keys
        self._resource_groups = resource_groups
        self._snapshots = snapshots
        self._disks = disks
        self._states = AccountStates(store)
        self._networks = Networks(store)

    def plant(self, seed: Seed) -> dict[str, int]:
        """All of it or nothing; answers how much of each kind."""
        with self._store.transaction():
            for account in seed.accounts:
                for key in account.keys:
                    self._plant_key(account.id, key)
                if account.state is not None:
                    self._states.put(account.id, account.state)
            for cache in seed.data_caches:
                cache.plant(self._caches, self._clock.now())
            for image in seed.images:
                image.plant(self._images, self._clock.now())
            for kms_key in seed.kms_keys:
                kms_key.plant(self._kms_keys)
            for group in seed.resource_groups:
                group.plant(self._resource_groups)
            for snapshot in seed.snapshots:
                snapshot.plant(self._snapshots, self._clock.now())
            for disk in seed.disks:
                disk.plant(self._disks)
            self._networks.put(seed.network)
        parts = {"network_parts": seed.network.size()}
        return {kind: len(planted) for kind, planted in seed if isinstance(planted, list)} | parts

    def _plant_key(self, account: str, key: KeySeed) -> None:
        fields = key.model_dump(exclude={"expires_in_seconds"})
        lifetime = key.expires_in_seconds
        expires = None if lifetime is None else self._clock.now() + lifetime
        self._accounts.put(AccessKey(account=account, expires=expires, **fields))
