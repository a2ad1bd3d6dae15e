"""Sends requests with Tencent Cloud's SDK: one attempt at a time, at a pace, and how the SDK fails.

The SDK takes an error in an unexpected envelope for a success and reads a missing list as an empty one, so answers are
read here, strictly, and not through its models.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from typing_extensions import override

from components.clouds.calls import Calls
from components.clouds.error_table import ErrorTable
from components.clouds.errors import CloudError, NoAnswer, was_never_sent
from components.clouds.pace import Pace
from components.clouds.tencent.connection import Connection


class TencentCalls(Calls):
    """Requests to one service of Tencent Cloud; their parameters have the API's own names.

    Args:
        connection: Endpoint and credentials.
        errors: The service's error codes.
        answers: Action -> the field that a usable answer of it holds; the request id for all others.
        api: Service and version: `("cbs", "2017-03-12")`.
        per_second: Action -> requests a second; the others have the limit of "".
        sleep: Injected by tests.
    """

    connection: Connection

    def __init__(
        self,
        connection: Connection,
        errors: ErrorTable,
        answers: Mapping[str, str],
        *,
        api: tuple[str, str],
        per_second: Mapping[str, float],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(connection, errors, answers, sleep=sleep)
        self._api = api
        self._pace = Pace(per_second, sleep=sleep)

    @override
    def _attempt(self, doing: str, region: str, action: str, params: Mapping[str, Any]) -> dict[str, Any]:
        from requests import RequestException  # noqa: PLC0415 - a heavy import, needed where a request is sent
        from tencentcloud.common.exception.tencent_cloud_sdk_exception import (  # noqa: PLC0415 - as above
            TencentCloudSDKException,
        )

        client = self._connected(region)
        self._pace.wait(action)
        try:
            answer = client.call_json(action, params)
        except TencentCloudSDKException as error:
            raise self._translated(doing, client, error) from None
        except (RequestException, ValueError, KeyError, TypeError) as error:
            # The SDK reads the body outside of its own error handling.
            raise self._unusable(doing, client, f"{type(error).__name__} while reading the answer") from None
        response = answer.get("Response") if isinstance(answer, dict) else None
        if not isinstance(response, dict):
            raise self._unusable(doing, client, "the answer has no Response")
        request_id = str(response.get("RequestId") or "")
        refusal = response.get("Error")
        if isinstance(refusal, dict) and refusal.get("Code"):
            raise self.error(doing, str(refusal["Code"]), str(refusal.get("Message") or ""), request_id)
        holds = self._holds(action)
        if refusal is not None or not request_id or response.get(holds) is None:
            raise self._unusable(doing, client, f"the answer holds no {holds}", request_id)
        return response

    @override
    def _client(self, region: str, credentials: Any) -> Any:
        from tencentcloud.common.common_client import CommonClient  # noqa: PLC0415 - slow to import

        return CommonClient(*self._api, credentials, region, self.connection.sdk_profile(region))

    @override
    def _host(self, client: Any) -> str:
        return str(client._get_endpoint())  # noqa: SLF001 - the SDK has no accessor

    def _translated(self, doing: str, client: Any, error: Any) -> CloudError:
        code, message = str(error.get_code()), str(error.get_message())
        if code == "ClientNetworkError" and was_never_sent(message):
            return self._unreachable(doing, client)
        if code == "ServerNetworkError":
            return self._unusable(doing, client, "the answer is no answer of an API, but of something in between")
        if code in {"ClientNetworkError", "JSONDecodeError"}:
            return self._unusable(doing, client, "the connection broke before a whole answer came")
        return self.error(doing, code, message, str(error.get_request_id() or ""))

    def _unusable(self, doing: str, client: Any, what: str, request_id: str = "") -> NoAnswer:
        message = f"{self._endpoint(client)}: {what}"
        return self.no_answer(doing, message, request_id, next_step=self._endpoint_advice)
