"""The one list of the sandbox's services, and of the native resources that have a stand-in.

The server, the seeds, the inventory, the target of a run and the plugin programs loop over them. Another service is one
function and one line here, another native resource one class and one line; another plugin also needs its program,
`plugins/bin/<plugin>`, a link to the same script. Modules are imported when they are needed, so that a command that
needs only the names stays fast.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.core.gateway import Shared
    from sandbox.core.inventory import Inventory
    from sandbox.core.seed_part import Section

ALIBABA, TENCENT = "alibaba", "tencent"


@dataclass(frozen=True)
class Backend:
    """A service that was set up."""

    api: Any
    """The `Service` of the vendor's gateway: its version, its actions, its inventory."""
    seeds: Mapping[str, Section] = field(default_factory=dict)
    """The sections of a seed that describe what this service holds."""
    leftovers: Mapping[str, Inventory] = field(default_factory=dict)
    """What the inventory lists besides the service's own resources, by the name of its section."""


@dataclass(frozen=True)
class Service:
    """A service that the sandbox has."""

    name: str
    """As its API calls itself; two clouds may have one of the same name."""
    vendor: str
    """Whose gateway answers for it."""
    set_up: Callable[[Shared], Backend]


def _eci(shared: Shared) -> Backend:
    from sandbox.alibaba.client_tokens import ClientTokens
    from sandbox.alibaba.eci.conditions import Conditions
    from sandbox.alibaba.eci.data_cache import DataCaches, DataCacheSeed
    from sandbox.alibaba.eci.data_caches import EciBackend
    from sandbox.alibaba.eci.network import Network, Networks
    from sandbox.core.seed_part import Section, entries

    store = shared.store
    caches, networks = DataCaches(store), Networks(store)
    backend = EciBackend(caches, shared.settings, shared.faults, ClientTokens(store), Conditions(store))
    return Backend(
        backend.service,
        seeds={
            "data_caches": entries(DataCacheSeed, lambda cache, now: cache.plant(caches, now)),
            "network": Section(Network, lambda parts, _now: networks.put(parts), Network.size, "network_parts"),
        },
    )


def _ecs(shared: Shared) -> Backend:
    from sandbox.alibaba.account_state import AccountStates
    from sandbox.alibaba.client_tokens import ClientTokens
    from sandbox.alibaba.ecs.image import ImageSeed
    from sandbox.alibaba.ecs.images import EcsBackend
    from sandbox.alibaba.ecs.keys_and_groups import KmsKey, KmsKeys, ResourceGroup, ResourceGroups
    from sandbox.alibaba.ecs.snapshot import DISK_SNAPSHOTS, Disks, DiskSeed, SnapshotSeed
    from sandbox.alibaba.ecs.snapshot import Snapshots as DiskSnapshots
    from sandbox.alibaba.ecs.snapshots import SnapshotActions
    from sandbox.alibaba.ecs.store import SNAPSHOTS, Images
    from sandbox.core.seed_part import entries

    store = shared.store
    images, keys, groups = Images(store, shared.settings), KmsKeys(store), ResourceGroups(store)
    snapshots, disks = DiskSnapshots(store), Disks(store)
    parts: dict[str, Any] = {
        "snapshots": snapshots,
        "keys": keys,
        "states": AccountStates(store),
        "settings": shared.settings,
        "faults": shared.faults,
        "tokens": ClientTokens(store),
    }
    of_snapshots = SnapshotActions(disks=disks, **parts)
    backend = EcsBackend(images=images, groups=groups, of_snapshots=of_snapshots, **parts)
    return Backend(
        backend.service,
        seeds={
            "images": entries(ImageSeed, lambda image, now: image.plant(images, now)),
            DISK_SNAPSHOTS: entries(SnapshotSeed, lambda snapshot, now: snapshot.plant(snapshots, now)),
            "ecs_disks": entries(DiskSeed, lambda disk, _now: disk.plant(disks)),
            "kms_keys": entries(KmsKey, lambda key, _now: keys.save(key)),
            "resource_groups": entries(ResourceGroup, lambda group, _now: groups.save(group)),
        },
        leftovers={SNAPSHOTS: images.snapshots_left, DISK_SNAPSHOTS: snapshots.inventory},
    )


def _alibaba_sts(_shared: Shared) -> Backend:
    from sandbox.alibaba import sts

    return Backend(sts.SERVICE)


def _tencent_sts(_shared: Shared) -> Backend:
    from sandbox.tencent import sts

    return Backend(sts.SERVICE)


def _cbs(shared: Shared) -> Backend:
    from sandbox.alibaba.account_state import AccountStates
    from sandbox.core.seed_part import entries
    from sandbox.tencent.cbs.disk import Disks, DiskSeed
    from sandbox.tencent.cbs.snapshot import Snapshots, SnapshotSeed
    from sandbox.tencent.cbs.snapshots import CbsBackend

    store = shared.store
    snapshots, disks = Snapshots(store), Disks(store)
    backend = CbsBackend(snapshots, disks, shared.settings, shared.faults, AccountStates(store))
    return Backend(
        backend.service,
        seeds={
            "snapshots": entries(SnapshotSeed, lambda snapshot, now: snapshot.plant(snapshots, now)),
            "disks": entries(DiskSeed, lambda disk, _now: disk.plant(disks)),
        },
    )


def _cvm(shared: Shared) -> Backend:
    from sandbox.alibaba.account_state import AccountStates
    from sandbox.core.seed_part import entries
    from sandbox.tencent.cvm.image import SNAPSHOTS, Images, ImageSeed, Leftovers
    from sandbox.tencent.cvm.images import CvmBackend
    from sandbox.tencent.cvm.instance import Instances, InstanceSeed

    store = shared.store
    images, leftovers, instances = Images(store), Leftovers(store), Instances(store)
    backend = CvmBackend(images, leftovers, instances, shared.settings, AccountStates(store))
    return Backend(
        backend.service,
        seeds={
            "cvm_images": entries(ImageSeed, lambda image, now: image.plant(images, now)),
            "cvm_instances": entries(InstanceSeed, lambda instance, _now: instance.plant(instances)),
        },
        leftovers={SNAPSHOTS: leftovers.inventory},
    )


def _tag(shared: Shared) -> Backend:
    from sandbox.tencent.cbs.snapshot import Snapshots
    from sandbox.tencent.cvm.image import Images
    from sandbox.tencent.tag.resource_tags import TagBackend

    return Backend(TagBackend({"snapshot": Snapshots(shared.store), "image": Images(shared.store)}).service)


SERVICES = (
    Service("eci", ALIBABA, _eci),
    Service("ecs", ALIBABA, _ecs),
    Service("sts", ALIBABA, _alibaba_sts),
    Service("cbs", TENCENT, _cbs),
    Service("cvm", TENCENT, _cvm),
    Service("sts", TENCENT, _tencent_sts),
    Service("tag", TENCENT, _tag),
)

NATIVE_RESOURCES: Mapping[str, tuple[str, ...]] = {
    "alicloud": ("sandbox.plugins.alicloud_snapshot:DiskSnapshots", "sandbox.plugins.alicloud:ImageCopies"),
    "tencentcloud": ("sandbox.plugins.tencentcloud:DiskSnapshots", "sandbox.plugins.tencentcloud:InstanceImages"),
}
"""A plugin -> the classes of its resources, by name: a plugin imports its own SDK only."""
