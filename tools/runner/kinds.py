"""The kinds of copies that the runner repairs and lists, by their resource type.

What a kind is and how its copies are found is the provider's own; here stands only how the runner reads its rows of
the state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from components.lifecycle.lifecycle import CopyProvider

from components.clouds.alibaba import connection as alibaba
from components.clouds.alibaba.ecs import Ecs
from components.clouds.alibaba.ecs_image import COPY_FAILED
from components.clouds.copies import CopyService
from components.clouds.errors import ReplicaError
from components.clouds.tencent import connection as tencent
from components.clouds.tencent.cbs import Cbs
from components.lifecycle.copy_state import MASKED
from components.providers.data_cache import DataCacheProvider
from components.providers.snapshot import SnapshotProvider

IMAGE_COPY = "alicloud:ecs/imageCopy:ImageCopy"
DISK_SNAPSHOT = "tencentcloud:Cbs/snapshot:Snapshot"

Row = Mapping[str, Any]
Finder = Callable[[Row, Sequence[Row], float, set[str]], "Found | None"]
"""Finds what a creation started: row, all rows, the earliest moment (Unix seconds), recorded ids."""


@dataclass(frozen=True)
class Found:
    """What a creation started.

    Attributes:
        id: Its id in the destination region.
        is_dead: It has failed and can never become usable.
    """

    id: str
    is_dead: bool = False


class Kind(Protocol):
    """How the runner reads the rows of one resource type."""

    @property
    def is_replica(self) -> bool:
        """Whether it is listed as a replica; all kinds are repaired."""

    def token(self, inputs: Row) -> str:
        """Return what tells this instance from every other."""

    def place(self, row: Row, rows: Sequence[Row]) -> tuple[str, str]:
        """Return the destination region of a row, and the namespace in it."""

    def source(self, inputs: Row) -> str:
        """Return what is copied, for people."""

    def identity(self, row: Row) -> tuple[Any, ...]:
        """Return what makes two rows copies of the same thing."""

    def outputs(self, inputs: Row, id_: str, accepted_at: float, masked: Sequence[str] = ()) -> dict[str, Any]:
        """Build the outputs of a copy whose creation was cut off; `masked` names secret inputs that are not known."""

    def connect(self, config: Mapping[str, Any]) -> Cloud:
        """Connect with raw stack config and the environment."""


@dataclass(frozen=True)
class Cloud:
    """A kind's cloud.

    Attributes:
        service: Where its copies are asked for.
        find: Finds what a creation started.
    """

    service: CopyService
    find: Finder
    cancel: Callable[[str, str], None] | None = None
    """Ends a running copy, region and id given, and with it what was made so far; None where the API cannot."""
    discard: Callable[[str, str], None] | None = None
    """Deletes a dead copy, region and id given; None where a kind's provider heals it by itself."""


def _shown(value: Any) -> str:
    return "[secret]" if isinstance(value, dict) else str(value)


class DynamicKind:
    """A kind with a dynamic provider of this project."""

    is_replica = True

    def __init__(self, provider: type[CopyProvider]) -> None:
        self._provider = provider

    def token(self, inputs: Row) -> str:
        """See `Kind`."""
        return str(inputs.get("copy_token", ""))

    def place(self, row: Row, rows: Sequence[Row]) -> tuple[str, str]:
        """See `Kind`."""
        del rows
        return str(row["inputs"]["region"]), self._provider().group(row["inputs"])

    def source(self, inputs: Row) -> str:
        """See `Kind`."""
        return f"{_shown(inputs['source_region'])}/{_shown(inputs['source_id'])}"

    def identity(self, row: Row) -> tuple[Any, ...]:
        """See `Kind`."""
        return tuple((row.get("inputs") or {}).get(key) for key in self._provider.identity)

    def outputs(self, inputs: Row, id_: str, accepted_at: float, masked: Sequence[str] = ()) -> dict[str, Any]:
        """See `Kind`."""
        del id_
        outputs = self._provider().recovered(inputs, accepted_at=accepted_at)
        return outputs | ({MASKED: list(masked)} if masked else {})

    def connect(self, config: Mapping[str, Any]) -> Cloud:
        """See `Kind`."""
        provider = self._provider()
        provider.connect(config)

        def find(row: Row, rows: Sequence[Row], earliest: float, recorded: set[str]) -> Found | None:
            del rows
            id_ = provider.find(row.get("inputs") or {}, started=earliest, recorded=recorded)
            return Found(id_) if id_ else None

        return Cloud(provider.cloud, find)


class NativeKind:
    """A kind that a native plugin makes: its resources have no token, so their names are unique."""

    name: ClassVar[str]
    """Input that holds the name."""
    made_of: ClassVar[tuple[str, ...]]
    """Inputs that say what it is made of."""

    def token(self, inputs: Row) -> str:
        """See `Kind`."""
        return str(inputs.get(self.name, ""))

    def place(self, row: Row, rows: Sequence[Row]) -> tuple[str, str]:
        """Return the region of the row's native provider."""
        urn = str(row.get("provider", "")).rpartition("::")[0]
        provider = next((each for each in rows if each.get("urn") == urn), {})
        return str((provider.get("inputs") or {}).get("region", "")), ""

    def source(self, inputs: Row) -> str:
        """See `Kind`."""
        return "/".join(_shown(inputs.get(key)) for key in self.made_of)

    def identity(self, row: Row) -> tuple[Any, ...]:
        """See `Kind`."""
        inputs = row.get("inputs") or {}
        return row.get("provider"), *(inputs.get(key) for key in self.made_of)

    def outputs(self, inputs: Row, id_: str, accepted_at: float, masked: Sequence[str] = ()) -> dict[str, Any]:
        """See `Kind`."""
        del accepted_at, masked
        return {**{key: value for key, value in inputs.items() if not key.startswith("__")}, "id": id_}

    def connect(self, config: Mapping[str, Any]) -> Cloud:
        """See `Kind`."""
        raise NotImplementedError

    def _finder(self, named: Callable[[str, str], Sequence[Found]]) -> Finder:
        def find(row: Row, rows: Sequence[Row], earliest: float, recorded: set[str]) -> Found | None:
            del earliest
            region, _ = self.place(row, rows)
            name = self.token(row.get("inputs") or {})
            if not (region and name):
                missing = "name" if region else "region"
                raise ReplicaError(
                    f"{row['urn']}: where its copy may be is not known: the state has no {missing} of it",
                    "look for it in the console, then remove the file of this stack in .replicas/",
                )
            found = named(region, name)
            return next((each for each in found if each.id not in recorded), None)

        return find


class ImageKind(NativeKind):
    """Images."""

    is_replica = True
    name = "imageName"
    made_of = ("sourceRegionId", "sourceImageId")

    def connect(self, config: Mapping[str, Any]) -> Cloud:
        """See `Kind`."""
        ecs = Ecs(alibaba.Connection.from_config("ecs", config))

        def named(region: str, name: str) -> list[Found]:
            images = ecs.find_by_name(region, name)
            return [Found(image.id, is_dead=image.status == COPY_FAILED) for image in images]

        return Cloud(ecs, self._finder(named), cancel=ecs.cancel_copy_image, discard=ecs.delete_image)


class DiskSnapshotKind(NativeKind):
    """Snapshots of disks, from which replicas are copied."""

    is_replica = False
    name = "snapshotName"
    made_of = ("storageId",)

    def connect(self, config: Mapping[str, Any]) -> Cloud:
        """See `Kind`."""
        cbs = Cbs(tencent.Connection.from_config("cbs", config))

        def named(region: str, name: str) -> list[Found]:
            return [Found(snapshot.id) for snapshot in cbs.find_by_name(region, name)]

        return Cloud(cbs, self._finder(named))


KINDS: Mapping[str, Kind] = {
    "pulumi-python:dynamic/alibaba:DataCacheCopy": DynamicKind(DataCacheProvider),
    "pulumi-python:dynamic/tencent:SnapshotCopy": DynamicKind(SnapshotProvider),
    IMAGE_COPY: ImageKind(),
    DISK_SNAPSHOT: DiskSnapshotKind(),
}


class Clouds:
    """The cloud of each kind, connected when it is first needed.

    Args:
        config: Raw stack config, `namespace:key` -> text, secrets decrypted.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config
        self._connected: dict[str, Cloud] = {}

    def of(self, type_: str) -> Cloud:
        """Return the cloud of a resource type in `KINDS`.

        Raises:
            ReplicaError: Its endpoint or credentials cannot be used.
        """
        if type_ not in self._connected:
            self._connected[type_] = KINDS[type_].connect(self._config)
        return self._connected[type_]
