"""The appliance that other regions start in an emergency, kept where it can be started."""

import pulumi

from components import CvmImageReplica

appliance = CvmImageReplica(
    "appliance",
    {
        # With {"region": ..., "instance_id": "ins-..."} the component creates the source image too, then copies it.
        "source": {"region": "ap-guangzhou", "id": "img-sbxapplianc1"},
        "destinations": {
            "ap-beijing": {},
            "ap-singapore": {"name": "appliance DR", "tags": {"team": "web"}},
        },
    },
)

pulumi.export("ids", appliance.ids)  # resolves when all replicas are usable
