"""Seeds: what exists before anybody calls an API, written down as JSON.

Seeding is by explicit id and idempotent: the same seed twice leaves what it left the first time, and a
resource that exists is put back to what the seed says. It checks the form of a seed, not the cloud's rules,
so that a test can start from any state.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.account_state import AccountState, AccountStates
from sandbox.accounts import ACCOUNT_ID, AccessKey, Accounts
from sandbox.clock import Clock
from sandbox.data_cache import DEFAULT_RESOURCE_GROUP, Content, DataCache, DataSource, Status
from sandbox.data_cache_store import DataCaches
from sandbox.disk import Disks
from sandbox.image_seeds import ImageSeed, ImageSeeding, KmsKeySeed, ResourceGroupSeed
from sandbox.network import Network, Networks
from sandbox.resource import Origin, new_id
from sandbox.snapshot_seeding import DiskSeed, SnapshotSeed
from sandbox.snapshot_store import Snapshots
from sandbox.store import Store


class _Seed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class KeySeed(_Seed):
    """An access key; with `security_token` a temporary one, with `user` that of a RAM user."""

    access_key_id: str = Field(min_length=1)
    access_key_secret: str = Field(min_length=1)
    user: str | None = None
    denied_actions: list[str] = []
    security_token: str | None = None
    expires_in_seconds: float | None = None


class AccountSeed(_Seed):
    """An account, its keys and its state; a state replaces the whole former one, none leaves it."""

    id: str = Field(min_length=1)
    keys: list[KeySeed] = []
    state: AccountState | None = None


class CopyOutcome(_Seed):
    """How every copy of a data cache ends."""

    status: Literal["Available", "Failed"]
    reason: str = "The data could not be copied."


class DataCacheSeed(_Seed):
    """A data cache that exists."""

    region: str = Field(min_length=1)
    id: str = Field(min_length=1)
    account: str = ACCOUNT_ID
    name: str | None = None
    bucket: str = "default"
    path: str = "/data"
    size: int = Field(default=20, ge=1)
    status: Status = "Available"
    tags: dict[str, str] = {}
    resource_group: str = DEFAULT_RESOURCE_GROUP
    retention_days: int | None = Field(default=None, ge=1, le=36500)
    data_source: DataSource | None = None
    copied_from: Origin | None = None
    copy_outcome: CopyOutcome | None = None


class Seed(_Seed):
    """A whole seed."""

    accounts: list[AccountSeed] = []
    data_caches: list[DataCacheSeed] = []
    images: list[ImageSeed] = []
    kms_keys: list[KmsKeySeed] = []
    resource_groups: list[ResourceGroupSeed] = []
    snapshots: list[SnapshotSeed] = []
    disks: list[DiskSeed] = []
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
        images: ImageSeeding,
        snapshots: Snapshots,
        disks: Disks,
    ) -> None:
        self._store = store
        self._clock = clock
        self._accounts = accounts
        self._caches = caches
        self._images = images
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
                self._plant_data_cache(cache)
            for image in seed.images:
                self._images.plant_image(image, self._clock.now())
            for kms_key in seed.kms_keys:
                self._images.plant_kms_key(kms_key)
            for group in seed.resource_groups:
                self._images.plant_resource_group(group)
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

    def _plant_data_cache(self, seed: DataCacheSeed) -> None:
        now = self._clock.now()
        known = self._caches.get(seed.account, seed.region, seed.id, now)
        failing = seed.copy_outcome is not None and seed.copy_outcome.status == "Failed"
        cache = DataCache(
            id=seed.id,
            account=seed.account,
            region=seed.region,
            name=seed.id if seed.name is None else seed.name,
            bucket=seed.bucket,
            path=seed.path,
            resource_group=seed.resource_group,
            tags=seed.tags,
            content=Content(
                size=seed.size,
                data_source=seed.data_source or DataSource(type="URL", options={"repoId": seed.id}),
                snapshot=known.content.snapshot if known else new_id("s-"),
            ),
            container_group=known.container_group if known else new_id("eci-"),
            created=known.created if known else now,
            origin=seed.copied_from,
            seeded_status=seed.status,
            copy_failure=seed.copy_outcome.reason if failing and seed.copy_outcome else None,
        )
        if seed.retention_days is not None:
            cache.retain(seed.retention_days, since=cache.created)
        self._caches.save(cache)
