"""`tencentcloud:Cbs/snapshot:Snapshot`, as the real plugin does it: a snapshot of a disk, not a copy of a snapshot.

Its habits that matter to a program: `create` blocks until the snapshot is NORMAL, an hour at most, whatever
`custom_timeouts` says; any other state than CREATING and NORMAL ends the wait with an error, the id stays in the state.
A snapshot that is gone already cannot be deleted; `refresh` removes it from the state.

Not as the real plugin: tags go with CreateSnapshot and cannot be changed, for the Tag service is not in the sandbox;
`domain` is the whole host, not what follows `cbs.`; the first look comes after REPLICAS_PLUGIN_POLL_SECONDS (1).
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

from tencentcloud.cbs.v20170312 import models
from tencentcloud.cbs.v20170312.cbs_client import CbsClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

from sandbox.plugins.endpoint import loopback_endpoint
from sandbox.plugins.native import Failed, InitFailed, Property, Values

CREATE_SECONDS = 3600.0
USAGES = ("SYSTEM_DISK", "DATA_DISK")


class DiskSnapshots:
    """The snapshots in one region."""

    PLUGIN: ClassVar[str] = "tencentcloud"
    PACKAGE: ClassVar[str] = "tencentcloud-iac-pulumi"
    TOKEN: ClassVar[str] = "tencentcloud:Cbs/snapshot:Snapshot"  # noqa: S105 - a type token
    PROPERTIES: ClassVar[Mapping[str, Property]] = {
        "storageId": Property(required=True, replaces=True),
        "snapshotName": Property(required=True),
        "diskUsage": Property(replaces=True, computed=True),
        "tags": Property(),
    }

    def __init__(
        self,
        client: Any,
        region: str,
        poll_seconds: float,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`client` is the SDK's; it and `region` say where the snapshots are."""
        self._client = client
        self._region = region
        self._poll_seconds = poll_seconds
        self._sleep = sleep
        self._clock = clock

    @classmethod
    def from_config(cls, config: Values, environment: Mapping[str, str]) -> Self:
        """See the contract."""

        def given(key: str, variable: str) -> str:
            return str(config.get(key) or environment.get(variable) or "")

        region = given("region", "TENCENTCLOUD_REGION")
        if not region:
            raise Failed("the tencentcloud provider has no region. Next: set `region`, or TENCENTCLOUD_REGION")
        text = environment.get("REPLICAS_CBS_ENDPOINT") or given("domain", "TENCENTCLOUD_DOMAIN")
        protocol = given("protocol", "TENCENTCLOUD_PROTOCOL")
        endpoint = loopback_endpoint(text, protocol, "REPLICAS_CBS_ENDPOINT")
        secret_id = given("secretId", "TENCENTCLOUD_SECRET_ID")
        secret_key = given("secretKey", "TENCENTCLOUD_SECRET_KEY")
        if not (secret_id and secret_key):
            raise Failed(
                "the tencentcloud provider has no keys. Next: set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY"
            )
        token = given("securityToken", "TENCENTCLOUD_SECURITY_TOKEN") or None
        http = HttpProfile(protocol=endpoint.protocol, endpoint=endpoint.address)
        profile = ClientProfile(httpProfile=http, language="en-US")
        client = CbsClient(Credential(secret_id, secret_key, token), region, profile)
        return cls(client, region, float(environment.get("REPLICAS_PLUGIN_POLL_SECONDS") or 1))

    @classmethod
    def check(cls, inputs: Values) -> list[tuple[str, str]]:
        """See the contract."""
        name, usage = inputs.get("snapshotName"), inputs.get("diskUsage")
        failures = []
        if isinstance(name, str) and not 2 <= len(name) <= 60:
            failures.append(("snapshotName", f"it must have 2 to 60 characters, not {len(name)}"))
        if usage is not None and usage not in USAGES:
            failures.append(("diskUsage", f"it must be {' or '.join(USAGES)}, not {usage!r}"))
        return failures

    def create(self, inputs: Values, timeout: float) -> tuple[str, Values]:  # noqa: ARG002 - the plugin has its own
        """See the contract."""
        fields = {
            "DiskId": inputs["storageId"],
            "SnapshotName": inputs["snapshotName"],
            "DiskUsage": inputs.get("diskUsage"),
            "Tags": [{"Key": key, "Value": value} for key, value in (inputs.get("tags") or {}).items()] or None,
        }
        answer = self._call(f"making a snapshot of disk {inputs['storageId']}", "CreateSnapshot", fields)
        snapshot_id = str(answer.SnapshotId)
        try:
            self._await_normal(snapshot_id)
            outputs = self.read(snapshot_id, inputs)
        except Failed as error:
            raise InitFailed(snapshot_id, inputs, str(error)) from None
        if outputs is None:
            raise InitFailed(snapshot_id, inputs, f"snapshot {snapshot_id} in {self._region} is gone")
        return snapshot_id, outputs

    def read(self, resource_id: str, outputs: Values) -> Values | None:
        """See the contract."""
        snapshot = self._find(resource_id)
        if snapshot is None:
            return None
        read = {
            "storageId": snapshot.DiskId,
            "snapshotName": snapshot.SnapshotName,
            "diskUsage": snapshot.DiskUsage,
            "storageSize": snapshot.DiskSize,
            "snapshotStatus": snapshot.SnapshotState,
            "diskType": snapshot.DiskUsage,
            "percent": snapshot.Percent,
            "createTime": snapshot.CreateTime,
        }
        tags = {tag.Key: tag.Value for tag in snapshot.Tags or []} or None
        return {**outputs, **{key: value for key, value in read.items() if value is not None}, "tags": tags}

    def update(self, resource_id: str, olds: Values, news: Values) -> Values:
        """See the contract."""
        if (olds.get("tags") or {}) != (news.get("tags") or {}):
            raise Failed(
                f"changing tags of snapshot {resource_id} in {self._region}: the sandbox has no Tag service, so its"
                " stand-in cannot. Next: leave the tags as they are, or replace the snapshot"
            )
        if olds.get("snapshotName") != news["snapshotName"]:
            fields = {"SnapshotId": resource_id, "SnapshotName": news["snapshotName"]}
            self._call(f"renaming snapshot {resource_id}", "ModifySnapshotAttribute", fields)
        return {**olds, **news}

    def delete(self, resource_id: str, outputs: Values, timeout: float) -> None:  # noqa: ARG002 - one call, no wait
        """See the contract."""
        self._call(f"deleting snapshot {resource_id}", "DeleteSnapshots", {"SnapshotIds": [resource_id]})

    def _await_normal(self, snapshot_id: str) -> None:
        deadline = self._clock() + CREATE_SECONDS
        while self._clock() < deadline:
            self._sleep(self._poll_seconds)
            snapshot = self._find(snapshot_id)
            if snapshot is not None and snapshot.SnapshotState == "NORMAL":
                return
            if snapshot is not None and snapshot.SnapshotState != "CREATING":
                raise Failed(f"snapshot {snapshot_id} in {self._region} is {snapshot.SnapshotState}, not CREATING")
        raise Failed(f"snapshot {snapshot_id} in {self._region} is not NORMAL after {CREATE_SECONDS:g} s")

    def _find(self, snapshot_id: str) -> Any:
        found = self._call(f"reading snapshot {snapshot_id}", "DescribeSnapshots", {"SnapshotIds": [snapshot_id]})
        return next((one for one in found.SnapshotSet or [] if one.SnapshotId == snapshot_id), None)

    def _call(self, doing: str, action: str, fields: Values) -> Any:
        """Make one call, and answer the SDK's object."""
        request = getattr(models, f"{action}Request")()
        request._deserialize({key: value for key, value in fields.items() if value is not None})  # noqa: SLF001 - no other
        try:
            return getattr(self._client, action)(request)
        except TencentCloudSDKException as error:
            about = f" (request {error.requestId})" if error.requestId else ""
            raise Failed(f"{doing} in {self._region}: {error.code}: {error.message}{about}") from None
