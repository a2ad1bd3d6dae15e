"""What CBS's snapshot actions take: the parameters with their types, and the rules that need no snapshot."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Self, get_args

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from sandbox.core.clock import BEIJING
from sandbox.tencent.api import REGIONS
from sandbox.tencent.cbs.errors import documented
from sandbox.tencent.cbs.snapshot import DiskUsage, Snapshot, SnapshotType, State
from sandbox.tencent.errors import bad_value, common
from sandbox.tencent.request import Request, Truth, Whole, call_of, name_of, one_of, rule

MAX_NAME = 60
MAX_LIMIT = 100
MAX_IDS = 100
MAX_DISK_IDS = 10
DAY = 86400.0
_ISO8601 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_FILTERS: dict[str, tuple[tuple[str, ...], Callable[[Snapshot, float], str]]] = {
    "snapshot-id": ((), lambda snapshot, _: snapshot.id),
    "snapshot-state": (get_args(State), lambda snapshot, now: snapshot.state(now)),
    "snapshot-name": ((), lambda snapshot, _: snapshot.name.lower()),
    "disk-usage": (get_args(DiskUsage), lambda snapshot, _: snapshot.disk_usage),
    "project-id": ((), lambda snapshot, _: str(snapshot.project_id)),
    "disk-id": ((), lambda snapshot, _: snapshot.disk_id),
    "encrypt": (("true", "false"), lambda snapshot, _: "true" if snapshot.encrypted else "false"),
    "snapshot-type": (get_args(SnapshotType), lambda snapshot, _: snapshot.type),
}
"""The filters, each with its values, none where any text may be one, and with what a snapshot has."""
_LOOSE = ("encrypt", "snapshot-name")
"""The filters for which upper and lower case are the same."""

_NAME_RULE = f"it must have 1 to {MAX_NAME} characters, not only spaces"
_IDS_RULE = "it must have at least one value, and no value twice"
Name = Annotated[str, rule(lambda name: name.strip() and len(name) <= MAX_NAME, _NAME_RULE)]
Ids = Annotated[list[str], rule(lambda ids: ids and "" not in ids and len(set(ids)) == len(ids), _IDS_RULE)]


def moment(ahead: float = 0) -> BeforeValidator:
    """A Deadline as seconds since 1970: it says its zone, and is later than so many seconds after the call."""

    def read(text: Any, info: ValidationInfo) -> float:
        if not isinstance(text, str):
            raise ValueError("not a text")  # noqa: TRY004 - pydantic collects no TypeError
        try:
            time = datetime.fromisoformat(text if _ISO8601.fullmatch(text) else "")
            time.astimezone(BEIJING)  # it is shown in this zone, so it must be a time there
        except (ValueError, OverflowError):
            raise bad_value(name_of(info), "it must be like 2022-01-08T09:47:55+00:00") from None
        if time.timestamp() <= call_of(info).now + ahead:
            raise bad_value(name_of(info), "it is too early")
        return time.timestamp()

    return BeforeValidator(read)


class CopySnapshotCrossRegions(Request):
    """SnapshotId is optional in the reference, but nothing else names the source."""

    destination_regions: Ids
    snapshot_id: str
    snapshot_name: Name | None = None

    @field_validator("destination_regions")
    @classmethod
    def _other_regions(cls, named: list[str], info: ValidationInfo) -> list[str]:
        for region in named:
            if region not in REGIONS:
                raise bad_value(name_of(info), f"there is no region {region}")
            if region == call_of(info).region:
                raise bad_value(name_of(info), "the snapshot is in this region")
        return named


class Filter(Request):
    """One of the filters of DescribeSnapshots; any of its values may fit."""

    name: str
    values: list[str]

    def check(self) -> None:
        """Raise ApiError for a filter or a value that does not exist."""
        if self.name not in _FILTERS:
            raise documented("InvalidFilter", self.name)
        if not self.values:
            raise bad_value("Filters", f"{self.name} has no values")
        if self.name == "disk-id" and len(self.values) > MAX_DISK_IDS:
            raise bad_value("Filters", f"disk-id has more than {MAX_DISK_IDS} values")
        for value in self._wanted():
            listed = value in (_FILTERS[self.name][0] or (value,))
            if not listed or (self.name == "project-id" and not value.isdecimal()):
                raise bad_value("Filters", f"{self.name} cannot be {value!r}")

    def fits(self, snapshot: Snapshot, now: float) -> bool:
        """Whether a snapshot passes; names are compared loosely, everything else exactly."""
        wanted, its_own = self._wanted(), _FILTERS[self.name][1](snapshot, now)
        return any(value in its_own for value in wanted) if self.name == "snapshot-name" else its_own in wanted

    def _wanted(self) -> list[str]:
        return [value.lower() for value in self.values] if self.name in _LOOSE else self.values


class DescribeSnapshots(Request):
    """An empty list of ids or filters is none."""

    snapshot_ids: Annotated[list[str], rule(lambda ids: len(ids) <= MAX_IDS, f"at most {MAX_IDS} can be given")] = (
        Field(default_factory=list)
    )
    filters: list[Filter] = Field(default_factory=list)
    limit: Annotated[Whole, rule(lambda limit: 1 <= limit <= MAX_LIMIT, f"it must be from 1 to {MAX_LIMIT}")] = 20
    offset: Annotated[Whole, rule(lambda offset: offset >= 0, "it cannot be negative")] = 0
    order: Annotated[str, one_of("ASC", "DESC")] = "DESC"
    order_field: Annotated[str, one_of("CREATE_TIME")] = "CREATE_TIME"

    @field_validator("filters")
    @classmethod
    def _alone(cls, filters: list[Filter], info: ValidationInfo) -> list[Filter]:
        if filters and info.data.get("snapshot_ids"):
            raise bad_value("SnapshotIds", "it cannot be used together with Filters")
        return filters

    @model_validator(mode="after")
    def _known_filters(self) -> Self:  # after all else, as the codes differ
        for one in self.filters:
            one.check()
        return self


class ModifySnapshotAttribute(Request):
    """What stays None is left as it is."""

    snapshot_id: str
    snapshot_name: Name | None = None
    is_permanent: Truth | None = None
    deadline: Annotated[float, moment()] | None = None

    @model_validator(mode="after")
    def _any(self) -> Self:
        if self.snapshot_name is None and self.is_permanent is None and self.deadline is None:
            raise common("MissingParameter", "SnapshotName")
        return self


class DeleteSnapshots(Request):
    """All of them or none."""

    snapshot_ids: Ids
    delete_bind_images: Truth = False


class Tag(Request):
    """A tag of a new snapshot."""

    key: str
    value: str


class CreateSnapshot(Request):
    """Of a disk as it is, or of one of its backup points."""

    disk_id: str | None = None
    snapshot_name: Name | None = None
    # A second of grace: clients send whole seconds.
    deadline: Annotated[float, moment(ahead=DAY - 1)] | None = None
    disk_backup_id: str | None = None
    tags: Annotated[
        list[Tag], rule(lambda tags: len({tag.key for tag in tags} - {""}) == len(tags), "each needs a key of its own")
    ] = Field(default_factory=list)
    local_snap: Truth = False
    disk_usage: Annotated[str, one_of(*get_args(DiskUsage))] | None = None

    @model_validator(mode="after")
    def _of_something(self) -> Self:
        if not self.disk_backup_id and self.disk_id is None:
            raise common("MissingParameter", "DiskId")
        return self
