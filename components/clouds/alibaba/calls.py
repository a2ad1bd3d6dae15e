"""Sends requests of Alibaba Cloud's SDKs: one attempt at a time, with typed errors and our own retries.

It knows how the SDKs fail, not what an API offers: every service of the vendor is called through this one place.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from threading import Lock
from typing import Any

from components.clouds import retries
from components.clouds.alibaba.connection import Connection
from components.clouds.errors import CredentialsExpired, NoAnswer, Rule, Unreachable, UnusableAnswer, was_never_sent

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 20.0

_QUOTED = re.compile(r"\s*(server )?(string ?to ?sign|canonical ?request)\b.*", re.IGNORECASE | re.DOTALL)
"""A refused signature is told with the request that was signed: session token, reload options and all."""

Judge = Callable[[str, int, str], Rule]
"""Finds how to treat an error: by its code, its HTTP status and its message."""


class AlibabaCalls:
    """Requests to one service over one connection. Safe to share between threads.

    Args:
        connection: Endpoint and credentials.
        service: Name of the service in messages: `ECI`.
        make_client: Makes the vendor's client from its configuration; called where the first request is sent, since
            the SDKs take a second to import.
        judge: The service's table of error codes.
        sleep: Injected by tests.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        service: str,
        make_client: Callable[[Any], Any],
        judge: Judge,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.connection = connection
        self._service = service
        self._make_client = make_client
        self._judge = judge
        self._sleep = sleep
        self._lock = Lock()
        self._credentials: Any = None
        self._clients: dict[str, Any] = {}

    def send(self, doing: str, method: str, request: Any, *, patience: float) -> Any:
        """Send a request until it is answered for good, and return the answer's body.

        Args:
            doing: Gerund, thing, id and region, for errors: `deleting DataCache edc-1 in cn-hangzhou`.
            method: The client's method, with `_with_options`.
            request: The SDK's request, with the caller's token where it starts or changes something.
            patience: Seconds to go on where the outcome is unknown or the service is busy.

        Raises:
            CloudError: Refused, or unknown after all retries (`Unavailable`, `NoAnswer`).
        """

        def attempt() -> Any:
            try:
                return self._attempt(doing, method, request)
            except CredentialsExpired:
                self.forget_clients()  # new clients read the credential chain again
                return self._attempt(doing, method, request)

        return retries.call(attempt, patience=patience, sleep=self._sleep)

    def forget_clients(self) -> None:
        """Have the next requests make new clients, with credentials read anew."""
        with self._lock:
            self._credentials = None
            self._clients.clear()

    def _attempt(self, doing: str, method: str, request: Any) -> Any:
        from alibabacloud_tea_util.models import RuntimeOptions  # noqa: PLC0415 - the SDK takes a second to import
        from Tea.exceptions import TeaException, UnretryableException  # noqa: PLC0415 - as above

        options = RuntimeOptions(connect_timeout=int(CONNECT_TIMEOUT * 1000), read_timeout=int(READ_TIMEOUT * 1000))
        client = self._connected(request.region_id)
        try:
            return getattr(client, method)(request, options).body
        except UnusableAnswer as answer:
            raise NoAnswer(
                doing=doing,
                code=answer.code,
                message=answer.message,
                request_id=answer.request_id,
                next_step=f"check that the endpoint is one of {self._service}, then run the same command again",
            ) from None
        except UnretryableException as error:
            text = str(error.inner_exception)
            if was_never_sent(text):
                raise Unreachable(
                    doing=doing,
                    code="Unreachable",
                    message=f"no connection to {self._endpoint(client)}",
                    next_step="check the network, proxy and endpoint settings, then run the same command again",
                ) from None
            raise NoAnswer(
                doing=doing,
                code="NoAnswer",
                message=_how_it_broke(text, self._endpoint(client)),
                next_step="run the same command again; the request was retried with the same token",
            ) from None
        except TeaException as error:
            raise _cloud_error(doing, error, self._judge) from None

    def _connected(self, region: str) -> Any:
        with self._lock:
            if region not in self._clients:
                logging.getLogger("darabonba-core").setLevel(logging.WARNING)  # the SDK turns its own debug log on
                self._credentials = self._credentials or self.connection.credentials()
                # A client keeps the host of the region that it was made for.
                self._clients[region] = self._make_client(self.connection.sdk_config(region, self._credentials))
            return self._clients[region]

    def _endpoint(self, client: Any) -> str:
        return self.connection.endpoint or str(client._endpoint)  # noqa: SLF001 - the SDK has no accessor


def _how_it_broke(text: str, endpoint: str) -> str:
    if "as json format" in text:
        return f"{endpoint} answered something that is not JSON: the page of a proxy, or another service"
    return f"the connection to {endpoint} broke before an answer came"


def _cloud_error(doing: str, error: Any, judge: Judge) -> Exception:
    data = error.data if isinstance(error.data, dict) else {}
    status = int(getattr(error, "status_code", None) or data.get("statusCode") or 0)
    code = str(error.code or "")
    if code in {"", "None"}:  # the SDK's word for an error body without a code
        code = f"HTTP {status}"
    retry_after = getattr(error, "retry_after", None)
    message = str(data.get("Message") or data.get("message") or error.message or "")
    kind, next_step = judge(code, status, message)
    message = _QUOTED.sub(" (what the cloud quotes of the signed request is left out)", message)
    return kind(
        doing=doing,
        code=code,
        message=message,
        request_id=str(getattr(error, "request_id", None) or data.get("RequestId") or ""),
        next_step=next_step,
        retry_after=retry_after / 1000 if retry_after else None,
    )
