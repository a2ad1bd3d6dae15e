"""A service that moves to another region: it starts only when its weights, machine and data are usable there."""

import pulumi
from rollout import Rollout

from components import CbsSnapshotReplica, CvmImageReplica, DataCacheReplica, EcsSnapshotReplica, ImageReplica

weights = DataCacheReplica(
    "weights",
    {
        "source": {"region": "cn-beijing", "id": "edc-2zesandboxllmweight1"},
        "destinations": {"cn-shanghai": {"path": "/models/llm/v1"}},
    },
)
machine = ImageReplica(
    "machine",
    {
        "source": {"region": "cn-hangzhou", "id": "m-bp1sandboxgolden01"},
        "destinations": {"cn-shanghai": {}},
    },
)
ledger = EcsSnapshotReplica(
    "ledger",
    {
        "source": {"region": "cn-hangzhou", "id": "s-bp1sandboxledger01"},
        "destinations": {"cn-shanghai": {}},
    },
)
orders = CbsSnapshotReplica(
    "orders",
    {
        "source": {"region": "ap-guangzhou", "id": "snap-sbxorders1"},
        "destinations": {"ap-shanghai": {}},
    },
)
appliance = CvmImageReplica(
    "appliance",
    {
        "source": {"region": "ap-guangzhou", "id": "img-sbxapplianc1"},
        "destinations": {"ap-shanghai": {"tags": {"team": "web"}}},
    },
)

# An id is known when its replica is usable, so a resource that uses it waits for that replica. A resource that uses
# none depends on `ready`: `depends_on=[orders]` would not wait.
rollout = Rollout(
    "rollout",
    image=machine.regions["cn-shanghai"].id,
    opts=pulumi.ResourceOptions(depends_on=[weights.ready, ledger.ready, orders.ready, appliance.ready]),
)

pulumi.export("rollout", rollout.id)
