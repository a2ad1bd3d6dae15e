"""The real CVM SDK, pointed at a sandbox, with what most tests need filled in."""

from typing import Any

from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.cvm.v20170312 import models
from tencentcloud.cvm.v20170312.cvm_client import CvmClient

from sandbox.core.accounts import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from sandbox.core.control_client import ControlClient
from sandbox.core.server import SandboxServer
from tests.sandbox.tencent.cbs_sdk import BEIJING, GUANGZHOU

SOURCE = "img-source01"
INSTANCE = "ins-golden01"
SOURCE_SEED = {"region": GUANGZHOU, "id": SOURCE, "name": "golden", "description": "Golden", "size": 50}
SEED = {"cvm_images": [SOURCE_SEED], "cvm_instances": [{"region": GUANGZHOU, "id": INSTANCE}]}


class Cvm:
    """The actions with the parameters of a usual call; keyword arguments are the API's own."""

    def __init__(
        self, server: SandboxServer | ControlClient, key: str = ACCESS_KEY_ID, secret: str = ACCESS_KEY_SECRET
    ) -> None:
        self._profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=server.endpoint, reqTimeout=5))
        self._credential = Credential(key, secret)

    def call(self, action: str, region: str, **fields: Any) -> Any:
        """One call, with its answer as the SDK's own object."""
        request = getattr(models, f"{action}Request")()
        request._deserialize(fields)
        return getattr(CvmClient(self._credential, region, self._profile), action)(request)

    def answered(self, *regions: str, at: str = GUANGZHOU, **fields: Any) -> list[Any]:
        """What a copy answers for each region."""
        usual = {"ImageIds": [SOURCE], "DestinationRegions": list(regions or (BEIJING,)), "ImageSetRequired": True}
        return list(self.call("SyncImages", at, **usual | fields).ImageSet)

    def copy(self, *regions: str, **fields: Any) -> str:
        """The id of a copy that must be accepted, in the first region."""
        return str(self.answered(*regions, **fields)[0].ImageId)

    def page(self, region: str = BEIJING, **fields: Any) -> Any:
        return self.call("DescribeImages", region, **fields)

    def ids(self, region: str = BEIJING, **fields: Any) -> list[str]:
        return [one.ImageId for one in self.page(region, **fields).ImageSet]

    def filtered(self, name: str, *values: str, region: str = GUANGZHOU) -> list[str]:
        return self.ids(region, Filters=[{"Name": name, "Values": list(values)}])

    def one(self, image_id: str, region: str = BEIJING) -> Any:
        (image,) = self.page(region, ImageIds=[image_id]).ImageSet
        return image

    def state(self, image_id: str, region: str = BEIJING) -> str:
        return str(self.one(image_id, region).ImageState)

    def modify(self, image_id: str | None = SOURCE, region: str = GUANGZHOU, **fields: Any) -> None:
        self.call("ModifyImageAttribute", region, **{"ImageId": image_id} | fields)

    def delete(self, *image_ids: str, region: str = BEIJING, **fields: Any) -> None:
        self.call("DeleteImages", region, **{"ImageIds": list(image_ids)} | fields)

    def create(self, region: str = GUANGZHOU, **fields: Any) -> str:
        return str(self.call("CreateImage", region, **{"InstanceId": INSTANCE, "ImageName": "made"} | fields).ImageId)
