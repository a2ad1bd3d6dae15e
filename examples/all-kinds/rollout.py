"""Stands for whatever uses the replicas: a deployment, an autoscaling group. It only remembers what it was given."""

from typing import Any

import pulumi
from pulumi import dynamic


class RolloutProvider(dynamic.ResourceProvider):
    """Creates nothing anywhere."""

    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        """Make an id of the image."""
        return dynamic.CreateResult(f"rollout-of-{props['image']}", dict(props))


class Rollout(dynamic.Resource, module="example", name="Rollout"):
    """A rollout of an image."""

    def __init__(self, name: str, image: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(RolloutProvider(), name, {"image": image}, opts)
