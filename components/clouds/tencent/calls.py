"""Sends requests of Tencent Cloud's SDK: one attempt at a time, with typed errors, a pace and our own retries.

It knows how the SDK fails, not what an API offers. The SDK takes an error in an unexpected envelope for a success and
reads a missing list as an empty one, so answers are read here, strictly, and not through its models.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from components.clouds import retries
from components.clouds.errors import CloudError, CredentialsExpired, NoAnswer, Rule, Unreachable, was_never_sent
from components.clouds.pace import Pace
from components.clouds.tencent.connection import Connection

Judge = Callable[[str], Rule]
"""Finds how to treat an error by its code."""


class TencentCalls:
    """Requests to one service over one connection. Safe to share between threads.

    Args:
        connection: Endpoint and credentials.
        service: Name of the service in messages: `CBS`.
        make_client: Makes the vendor's client of a region from credentials, region and profile; called where the first
            request is sent.
        judge: The service's table of error codes.
        pace: When requests may be sent.
        sleep: Injected by tests.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        service: str,
        make_client: Callable[[Any, str, Any], Any],
        judge: Judge,
        pace: Pace,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.connection = connection
        self._service = service
        self._make_client = make_client
        self._judge = judge
        self._pace = pace
        self._sleep = sleep
        self._lock = Lock()
        self._credentials: Any = None
        self._clients: dict[str, Any] = {}

    def send(
        self, doing: str, region: str, action: str, params: Mapping[str, Any], *, holds: str, patience: float
    ) -> dict[str, Any]:
        """Send a request until it is answered for good, and return what its `Response` holds.

        Args:
            doing: Gerund, thing, id and region, for errors: `deleting Snapshot snap-1 in ap-beijing`.
            region: The region to ask.
            action: The API's action.
            params: Its parameters; None is left out.
            holds: What a usable answer must hold.
            patience: Seconds to go on; 0 makes one attempt, for a request that must not be sent twice.

        Raises:
            CloudError: Refused, or unknown after all retries (`Unavailable`, `NoAnswer`).
        """
        sent = {key: value for key, value in params.items() if value is not None}

        def attempt() -> dict[str, Any]:
            try:
                return self._attempt(doing, region, action, sent, holds)
            except CredentialsExpired:
                self.forget_clients()  # new clients read the credential chain again
                return self._attempt(doing, region, action, sent, holds)

        return retries.call(attempt, patience=patience, sleep=self._sleep)

    def forget_clients(self) -> None:
        """Have the next requests make new clients, with credentials read anew."""
        with self._lock:
            self._credentials = None
            self._clients.clear()

    def error(self, doing: str, code: str, message: str, request_id: str) -> CloudError:
        """Make the typed error of a code."""
        kind, next_step = self._judge(code)
        return kind(doing=doing, code=code, message=message, request_id=request_id, next_step=next_step)

    def _attempt(self, doing: str, region: str, action: str, params: dict[str, Any], holds: str) -> dict[str, Any]:
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
            raise self._no_answer(doing, client, f"{type(error).__name__} while reading the answer") from None
        response = answer.get("Response") if isinstance(answer, dict) else None
        if not isinstance(response, dict):
            raise self._no_answer(doing, client, "the answer has no Response")
        request_id = str(response.get("RequestId") or "")
        told = response.get("Error")
        if isinstance(told, dict) and told.get("Code"):
            raise self.error(doing, str(told["Code"]), str(told.get("Message") or ""), request_id)
        if told is not None or not request_id or response.get(holds) is None:
            raise self._no_answer(doing, client, f"the answer holds no {holds}", request_id)
        return response

    def _translated(self, doing: str, client: Any, error: Any) -> CloudError:
        code, message = str(error.get_code()), str(error.get_message())
        if code == "ClientNetworkError" and was_never_sent(message):
            return Unreachable(
                doing=doing,
                code="Unreachable",
                message=f"no connection to {self._endpoint(client)}",
                next_step="check the network, proxy and endpoint settings, then run the same command again",
            )
        if code == "ServerNetworkError":
            return self._no_answer(doing, client, "the answer is no answer of an API, but of something in between")
        if code in {"ClientNetworkError", "JSONDecodeError"}:
            return self._no_answer(doing, client, "the connection broke before a whole answer came")
        return self.error(doing, code, message, str(error.get_request_id() or ""))

    def _no_answer(self, doing: str, client: Any, what: str, request_id: str = "") -> NoAnswer:
        return NoAnswer(
            doing=doing,
            code="NoAnswer",
            message=f"{self._endpoint(client)}: {what}",
            request_id=request_id,
            next_step=f"check that the endpoint is one of {self._service}, then run the same command again",
        )

    def _connected(self, region: str) -> Any:
        with self._lock:
            if region not in self._clients:
                self._credentials = self._credentials or self.connection.credentials()
                profile = self.connection.sdk_profile(region)
                self._clients[region] = self._make_client(self._credentials, region, profile)
            return self._clients[region]

    def _endpoint(self, client: Any) -> str:
        return self.connection.endpoint or str(client._get_endpoint())  # noqa: SLF001 - the SDK has no accessor
