"""The disk of the order database, kept in regions where it can be restored if its own is lost."""

import pulumi

from components import SnapshotReplica

orders = SnapshotReplica(
    "orders",
    {
        # With {"region": ..., "disk_id": "disk-..."} the component creates the source snapshot too, then copies it.
        "source": {"region": "ap-guangzhou", "id": "snap-sbxorders1"},
        "destinations": {
            "ap-beijing": {},
            "ap-singapore": {"name": "orders DR", "deadline": "2030-01-31T00:00:00+08:00"},
        },
    },
)

pulumi.export("ids", orders.ids)  # resolves when all replicas are usable
