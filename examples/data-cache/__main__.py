"""Model weights, near the clusters of two regions."""

import pulumi

from components import DataCacheReplica

weights = DataCacheReplica(
    "weights",
    {
        "source": {"region": "cn-beijing", "id": "edc-2zesandboxllmweight1"},
        "destinations": {  # adding a region adds one replica and touches no other
            "cn-hangzhou": {"path": "/models/llm/v1", "tags": {"team": "inference"}},
            "ap-southeast-1": {"path": "/models/llm/v1", "retention_days": 30},
        },
        "ready_timeout": "3h",
    },
)

pulumi.export("ids", weights.ids)  # resolves when all replicas are usable
