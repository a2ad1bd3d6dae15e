"""What a user may tune while the sandbox runs: durations, visibility, uniqueness, limits.

A setting changes what happens to later calls; a copy that already runs keeps the duration it started with.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from sandbox.core.store import Store

Seconds = Annotated[float, Field(ge=0, le=10 * 365 * 86400, allow_inf_nan=False)]


class RegionSettings(BaseModel):
    """Overrides for one region; for a copy that is the destination region."""

    model_config = ConfigDict(extra="forbid")

    copy_seconds: Seconds | None = None
    update_seconds: Seconds | None = None
    delete_seconds: Seconds | None = None
    visible_after_seconds: Seconds | None = None
    create_seconds: Seconds | None = None


class SettingValues(BaseModel):
    """All settings with their defaults."""

    model_config = ConfigDict(extra="forbid")

    copy_seconds: Seconds = 5.0
    """From the accepted copy to Available (or Failed)."""
    update_seconds: Seconds = 5.0
    """How long a reload stays in Updating."""
    delete_seconds: Seconds = 1.0
    """How long a deleted resource is still listed as Deleting."""
    visible_after_seconds: Seconds = 0.0
    """For so long a new copy is neither listed nor found by its id."""
    unique_paths: bool = False
    """Whether a second data cache of the same bucket and path is refused."""
    ids_need_bucket: bool = False
    """Whether Describe by id, without Bucket, still looks in the bucket `default` only."""
    image_copy_slots: int = Field(default=1, ge=1)
    """How many image copies run at a time in a destination region; the others wait. Newer documentation says 5."""
    regions_without_image_copy: list[str] = []
    """Regions from and to which no image can be copied."""
    regions_without_byok: list[str] = []
    """Regions in which an image cannot be encrypted with a key of one's own."""
    create_seconds: Seconds = 5.0
    """How long a snapshot made of a disk, or a CVM image made of an instance, is CREATING."""
    checking_share: float = Field(default=0.2, ge=0, le=1)
    """How much of a snapshot's copy, at its end, is CHECKING_COPIED."""
    modify_needs_normal: bool = False
    """Whether only a snapshot or a CVM image that is NORMAL can be modified."""
    concurrent_image_syncs: bool = False
    """Whether a further copy of a CVM image can be started while one runs."""
    clock_ahead_seconds: float = Field(default=0.0, ge=-3600, le=3600)
    """How far the clouds' clock is ahead of this machine's: in creation times and in the window of signatures."""
    requests_per_second: int = Field(default=20, ge=1, le=1_000_000)
    """How often an account may call one action of Tencent Cloud in a second of real time; some have a half or twice."""
    regions: dict[str, RegionSettings] = {}
    """Overrides per region; a region set to {} loses its overrides."""

    def seconds(self, name: str, region: str) -> float:
        """The duration called `name` for a region."""
        specific = getattr(self.regions.get(region), name, None)
        return float(getattr(self, name) if specific is None else specific)

    def written(self, now: float) -> float:
        """What the clouds write for this moment."""
        return now + self.clock_ahead_seconds


class Settings:
    """The settings as they are kept in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def current(self) -> SettingValues:
        """The values that hold now."""
        return SettingValues.model_validate(self._store.load("settings") or {})

    def change(self, changes: dict[str, Any]) -> SettingValues:
        """Merge some values into the current ones, or raise pydantic.ValidationError."""
        with self._store.transaction():
            merged = self.current().model_dump(exclude_defaults=True) | changes
            if isinstance(changes.get("regions"), dict):
                merged["regions"] = self.current().model_dump()["regions"] | changes["regions"]
            values = SettingValues.model_validate(merged)
            self._store.keep("settings", values.model_dump())
            return values
