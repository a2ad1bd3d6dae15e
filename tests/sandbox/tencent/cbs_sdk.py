"""The real CBS SDK, pointed at a sandbox, with what most tests need filled in."""

from collections.abc import Callable
from typing import Any

import pytest
from tencentcloud.cbs.v20170312 import models
from tencentcloud.cbs.v20170312.cbs_client import CbsClient
from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

from sandbox.core.accounts import ACCESS_KEY_ID, ACCESS_KEY_SECRET, ACCOUNT_ID
from sandbox.core.control_client import ControlClient
from sandbox.core.server import SandboxServer

GUANGZHOU = "ap-guangzhou"
BEIJING = "ap-beijing"
SHANGHAI = "ap-shanghai"
SOURCE = "snap-source01"
DISK = "disk-golden01"
SOURCE_SEED = {"region": GUANGZHOU, "id": SOURCE, "name": "golden", "disk": DISK, "size": 50}
SEED = {"snapshots": [SOURCE_SEED], "disks": [{"region": GUANGZHOU, "id": DISK, "size": 50}]}


def api(
    server: SandboxServer | ControlClient,
    service: str,
    version: str,
    key: str = ACCESS_KEY_ID,
    secret: str = ACCESS_KEY_SECRET,
    token: str | None = None,
    *,
    method: str = "POST",
    signing: str = "TC3-HMAC-SHA256",
) -> CommonClient:
    """The SDK's client for any service, in Guangzhou."""
    http = HttpProfile(protocol="http", endpoint=server.endpoint, reqMethod=method, reqTimeout=5)
    profile = ClientProfile(signMethod=signing, httpProfile=http)
    return CommonClient(service, version, Credential(key, secret, token), GUANGZHOU, profile)


class Cbs:
    """The actions with the parameters of a usual call; keyword arguments are the API's own."""

    def __init__(
        self,
        server: SandboxServer | ControlClient,
        key: str = ACCESS_KEY_ID,
        secret: str = ACCESS_KEY_SECRET,
        token: str | None = None,
        *,
        method: str = "POST",
        signing: str = "TC3-HMAC-SHA256",
    ) -> None:
        http = HttpProfile(protocol="http", endpoint=server.endpoint, reqMethod=method, reqTimeout=5)
        self._profile = ClientProfile(signMethod=signing, httpProfile=http)
        self._credential = Credential(key, secret, token)

    def call(self, action: str, region: str, **fields: Any) -> Any:
        """One call, with its answer as the SDK's own object."""
        request = getattr(models, f"{action}Request")()
        request._deserialize(fields)
        return getattr(CbsClient(self._credential, region, self._profile), action)(request)

    def results(self, *regions: str, source: str = SOURCE, at: str = GUANGZHOU, **fields: Any) -> list[Any]:
        """What a copy answers for each region."""
        destinations = list(regions or (BEIJING,))
        answer = self.call(
            "CopySnapshotCrossRegions", at, **{"SnapshotId": source, "DestinationRegions": destinations} | fields
        )
        return list(answer.SnapshotCopyResultSet)

    def copy(self, *regions: str, **fields: Any) -> str:
        """The id of a copy that must be accepted, in the first region."""
        results = self.results(*regions, **fields)
        assert [one.Code for one in results] == ["Success"] * len(results)
        return str(results[0].SnapshotId)

    def codes(self, *regions: str, **fields: Any) -> list[str]:
        return [one.Code for one in self.results(*regions, **fields)]

    def page(self, region: str = BEIJING, **fields: Any) -> Any:
        return self.call("DescribeSnapshots", region, **fields)

    def ids(self, region: str = BEIJING, **fields: Any) -> list[str]:
        return [one.SnapshotId for one in self.page(region, **fields).SnapshotSet]

    def filtered(self, name: str, *values: str, region: str = GUANGZHOU) -> list[str]:
        return self.ids(region, Filters=[{"Name": name, "Values": list(values)}], Order="ASC")

    def one(self, snapshot_id: str, region: str = BEIJING) -> Any:
        (snapshot,) = self.page(region, SnapshotIds=[snapshot_id]).SnapshotSet
        return snapshot

    def state(self, snapshot_id: str, region: str = BEIJING) -> str:
        return str(self.one(snapshot_id, region).SnapshotState)

    def modify(self, snapshot_id: str | None = SOURCE, region: str = GUANGZHOU, **fields: Any) -> None:
        self.call("ModifySnapshotAttribute", region, **{"SnapshotId": snapshot_id} | fields)

    def delete(self, *snapshot_ids: str, region: str = BEIJING, **fields: Any) -> None:
        self.call("DeleteSnapshots", region, **{"SnapshotIds": list(snapshot_ids)} | fields)

    def create(self, region: str = GUANGZHOU, **fields: Any) -> str:
        return str(self.call("CreateSnapshot", region, **{"DiskId": DISK} | fields).SnapshotId)


def refused(function: Callable[..., Any], *args: Any, **fields: Any) -> str:
    """Call something that the cloud must refuse; answers the code of the error."""
    with pytest.raises(TencentCloudSDKException) as caught:
        function(*args, **fields)
    return str(caught.value.code)


def set_state(control: ControlClient, **cbs: Any) -> None:
    """Say what CBS knows about the account."""
    control.post("seed", {"accounts": [{"id": ACCOUNT_ID, "state": {"cbs": cbs}}]})


def seed(control: ControlClient, **fields: Any) -> str:
    """Put the source back with some fields changed; answers its id."""
    snapshot = SOURCE_SEED | fields
    control.post("seed", {"snapshots": [snapshot]})
    return str(snapshot["id"])
