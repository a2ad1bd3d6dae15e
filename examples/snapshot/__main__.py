"""The disk of the order database, kept where it can be restored when its region is lost."""

import pulumi

from components import SnapshotReplica

orders = SnapshotReplica(
    "orders",
    {
        # With {"region": ..., "disk_id": "disk-..."} the snapshot is made here, too, and copied once it is there.
        "source": {"region": "ap-guangzhou", "id": "snap-sbxorders1"},
        "destinations": {
            "ap-beijing": {},
            "ap-singapore": {"name": "orders DR", "deadline": "2030-01-31T00:00:00+08:00"},
        },
    },
)

pulumi.export("ids", orders.ids)  # resolves when all replicas are usable
