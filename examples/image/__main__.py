"""The golden image that the autoscaling groups of two regions start from."""

import pulumi

from components import ImageReplica

golden = ImageReplica(
    "golden",
    {
        "source": {"region": "cn-hangzhou", "id": "m-bp1sandboxgolden01"},
        "destinations": {
            "cn-shanghai": {"description": "Web tier, patched weekly", "tags": {"team": "web"}},
            "cn-qingdao": {"encrypted": True},
        },
        "ready_timeout": "8h",
    },
)

pulumi.export("ids", golden.ids)  # resolves when all replicas are usable
