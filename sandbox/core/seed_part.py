"""What a seed is made of: sections, each of which a service describes and puts into its tables."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from sandbox.core.accounts import ACCOUNT_ID


class SeedPart(BaseModel):
    """Any part of a seed; a field that does not exist is refused."""

    model_config = ConfigDict(extra="forbid")


class ResourceSeed(SeedPart):
    """A resource that exists."""

    region: str = Field(min_length=1)
    id: str = Field(min_length=1)
    account: str = ACCOUNT_ID
    """The owner."""


@dataclass(frozen=True)
class Section:
    """One section of a seed."""

    form: Any
    """The type that is read; called, it makes an empty section."""
    plant: Callable[[Any, float], None]
    """Puts the section in at a moment, or back to what the seed says."""
    size: Callable[[Any], int] = len
    counted_as: str | None = None
    """What the count is called in the answer; None for the section's own name."""


def entries(model: type[SeedPart], plant: Callable[[Any, float], None]) -> Section:
    """A section that lists resources, put in one by one."""

    def plant_all(listed: list[Any], now: float) -> None:
        for one in listed:
            plant(one, now)

    return Section(list[model], plant_all)  # type: ignore[valid-type]  # a type for pydantic, not for mypy
