"""`tencentcloud:Cbs/snapshot:Snapshot` and `tencentcloud:Image/instance:Instance`, as the real plugin does them.

A snapshot of a disk, not a copy of a snapshot; and an image of an instance, not a copy of an image.

What matters to a program: `create` blocks until the snapshot is NORMAL, an hour at most, whatever
`custom_timeouts` says; any other state than CREATING and NORMAL ends the wait with an error, the id stays in the state.
A snapshot that is gone already cannot be deleted; `refresh` removes it from the state.

Every read asks the Tag service for the snapshot's tags, also where a program declares none.

Not as the real plugin: tags go with CreateSnapshot and cannot be changed, for the sandbox's Tag service only reads;
`domain` is the whole host, not what follows `cbs.`; the first look comes after REPLICAS_PLUGIN_POLL_SECONDS (1).
"""

import itertools
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

from tencentcloud.cbs.v20170312 import models as cbs_models
from tencentcloud.cbs.v20170312.cbs_client import CbsClient
from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.cvm.v20170312 import models as cvm_models
from tencentcloud.cvm.v20170312.cvm_client import CvmClient
from typing_extensions import override

from sandbox.plugins.native import PROPERTIES, Access, Failed, NativeResource, Property, Values

CREATE_SECONDS = 3600.0
USAGES = ("SYSTEM_DISK", "DATA_DISK")
TAGS_PER_PAGE = 20


class TencentResource(NativeResource):
    """A resource of one service, called by a provider that is configured as that of the real plugin is."""

    PLUGIN: ClassVar[str] = "tencentcloud"
    CLIENT: ClassVar[Any]
    """The SDK's client of its service."""
    MODELS: ClassVar[Any]
    """The SDK's requests of it."""

    @override
    @classmethod
    def connect(cls, access: Access) -> Any:
        http = HttpProfile(protocol=access.protocol, endpoint=access.address)
        profile = ClientProfile(httpProfile=http, language="en-US")
        credential = Credential(access.key, access.secret, access.token)
        return (
            cls.CLIENT(credential, access.region, profile),
            CommonClient("tag", "2018-08-13", credential, access.region, profile),
        )

    def call(self, doing: str, action: str, fields: Values) -> Any:
        """Make one call to the service, and return the SDK's object."""
        request = getattr(self.MODELS, f"{action}Request")()
        request._deserialize({key: value for key, value in fields.items() if value is not None})  # noqa: SLF001 - no other
        return self._made(doing, lambda: getattr(self._client[0], action)(request))

    def tags(self, prefix: str, resource_id: str) -> Values:
        """Ask the Tag service for the tags of a resource."""
        fields: Values = {"ServiceType": "cvm", "ResourcePrefix": prefix, "ResourceRegion": self._region}
        fields |= {"ResourceIds": [resource_id], "Limit": TAGS_PER_PAGE}
        found: Values = {}
        for offset in itertools.count(0, TAGS_PER_PAGE):
            call = partial(self._client[1].call_json, "DescribeResourceTagsByResourceIds", fields | {"Offset": offset})
            page = self._made(f"reading tags of {self.NOUN} {resource_id}", call)["Response"]["Tags"]
            found |= {tag["TagKey"]: tag["TagValue"] for tag in page}
            if len(page) < TAGS_PER_PAGE:
                break
        return found

    def _made(self, doing: str, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except TencentCloudSDKException as error:
            about = f" (request {error.requestId})" if error.requestId else ""
            raise Failed(f"{doing} in {self._region}: {error.code}: {error.message}{about}") from None


class DiskSnapshots(TencentResource):
    """The snapshots in one region."""

    CLIENT: ClassVar[Any] = CbsClient
    MODELS: ClassVar[Any] = cbs_models
    TOKEN: ClassVar[str] = "tencentcloud:Cbs/snapshot:Snapshot"  # noqa: S105 - a type token
    PROPERTIES: ClassVar[Mapping[str, Property]] = PROPERTIES[TOKEN]
    NOUN: ClassVar[str] = "snapshot"

    @override
    @classmethod
    def check(cls, inputs: Values) -> list[tuple[str, str]]:
        name, usage = inputs.get("snapshotName"), inputs.get("diskUsage")
        failures = []
        if isinstance(name, str) and not 2 <= len(name) <= 60:
            failures.append(("snapshotName", f"it must have 2 to 60 characters, not {len(name)}"))
        if usage is not None and usage not in USAGES:
            failures.append(("diskUsage", f"it must be {' or '.join(USAGES)}, not {usage!r}"))
        return failures

    @override
    def start(self, inputs: Values) -> str:
        fields = {
            "DiskId": inputs["storageId"],
            "SnapshotName": inputs["snapshotName"],
            "DiskUsage": inputs.get("diskUsage"),
            "Tags": [{"Key": key, "Value": value} for key, value in (inputs.get("tags") or {}).items()] or None,
        }
        doing = f"making a snapshot of disk {inputs['storageId']}"
        return str(self.call(doing, "CreateSnapshot", fields).SnapshotId)

    @override
    def await_usable(self, resource_id: str, timeout: float) -> None:
        for _ in self.looks(CREATE_SECONDS):
            snapshot = self.find(resource_id)
            if snapshot is not None and snapshot.SnapshotState == "NORMAL":
                return
            if snapshot is not None and snapshot.SnapshotState != "CREATING":
                raise Failed(f"snapshot {resource_id} in {self._region} is {snapshot.SnapshotState}, not CREATING")
        raise Failed(f"snapshot {resource_id} in {self._region} is not NORMAL after {CREATE_SECONDS:g} s")

    @override
    def find(self, resource_id: str) -> Any:
        found = self.call(f"reading snapshot {resource_id}", "DescribeSnapshots", {"SnapshotIds": [resource_id]})
        return next((one for one in found.SnapshotSet or [] if one.SnapshotId == resource_id), None)

    @override
    def outputs(self, known: Values, found: Any) -> Values:
        read = {
            "storageId": found.DiskId,
            "snapshotName": found.SnapshotName,
            "diskUsage": found.DiskUsage,
            "storageSize": found.DiskSize,
            "snapshotStatus": found.SnapshotState,
            "diskType": found.DiskUsage,
            "percent": found.Percent,
            "createTime": found.CreateTime,
        }
        tags = self.tags("snapshot", found.SnapshotId)
        return {**known, **{key: value for key, value in read.items() if value is not None}, "tags": tags or None}

    @override
    def update(self, resource_id: str, olds: Values, news: Values) -> Values:
        if (olds.get("tags") or {}) != (news.get("tags") or {}):
            raise Failed(
                f"changing tags of snapshot {resource_id} in {self._region}: the sandbox's Tag service only reads, so"
                " its stand-in cannot. Next: leave the tags as they are, or replace the snapshot"
            )
        if olds.get("snapshotName") != news["snapshotName"]:
            fields = {"SnapshotId": resource_id, "SnapshotName": news["snapshotName"]}
            self.call(f"renaming snapshot {resource_id}", "ModifySnapshotAttribute", fields)
        return {**olds, **news}

    @override
    def delete(self, resource_id: str, outputs: Values, timeout: float) -> None:
        self.call(f"deleting snapshot {resource_id}", "DeleteSnapshots", {"SnapshotIds": [resource_id]})


class InstanceImages(TencentResource):
    """The images in one region that are made of instances.

    As with the real plugin, `create` and every read wait until the image is NORMAL, and a deletion leaves the snapshots
    that it consists of.
    """

    CLIENT: ClassVar[Any] = CvmClient
    MODELS: ClassVar[Any] = cvm_models
    TOKEN: ClassVar[str] = "tencentcloud:Image/instance:Instance"  # noqa: S105 - a type token
    PROPERTIES: ClassVar[Mapping[str, Property]] = PROPERTIES[TOKEN]
    NOUN: ClassVar[str] = "image"

    @override
    def start(self, inputs: Values) -> str:
        tags = [{"Key": key, "Value": value} for key, value in (inputs.get("tags") or {}).items()]
        fields = {
            "InstanceId": inputs["instanceId"],
            "ImageName": inputs["imageName"],
            "ImageDescription": inputs.get("imageDescription"),
            "ImageFamily": inputs.get("imageFamily"),
            "DataDiskIds": inputs.get("dataDiskIds"),
            "ForcePoweroff": "TRUE" if inputs.get("forcePoweroff") else "FALSE",
            "TagSpecification": [{"ResourceType": "image", "Tags": tags}] if tags else None,
        }
        return str(self.call(f"making an image of instance {inputs['instanceId']}", "CreateImage", fields).ImageId)

    @override
    def await_usable(self, resource_id: str, timeout: float) -> None:
        for _ in self.looks(CREATE_SECONDS):
            image = self.find(resource_id)
            if image is not None and image.ImageState == "NORMAL":
                return
            if image is not None and image.ImageState == "CREATEFAILED":
                raise Failed(f"image {resource_id} in {self._region} is CREATEFAILED")
        raise Failed(f"image {resource_id} in {self._region} is not NORMAL after {CREATE_SECONDS:g} s")

    @override
    def find(self, resource_id: str) -> Any:
        wanted = {"Filters": [{"Name": "image-id", "Values": [resource_id]}]}
        found = self.call(f"reading image {resource_id}", "DescribeImages", wanted)
        return next((one for one in found.ImageSet or [] if one.ImageId == resource_id), None)

    @override
    def outputs(self, known: Values, found: Any) -> Values:
        read = {"imageName": found.ImageName, "imageDescription": found.ImageDescription or None}
        tags = self.tags("image", found.ImageId)
        return {**known, **{key: value for key, value in read.items() if value is not None}, "tags": tags or None}

    @override
    def update(self, resource_id: str, olds: Values, news: Values) -> Values:
        if (olds.get("tags") or {}) != (news.get("tags") or {}):
            raise Failed(f"changing tags of image {resource_id} in {self._region}: its stand-in cannot")
        fields = {
            "ImageId": resource_id,
            "ImageName": news["imageName"],
            "ImageDescription": news.get("imageDescription"),
        }
        self.call(f"changing image {resource_id}", "ModifyImageAttribute", fields)
        return {**olds, **news}

    @override
    def delete(self, resource_id: str, outputs: Values, timeout: float) -> None:
        self.call(f"deleting image {resource_id}", "DeleteImages", {"ImageIds": [resource_id]})
