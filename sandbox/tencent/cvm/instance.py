"""Instances of CVM: only what CreateImage asks of them. They come from seeds; no action makes any."""

from typing import Literal

from pydantic import BaseModel, Field

from sandbox.core.resource import Resource
from sandbox.core.resource_table import ResourceTable
from sandbox.core.seed_part import ResourceSeed


class InstanceFacts(BaseModel):
    """What a seed says of an instance."""

    disk_size: int = Field(default=50, ge=1)
    os_name: str = "TencentOS Server 3.1 (TK4)"
    state: Literal["RUNNING", "STOPPED", "REBOOTING", "PENDING"] = "STOPPED"


class Instance(InstanceFacts, Resource):
    """An instance in one region of one account."""


class Instances(ResourceTable[Instance]):
    """All instances of the sandbox."""

    name = "cvm-instance"
    model = Instance


class InstanceSeed(InstanceFacts, ResourceSeed):
    """An instance that exists."""

    def plant(self, instances: Instances) -> None:
        """Put it in, or back to what the seed says."""
        instances.save(Instance(**self.model_dump()))
