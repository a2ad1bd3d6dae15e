"""`alicloud:ecs/ecsSnapshot:EcsSnapshot`, as the real plugin does it: a snapshot of a disk, not a copy of a snapshot.

What matters to a program: `create` blocks until the snapshot is accomplished, within the create timeout (5 minutes
unless `custom_timeouts` says more); then the id stays in the state and the run fails. CreateSnapshot carries a token
that is new with each create, so a lost answer leaves a snapshot that is in no state. `delete` asks once and does not
wait; an unknown id is no error.

Not as the real plugin: the first look comes after REPLICAS_PLUGIN_POLL_SECONDS (1), not after 5 seconds, and resource
groups are not changed.
"""

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from alibabacloud_ecs20140526 import models
from typing_extensions import override

from sandbox.plugins.alicloud import EcsResource
from sandbox.plugins.native import PROPERTIES, Failed, Property, Values

DEFAULT_TIMEOUT = 300.0


class DiskSnapshots(EcsResource):
    """The snapshots in one region."""

    NOUN: ClassVar[str] = "snapshot"
    TOKEN: ClassVar[str] = "alicloud:ecs/ecsSnapshot:EcsSnapshot"  # noqa: S105 - a type token
    PROPERTIES: ClassVar[Mapping[str, Property]] = PROPERTIES[TOKEN]

    @override
    def start(self, inputs: Values) -> str:
        tags = inputs.get("tags") or {}
        answer = self.call(
            f"making a snapshot of disk {inputs['diskId']} in {self._region}",
            "create_snapshot",
            disk_id=inputs["diskId"],
            snapshot_name=inputs.get("snapshotName") or inputs.get("name"),
            description=inputs.get("description"),
            retention_days=inputs.get("retentionDays"),
            category=inputs.get("category"),
            client_token=uuid.uuid4().hex,
            tag=[models.CreateSnapshotRequestTag(key=key, value=value) for key, value in tags.items()] or None,
        )
        return str(answer.snapshot_id)

    @override
    def await_usable(self, resource_id: str, timeout: float) -> None:
        timeout, status = timeout or DEFAULT_TIMEOUT, "never seen"
        for _ in self.looks(timeout):
            snapshot = self.find(resource_id)
            status = snapshot.status if snapshot else status
            if status == "accomplished":
                return
        raise Failed(f"snapshot {resource_id} in {self._region} is {status} after {timeout:g} s, its create timeout")

    @override
    def find(self, resource_id: str) -> Any:
        doing = f"reading snapshot {resource_id} in {self._region}"
        found = self.call(doing, "describe_snapshots", snapshot_ids=f'["{resource_id}"]')
        return next((one for one in found.snapshots.snapshot if one.snapshot_id == resource_id), None)

    @override
    def outputs(self, known: Values, found: Any) -> Values:
        read = {
            "diskId": found.source_disk_id,
            "snapshotName": found.snapshot_name,
            "name": found.snapshot_name,
            "description": found.description or None,
            "category": found.category,
            "retentionDays": found.retention_days,
            "status": found.status,
            "createTime": found.creation_time,
            "regionId": found.region_id,
        }
        tags = {one.tag_key: one.tag_value for one in (found.tags.tag if found.tags else None) or []}
        return {**known, **{key: value for key, value in read.items() if value is not None}, "tags": tags or None}

    @override
    def update(self, resource_id: str, olds: Values, news: Values) -> Values:
        changed = {key: news.get(key) for key in ("snapshotName", "description", "retentionDays")}
        changed = {key: value for key, value in changed.items() if value is not None and value != olds.get(key)}
        if changed:
            self.call(
                f"changing snapshot {resource_id} in {self._region}",
                "modify_snapshot_attribute",
                snapshot_id=resource_id,
                snapshot_name=changed.get("snapshotName"),
                description=changed.get("description"),
                retention_days=changed.get("retentionDays"),
            )
        self._tag(resource_id, olds.get("tags") or {}, news.get("tags") or {})
        found = self.find(resource_id)
        if found is None:
            raise Failed(f"snapshot {resource_id} in {self._region} is gone. Next: run `pulumi refresh`")
        return self.outputs(news, found)

    def _tag(self, resource_id: str, before: Values, after: Values) -> None:
        thing = {"resource_type": "snapshot", "resource_id": [resource_id]}
        doing = f"tagging snapshot {resource_id} in {self._region}"
        if removed := [key for key in before if before[key] != after.get(key)]:
            self.call(doing, "untag_resources", tag_key=removed, **thing)
        if after and before != after:
            given = [models.TagResourcesRequestTag(key=key, value=value) for key, value in after.items()]
            self.call(doing, "tag_resources", tag=given, **thing)

    @override
    def delete(self, resource_id: str, outputs: Values, timeout: float) -> None:
        force = True if outputs.get("force") else None
        doing = f"deleting snapshot {resource_id} in {self._region}"
        self.call(doing, "delete_snapshot", snapshot_id=resource_id, force=force)
