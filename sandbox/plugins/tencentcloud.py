"""How a stand-in calls Tencent Cloud's CBS, configured as the real tencentcloud plugin is."""

from typing import Any, ClassVar

from tencentcloud.cbs.v20170312 import models
from tencentcloud.cbs.v20170312.cbs_client import CbsClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from typing_extensions import override

from sandbox.plugins.native import PLUGINS, Access, Failed, NativeResource, PluginFacts, Values


class CbsResource(NativeResource):
    """A resource of CBS."""

    PLUGIN: ClassVar[str] = "tencentcloud"
    FACTS: ClassVar[PluginFacts] = PLUGINS[PLUGIN]

    @override
    @classmethod
    def connect(cls, access: Access) -> Any:
        http = HttpProfile(protocol=access.protocol, endpoint=access.address)
        profile = ClientProfile(httpProfile=http, language="en-US")
        return CbsClient(Credential(access.key, access.secret, access.token), access.region, profile)

    def call(self, doing: str, action: str, fields: Values) -> Any:
        """Make one call, and return the SDK's object."""
        request = getattr(models, f"{action}Request")()
        request._deserialize({key: value for key, value in fields.items() if value is not None})  # noqa: SLF001 - no other
        try:
            return getattr(self._client, action)(request)
        except TencentCloudSDKException as error:
            about = f" (request {error.requestId})" if error.requestId else ""
            raise Failed(f"{doing} in {self._region}: {error.code}: {error.message}{about}") from None
