"""Placeholder for a workload that uses the replicas, such as a deployment. It only records its inputs."""

from typing import Any

import pulumi
from pulumi import dynamic


class RolloutProvider(dynamic.ResourceProvider):
    """Creates nothing anywhere."""

    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        """Return an id that contains the image's."""
        return dynamic.CreateResult(f"rollout-of-{props['image']}", dict(props))


class Rollout(dynamic.Resource, module="example", name="Rollout"):
    """A rollout of an image."""

    def __init__(self, name: str, image: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(RolloutProvider(), name, {"image": image}, opts)
