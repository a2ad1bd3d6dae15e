"""What ECS snapshots add to the lifecycle: one copy of a snapshot in one destination region.

Property names below are stored in the state of every stack: they are an API.
"""

from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from components.clouds import endpoints
from components.clouds.account import OWNER
from components.clouds.alibaba.connection import Connection
from components.clouds.alibaba.ecs_snapshot import EcsSnapshot
from components.clouds.alibaba.ecs_snapshots import EcsSnapshots
from components.clouds.copies import Phase
from components.clouds.errors import NotReady, TimedOut
from components.ecs_snapshot import fields
from components.lifecycle import tag_drift
from components.lifecycle.copy_lifecycle import AdoptionRefused
from components.lifecycle.copy_part import InPlace
from components.lifecycle.copy_rows import CopyRows
from components.lifecycle.native_rows import NativeRows
from components.lifecycle.results import MASKED, UNSEEN, Properties, Started
from components.lifecycle.tagged_copy import TaggedCopyLifecycle, all_tags
from components.model import durations
from components.model.copy_fields import DEFAULT_DELETE_TIMEOUT
from components.model.field import Violation
from components.model.kind import Cloud, Found, Row
from components.model.tag_rules import is_reserved

SENT_BY_COPY = {
    "name": "destination_snapshot_name",
    "description": "destination_snapshot_description",
    "retention_days": "retention_days",
    "encrypted": "encrypted",
    "kms_key_id": "kmskey_id",
}
"""Setting -> its name in the SDK's CopySnapshotRequest."""
MODIFIED = {"name": "snapshot_name", "description": "description", "retention_days": "retention_days"}
"""Setting -> its name in the SDK's ModifySnapshotAttributeRequest."""
DAY = 86400.0


class EcsSnapshotLifecycle(TaggedCopyLifecycle):
    """One snapshot copy."""

    thing = "EcsSnapshot"
    config_keys = (*endpoints.CONFIG_KEYS, *Connection.config_keys)
    fields = fields.SETTINGS
    output_only = ("accepted_at", "created_at", "failure", *OWNER, MASKED, UNSEEN)

    cloud: EcsSnapshots

    @override
    def connect(self, config: Properties) -> None:
        self.cloud = EcsSnapshots(Connection.from_config("ecs", config))

    @override
    def violations(self, inputs: Properties) -> list[Violation]:
        return fields.violations(inputs)

    @override
    def complete(self, inputs: dict[str, Any]) -> None:
        inputs.setdefault("description", fields.DEFAULT_DESCRIPTION)
        inputs.setdefault("tags", {})
        inputs.setdefault("force_delete", False)

    @override
    def start(self, inputs: Properties) -> Started:
        """Start the copy; the same token on every attempt makes it one copy."""
        copy_id = self.started_once(inputs, lambda: self._copied(inputs))
        return Started(copy_id, self.outputs_of(inputs, accepted_at=self.clock()))

    def _copied(self, inputs: Properties) -> str:
        """Ask for the copy until it is accepted: one of each disk runs to a region at a time.

        Raises:
            TimedOut: Another one ran, or the source was being made, for longer than `delete_timeout`.
        """
        timeout = inputs.get("delete_timeout", DEFAULT_DELETE_TIMEOUT)
        reported = ""

        def attempt() -> str | NotReady:
            try:
                return self.cloud.copy_snapshot(
                    source_region=inputs["source_region"],
                    source_id=inputs["source_id"],
                    region=inputs["region"],
                    client_token=inputs["copy_token"],
                    tags=all_tags(inputs),
                    settings={api: inputs[name] for name, api in SENT_BY_COPY.items() if name in inputs},
                )
            except NotReady as error:
                if error.maybe_done:  # the other copy may be what an earlier attempt has started
                    raise
                return error

        def waiting(seen: str | NotReady, _left: float) -> None:
            nonlocal reported
            if isinstance(seen, NotReady) and seen.code != reported:
                reported = seen.code
                print(f"{seen.doing}: waiting, within {timeout}: {seen.code}: {seen.message}", flush=True)

        deadline = self.clock() + durations.seconds(timeout)
        ended = self.waiter.until(attempt, done=lambda seen: isinstance(seen, str), deadline=deadline, waiting=waiting)
        if isinstance(ended, NotReady):
            raise TimedOut(f"{ended.problem}; waited {timeout}", f"{ended.next_step}, or raise delete_timeout")
        return ended

    @override
    def verify_what_was_found(self, id_: str, found: EcsSnapshot, inputs: Properties) -> None:
        """Refuse what would have to be kept for a shorter time than it is: a retention can be extended only."""
        days, has = inputs.get("retention_days"), found.retention_days
        if days is not None and (has is None or has > days):
            kept = "never expires" if has is None else f"is kept for {has} days"
            raise AdoptionRefused(
                f"adopting EcsSnapshot {id_} in {inputs['region']}: it {kept}, declared are {days} days, and a "
                "retention cannot be shortened",
                "declare its retention, or remove existing_id to make a copy instead",
            )

    @override
    def observed(self, props: Properties, found: EcsSnapshot) -> dict[str, Any]:
        """Read from the cloud what is declared and can change there; nothing else is watched."""
        seen: dict[str, Any] = {"tags": tag_drift.seen(found.tags, props, is_reserved)}
        seen |= {name: getattr(found, name) or None for name in ("name", "description") if name in props}
        if "retention_days" in props and found.state.phase is Phase.USABLE:
            seen["retention_days"] = found.retention_days
        return {**seen, "created_at": int(found.created.timestamp()) if found.created else None}

    @override
    def send(self, change: InPlace) -> None:
        """Send what changed: tags first, which mark what is adopted. To repeat either call changes nothing."""
        if "tags" in change.changed:
            tags, there = all_tags(change.news), self.tags_there(change)
            removed = tag_drift.seen(there, change.news, is_reserved).keys() - tags.keys()
            self.cloud.tag_snapshot(change.region, change.id, tags, remove=removed)
        settings = {api: change.news.get(name) for name, api in MODIFIED.items() if name in change.changed}
        if any(value is not None for value in settings.values()):
            self.cloud.modify_snapshot(change.region, change.id, settings=settings)

    @override
    def request_deletion(self, id_: str, props: Properties, token: str) -> None:
        """Ask for the deletion, which cancels a running copy; the API has no token, and ignores an unknown id."""
        self.cloud.delete_snapshot(props["region"], id_, force=bool(props.get("force_delete", False)))

    @override
    def expires(self, props: Properties) -> float | None:
        return expiry(props)


def expiry(properties: Mapping[str, Any]) -> float | None:
    """Return when a copy expires (Unix seconds), None for never: its retention counts from its creation."""
    days = properties.get("retention_days")
    if days is None:
        return None
    return float(properties.get("created_at") or properties.get("accepted_at") or 0) + float(days) * DAY


class DiskSnapshotRows(NativeRows):
    """Rows of `alicloud.ecs.EcsSnapshot`."""

    name = "snapshotName"
    made_of = ("diskId",)
    errors = EcsSnapshots.errors.rules

    @override
    def connect(self, config: Mapping[str, Any]) -> Cloud:
        ecs = EcsSnapshots(Connection.from_config("ecs", config))

        def named(region: str, name: str) -> list[Found]:
            return [Found(each.id, is_dead=each.state.phase is Phase.FAILED) for each in ecs.find_by_name(region, name)]

        def delete(region: str, id_: str, _inputs: Row) -> None:
            ecs.delete_snapshot(region, id_, force=False)

        return Cloud(ecs, self._finder(named), delete)


ROWS = CopyRows(EcsSnapshotLifecycle)
DISK_ROWS = DiskSnapshotRows()
