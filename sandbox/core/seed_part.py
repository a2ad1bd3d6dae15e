"""What the parts of a seed have in common: a field that does not exist is refused, and a resource has a place."""

from pydantic import BaseModel, ConfigDict, Field

from sandbox.core.accounts import ACCOUNT_ID


class SeedPart(BaseModel):
    """Any part of a seed."""

    model_config = ConfigDict(extra="forbid")


class ResourceSeed(SeedPart):
    """A resource that exists."""

    region: str = Field(min_length=1)
    id: str = Field(min_length=1)
    account: str = ACCOUNT_ID
    """The owner."""
