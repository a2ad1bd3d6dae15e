"""How a cloud service is called: a client per region, credentials that may expire, pace, typed errors, retries.

It knows how requests are sent, not what an API offers, and nothing of the lifecycle of a replica: what to do about an
answer is the decision of an adapter's callers. A vendor's own ways are in `<vendor>/service.py`. A new service of a
vendor is a subclass with an error table, a model of its thing (where it lists any: `listed_service.py`) and its calls.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from math import inf
from threading import Lock
from typing import Any, ClassVar

from components.clouds import deadlines, retries
from components.clouds.account import Caller
from components.clouds.connection import Connection
from components.clouds.error_table import ErrorTable
from components.clouds.errors import (
    CloudError,
    CredentialsExpired,
    CredentialsMissing,
    NoAnswer,
    Unreachable,
    proxy_of,
)
from components.clouds.pace import Pace

IDENTITY_PATIENCE = 5.0
"""Seconds to ask again whose credentials these are: not knowing stops nothing that is seen."""

UNKNOWN_SECONDS = 60.0
"""For how long it is not asked again after no answer."""


class Service(ABC):
    """Requests to one service over one connection. Safe to share between threads.

    Args:
        connection: Endpoint and credentials.
        sleep: Injected by tests.
        clock: Seconds, monotonic. Injected by tests.
    """

    name: ClassVar[str]
    """Short name: `eci`, as endpoints and the vendor's hosts call it."""
    errors: ClassVar[ErrorTable]
    """Its error codes, and its title in messages."""
    per_second: ClassVar[Mapping[str, float]] = {"": inf}
    """Action -> requests a second that one process may send; the others have the limit of ""."""
    answers: ClassVar[Mapping[str, str]] = {}
    """Action -> the field that a usable answer of it holds; the request id for all others."""

    def __init__(
        self,
        connection: Connection,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.connection = connection
        self._sleep = sleep
        self._clock = clock
        self._pace = Pace(self.per_second, sleep=sleep)
        self._lock = Lock()
        self._credentials: Any = None
        self._clients: dict[str, Any] = {}
        self._asking = Lock()
        self._caller: Caller | None = None
        self._asked = 0.0

    def caller(self, region: str) -> Caller:
        """Return whose credentials these are: asked when that is first needed, and again only if it is not known.

        Args:
            region: A region to ask, where the endpoint has one in it.

        Raises:
            CredentialsMissing: There are none.
        """
        with self._asking:  # the others wait here for the one answer
            caller = self._caller
            if caller is None or (not caller.account and self._clock() - self._asked >= UNKNOWN_SECONDS):
                account, problem = "", None
                try:
                    account = self._account(region)
                except CloudError as error:
                    problem = error
                caller = self._caller = Caller(account, self.connection.endpoint_kind, problem)
                self._asked = self._clock()
            return caller

    @abstractmethod
    def _account(self, region: str) -> str:
        """Ask the vendor for the id of the account whose credentials these are.

        Raises:
            CloudError: It does not say.
        """

    def forget_clients(self) -> None:
        """Make new clients for the next requests, with credentials read again."""
        with self._lock:
            self._credentials = None
            self._clients.clear()

    def _send(
        self, doing: str, region: str, action: str, params: Mapping[str, Any], *, patience: float | None = None
    ) -> dict[str, Any]:
        """Send a request until it is answered definitely, and return the answer as plain data under the API's names.

        Args:
            doing: Gerund, thing, id and region, for errors: `deleting Snapshot snap-1 in ap-beijing`.
            region: The region to ask.
            action: The API's action.
            params: Its parameters, the caller's token among them where it starts or changes something; None is left
                out.
            patience: Seconds to repeat it where the outcome is unknown or the service is busy, None for what a change
                needs; 0 makes one attempt, for a request that must not be sent twice.

        Raises:
            CloudError: Refused, or unknown after all retries (`Unavailable`, `NoAnswer`).
        """
        sent = {key: value for key, value in params.items() if value is not None}

        def attempt() -> dict[str, Any]:
            try:
                return self._in_time(doing, region, action, sent)
            except CredentialsExpired:
                self.forget_clients()  # new clients read the credential chain again
                return self._in_time(doing, region, action, sent)

        patience = retries.CHANGE_PATIENCE if patience is None else patience
        return retries.call(attempt, patience=patience, sleep=self._sleep)

    def _in_time(self, doing: str, region: str, action: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Send a request once; what does not end in time counts as lost on its way back, whatever it still does."""
        client = self._connected(region, action)
        try:
            return deadlines.within(
                deadlines.CALL_SECONDS, lambda: self._attempt(doing, client, region, action, params)
            )
        except deadlines.Overrun:
            self.forget_clients()  # it may hang in the renewal of their credentials
            message = f"{self._endpoint(client)} gave no whole answer within {deadlines.CALL_SECONDS:g} s"
            raise self._no_answer(doing, message) from None

    @abstractmethod
    def _attempt(self, doing: str, client: Any, region: str, action: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Send a request once, through a client of the region."""

    @abstractmethod
    def _client(self, region: str, credentials: Any) -> Any:
        """Make the vendor's client of a region; called when the first request is sent, since SDKs import slowly."""

    @abstractmethod
    def _host(self, client: Any) -> str:
        """Return the vendor's own host that a client asks."""

    def _connected(self, region: str, action: str) -> Any:
        """Return the client of a region when the moment of an action's request has come."""
        client = self._clients.get(region)
        if client is None:
            # Not under the lock: a metadata service that is silent keeps nobody waiting who has a client already.
            credentials = self._credentials or self._found_credentials()
            with self._lock:
                self._credentials = self._credentials or credentials
                # A client keeps the host of the region that it was made for.
                if region not in self._clients:
                    self._clients[region] = self._client(region, self._credentials)
                client = self._clients[region]
        self._pace.wait(action)
        return client

    def _found_credentials(self) -> Any:
        try:
            return deadlines.within(deadlines.CREDENTIALS_SECONDS, self.connection.credentials)
        except deadlines.Overrun:
            raise CredentialsMissing(
                f"no credentials for {self.errors.title} were found within {deadlines.CREDENTIALS_SECONDS:g} s",
                "check that the metadata service or STS can be reached, or set access keys in the environment",
            ) from None

    def _endpoint(self, client: Any) -> str:
        """Return the host that a client asks, written as the endpoint is: with or without a scheme."""
        scheme, separator, _ = (self.connection.endpoint or "").rpartition("://")
        return f"{scheme}{separator}{self._host(client)}"

    def _holds(self, action: str) -> str:
        return self.answers.get(action, "RequestId")

    def _error(self, doing: str, code: str, message: str, request_id: str, *, status: int = 0) -> CloudError:
        kind, next_step = self.errors.rule(code, status, message)
        return kind(doing=doing, code=code, message=message, request_id=request_id, next_step=next_step)

    def _no_answer(
        self, doing: str, message: str, request_id: str = "", *, code: str = "NoAnswer", next_step: str = ""
    ) -> NoAnswer:
        """Make the error of an answer that says neither yes nor no, or of none at all."""
        advice = f"check that the endpoint is one of {self.errors.title}, then run the same command again"
        return NoAnswer(doing=doing, code=code, message=message, request_id=request_id, next_step=next_step or advice)

    def _unreachable(self, doing: str, client: Any, text: str) -> Unreachable:
        """Make the error of a request that was never sent; `text` is what the HTTP library says of it."""
        return Unreachable(
            doing=doing,
            code="Unreachable",
            message=f"no connection to {self._endpoint(client)}{proxy_of(text)}",
            next_step="check the network, proxy and endpoint settings, then run the same command again",
        )
