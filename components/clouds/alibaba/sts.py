"""Security Token Service: whose credentials these are. Every caller may ask that, whatever else it is denied."""

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from components.clouds.alibaba.errors import table
from components.clouds.alibaba.service import AlibabaService
from components.clouds.service import IDENTITY_PATIENCE

VERSION = "2015-04-01"

HOST = "sts.aliyuncs.com"
"""Where it is asked for all regions: the client of no service in particular knows no host."""


class Sts(AlibabaService):
    """GetCallerIdentity over one connection, through the client that the SDKs of all services are made of."""

    name = "sts"
    errors = table("STS")
    sdk = "alibabacloud_tea_openapi"
    answers: ClassVar = {"GetCallerIdentity": "AccountId"}

    def account(self, region: str) -> str:
        """Return the id of the account, which all its users and roles share.

        Raises:
            CloudError: Refused, or not answered for some seconds.
        """
        doing = "asking whose credentials these are"
        answer = self._send(doing, region, "GetCallerIdentity", {}, patience=IDENTITY_PATIENCE)
        return str(answer["AccountId"])

    @override
    def _request(self, region: str, action: str, params: Mapping[str, Any]) -> Any:
        return self._model("OpenApiRequest")()

    @override
    def _answer(self, client: Any, action: str, request: Any, options: Any) -> dict[str, Any]:
        call = self._model("Params")(
            action=action,
            version=VERSION,
            protocol="HTTPS",
            pathname="/",
            method="POST",
            auth_type="AK",
            style="RPC",
            req_body_type="formData",
            body_type="json",
        )
        return dict(client.call_api(call, request, options)["body"])
