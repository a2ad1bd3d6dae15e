"""Sends the requests of a service: a client per region, credentials that may run out, typed errors, our own retries.

It knows how a service is called, not what its API offers. Nothing but `retries.py` repeats a request.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from components.clouds import retries
from components.clouds.connection import Connection
from components.clouds.error_table import ErrorTable
from components.clouds.errors import CloudError, CredentialsExpired, NoAnswer, Unreachable


class Calls(ABC):
    """Requests to one service over one connection. Safe to share between threads.

    Args:
        connection: Endpoint and credentials.
        errors: The service's error codes.
        answers: Action -> the field that a usable answer of it holds; the request id for all others.
        sleep: Injected by tests.
    """

    def __init__(
        self,
        connection: Connection,
        errors: ErrorTable,
        answers: Mapping[str, str],
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.connection = connection
        self._errors = errors
        self._answers = answers
        self._sleep = sleep
        self._endpoint_advice = f"check that the endpoint is one of {errors.title}, then run the same command again"
        self._lock = Lock()
        self._credentials: Any = None
        self._clients: dict[str, Any] = {}

    def send(
        self, doing: str, region: str, action: str, params: Mapping[str, Any], *, patience: float
    ) -> dict[str, Any]:
        """Send a request until it is answered for good, and return the answer as plain data under the API's names.

        Args:
            doing: Gerund, thing, id and region, for errors: `deleting Snapshot snap-1 in ap-beijing`.
            region: The region to ask.
            action: The API's action.
            params: Its parameters, the caller's token among them where it starts or changes something; None is left
                out.
            patience: Seconds to repeat it where the outcome is unknown or the service is busy; 0 makes one attempt,
                for a request that must not be sent twice.

        Raises:
            CloudError: Refused, or unknown after all retries (`Unavailable`, `NoAnswer`).
        """
        sent = {key: value for key, value in params.items() if value is not None}

        def attempt() -> dict[str, Any]:
            try:
                return self._attempt(doing, region, action, sent)
            except CredentialsExpired:
                self.forget_clients()  # new clients read the credential chain again
                return self._attempt(doing, region, action, sent)

        return retries.call(attempt, patience=patience, sleep=self._sleep)

    def forget_clients(self) -> None:
        """Make new clients for the next requests, with credentials read anew."""
        with self._lock:
            self._credentials = None
            self._clients.clear()

    def error(
        self,
        doing: str,
        code: str,
        message: str,
        request_id: str,
        *,
        status: int = 0,
        retry_after: float | None = None,
    ) -> CloudError:
        """Make the typed error of a code."""
        kind, next_step = self._errors.rule(code, status, message)
        return kind(
            doing=doing,
            code=code,
            message=message,
            request_id=request_id,
            next_step=next_step,
            retry_after=retry_after,
        )

    def no_answer(
        self,
        doing: str,
        message: str,
        request_id: str = "",
        *,
        code: str = "NoAnswer",
        next_step: str = "run the same command again",
    ) -> NoAnswer:
        """Make the error of an answer that says neither yes nor no, or of none at all."""
        return NoAnswer(doing=doing, code=code, message=message, request_id=request_id, next_step=next_step)

    @abstractmethod
    def _attempt(self, doing: str, region: str, action: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Send a request once."""

    @abstractmethod
    def _client(self, region: str, credentials: Any) -> Any:
        """Make the vendor's client of a region; called when the first request is sent, since SDKs import slowly."""

    @abstractmethod
    def _host(self, client: Any) -> str:
        """Return the vendor's own host that a client asks."""

    def _connected(self, region: str) -> Any:
        with self._lock:
            if region not in self._clients:
                self._credentials = self._credentials or self.connection.credentials()
                # A client keeps the host of the region that it was made for.
                self._clients[region] = self._client(region, self._credentials)
            return self._clients[region]

    def _endpoint(self, client: Any) -> str:
        return self.connection.endpoint or self._host(client)

    def _unreachable(self, doing: str, client: Any) -> Unreachable:
        return Unreachable(
            doing=doing,
            code="Unreachable",
            message=f"no connection to {self._endpoint(client)}",
            next_step="check the network, proxy and endpoint settings, then run the same command again",
        )

    def _holds(self, action: str) -> str:
        return self._answers.get(action, "RequestId")
