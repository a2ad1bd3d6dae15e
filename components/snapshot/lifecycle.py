"""What CBS snapshots add to the lifecycle: one copy of a snapshot in one destination region.

Property names below are stored in the state of every stack: they are an API.
"""

from collections.abc import Mapping, Set
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from typing_extensions import override

from components.clouds import endpoints
from components.clouds.account import OWNER
from components.clouds.tencent.cbs import Cbs
from components.clouds.tencent.cbs_snapshot import RECYCLED, ZONES, Snapshot
from components.clouds.tencent.connection import Connection
from components.lifecycle.copy_part import InPlace
from components.lifecycle.copy_rows import CopyRows
from components.lifecycle.default_name import DefaultNames
from components.lifecycle.named_copy import MARK, STATE, NamedCopyLifecycle
from components.lifecycle.native_rows import NativeRows
from components.lifecycle.results import MASKED, UNSEEN, Checked, Properties
from components.model.field import Violation
from components.model.kind import Cloud, Found, Row
from components.snapshot import fields
from components.snapshot.fields import parsed_deadline

LIFETIME = ("is_permanent", "deadline")
"""What the copy itself cannot set: it is sent right after."""

ROUNDING = timedelta(minutes=1)
"""By how much the service may round a deadline."""


class SnapshotLifecycle(NamedCopyLifecycle):
    """One snapshot copy."""

    thing = "Snapshot"
    config_keys = (*endpoints.CONFIG_KEYS, *Connection.config_keys)
    names = DefaultNames("snap", shown=6)
    fields: ClassVar = {**fields.SETTINGS, **STATE}
    output_only = ("accepted_at", "failure", MARK, *OWNER, MASKED, UNSEEN)

    cloud: Cbs

    @override
    def connect(self, config: Properties) -> None:
        self.cloud = Cbs(Connection.from_config("cbs", config))

    @override
    def violations(self, inputs: Properties) -> list[Violation]:
        return fields.violations(inputs)

    @override
    def complete(self, inputs: dict[str, Any]) -> None:
        super().complete(inputs)
        if isinstance(text := inputs.get("deadline"), str):
            try:
                inputs["deadline"] = _written(parsed_deadline(text))
            except ValueError:
                return  # a broken rule, and reported as one
        inputs.setdefault("is_permanent", "deadline" not in inputs)
        inputs.setdefault("delete_bound_images", False)

    @override
    def check(self, olds: Properties, news: Properties) -> Checked:
        """Complete the inputs and report every broken rule; a new deadline must be in the future."""
        checked = super().check(olds, news)
        text = checked.inputs.get("deadline")
        is_new = text != olds.get("deadline")
        if is_new and isinstance(text, str) and not checked.violations and self._has_passed(text):
            passed = Violation("deadline", f"{text} has passed: set a later one, or remove this region")
            return Checked(checked.inputs, [passed])
        return checked

    def _has_passed(self, deadline: str) -> bool:
        return parsed_deadline(deadline).timestamp() <= self.clock()

    @override
    def to_set_behind(self, inputs: Properties) -> Set[str]:
        return frozenset() if inputs["is_permanent"] else frozenset({"deadline"})

    @override
    def without(self, inputs: Properties, missing: Set[str]) -> Properties:
        """Return what a copy has that was not given some of its inputs: copies are permanent."""
        permanent = {"is_permanent": True} if "deadline" in missing else {}
        return {**super().without(inputs, missing), **permanent}

    @override
    def observed_settings(self, props: Properties, found: Snapshot) -> dict[str, Any]:
        lifetime: dict[str, Any] = {"is_permanent": found.is_permanent, "deadline": None}
        if not found.is_permanent:
            text = props.get("deadline")
            lifetime["deadline"] = text if _is_same_moment(text, found.deadline) else _written(found.deadline)
        return lifetime

    @override
    def send_settings(self, change: InPlace) -> None:
        """Send what changed in one ModifySnapshotAttribute; the API has no token, and repeating it changes nothing."""
        sent = change.changed | (set(LIFETIME) if change.changed & set(LIFETIME) else set())
        settings = {self.fields[name].api: change.news.get(name) for name in sent}
        self.cloud.modify(change.region, change.id, settings=settings)

    @override
    def request_deletion(self, id_: str, props: Properties, token: str) -> None:
        """Ask for the deletion; the API has no token, and answers not found where it is deleted already."""
        with_images = bool(props.get("delete_bound_images", False))
        self.cloud.delete_snapshot(props["region"], id_, with_bound_images=with_images)

    @override
    def is_gone(self, found: Snapshot | None) -> bool:
        """Report whether it is deleted: the cloud itself empties its recycle bin, and refuses to on request."""
        return found is None or found.status == RECYCLED

    @override
    def renewal(self) -> str:
        return "set a later deadline, or remove the region"

    @override
    def expires(self, props: Properties) -> float | None:
        return parsed_deadline(props["deadline"]).timestamp() if props.get("deadline") else None


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")


def _is_same_moment(text: Any, moment: datetime | None) -> bool:
    if not isinstance(text, str) or moment is None:
        return False
    return any(abs(moment + shift - parsed_deadline(text)) <= ROUNDING for shift in ZONES)


class DiskSnapshotRows(NativeRows):
    """Rows of `tencentcloud.cbs.Snapshot`."""

    name = "snapshotName"
    made_of = ("storageId",)
    errors = Cbs.errors.rules

    @override
    def connect(self, config: Mapping[str, Any]) -> Cloud:
        cbs = Cbs(Connection.from_config("cbs", config))

        def named(region: str, name: str) -> list[Found]:
            return [Found(each.id) for each in cbs.find_by_name(region, name)]

        def delete(region: str, id_: str, _inputs: Row) -> None:
            cbs.delete_snapshot(region, id_, with_bound_images=False)

        return Cloud(cbs, self._finder(named), delete)


ROWS = CopyRows(SnapshotLifecycle)
DISK_ROWS = DiskSnapshotRows()
