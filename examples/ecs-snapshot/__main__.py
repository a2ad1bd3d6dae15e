"""The disk of the ledger, kept in regions where it can be restored if its own is lost."""

import pulumi

from components import EcsSnapshotReplica

ledger = EcsSnapshotReplica(
    "ledger",
    {
        # With {"region": ..., "disk_id": "d-..."} the component creates the source snapshot too, then copies it.
        "source": {"region": "cn-hangzhou", "id": "s-bp1sandboxledger01"},
        "destinations": {
            "cn-beijing": {"tags": {"team": "db"}},
            "cn-shenzhen": {"name": "ledger-dr", "retention_days": 90},
        },
    },
)

pulumi.export("ids", ledger.ids)  # resolves when all replicas are usable
