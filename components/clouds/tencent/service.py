"""How all services of Tencent Cloud are called: one attempt at a time, and how the SDK fails.

The SDK takes an error in an unexpected envelope for a success and reads a missing list as an empty one, so answers are
read here, strictly, and not through its models.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from components.clouds.errors import CloudError, NoAnswer, was_never_sent
from components.clouds.service import Service
from components.clouds.tencent.connection import Connection

CLOCK_TOLERANCE = 300.0
"""Seconds by which this machine's clock may differ from the cloud's: it refuses a signature that is off by more."""


class TencentService(Service):
    """A service of Tencent Cloud; parameters of its requests have the API's own names."""

    connection: Connection

    version: ClassVar[str]
    """Version of its API: `2017-03-12`."""

    @override
    def _attempt(self, doing: str, client: Any, region: str, action: str, params: Mapping[str, Any]) -> dict[str, Any]:
        from requests import RequestException  # noqa: PLC0415 - a heavy import, needed where a request is sent
        from tencentcloud.common.exception.tencent_cloud_sdk_exception import (  # noqa: PLC0415 - as above
            TencentCloudSDKException,
        )

        try:
            answer = client.call_json(action, params)
        except TencentCloudSDKException as error:
            raise self._translated(doing, client, error) from None
        except (RequestException, ValueError, KeyError, TypeError) as error:
            # The SDK reads the body outside its own error handling.
            raise self._unusable(doing, client, f"{type(error).__name__} while reading the answer") from None
        response = answer.get("Response") if isinstance(answer, dict) else None
        if not isinstance(response, dict):
            raise self._unusable(doing, client, "the answer has no Response")
        request_id = str(response.get("RequestId") or "")
        refusal = response.get("Error")
        if isinstance(refusal, dict) and refusal.get("Code"):
            raise self._error(doing, str(refusal["Code"]), str(refusal.get("Message") or ""), request_id)
        holds = self._holds(action)
        if refusal is not None or not request_id or response.get(holds) is None:
            raise self._unusable(doing, client, f"the answer holds no {holds}", request_id)
        return response

    @override
    def _account(self, region: str) -> str:
        from components.clouds.tencent.identity import account_of  # noqa: PLC0415 - services of this vendor themselves

        return account_of(self.connection.of_identity(), region, sleep=self._sleep)

    @override
    def _client(self, region: str, credentials: Any) -> Any:
        return self.connection.sdk_client(self.name, self.version, credentials, region)

    @override
    def _host(self, client: Any) -> str:
        return str(client._get_endpoint())  # noqa: SLF001 - the SDK has no accessor

    def _translated(self, doing: str, client: Any, error: Any) -> CloudError:
        code, message = str(error.get_code()), str(error.get_message())
        if code == "ClientNetworkError" and was_never_sent(message):
            return self._unreachable(doing, client, message)
        if code == "ServerNetworkError":
            return self._unusable(doing, client, "the answer is no answer of an API, but of something in between")
        if code in {"ClientNetworkError", "JSONDecodeError"}:
            return self._unusable(doing, client, "the connection broke before a whole answer came")
        return self._error(doing, code, message, str(error.get_request_id() or ""))

    def _unusable(self, doing: str, client: Any, what: str, request_id: str = "") -> NoAnswer:
        return self._no_answer(doing, f"{self._endpoint(client)}: {what}", request_id)
