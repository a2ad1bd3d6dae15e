"""One API call, of any cloud: admitted, put under a fault, carried out, answered, recorded.

A call is one transaction: what it changed and its record are committed together or not at all. Admission is
one of its own before that, so that no fault's delay holds the database. How a request is written, who may
call and what an answer looks like is the business of the vendor's gateway; no vendor's rules belong here.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl

from werkzeug.wrappers import Request, Response

from sandbox.alibaba.signatures import SignedRequest
from sandbox.core.accounts import Accounts
from sandbox.core.api_error import ApiError
from sandbox.core.calls import Calls, harmless
from sandbox.core.clock import Clock, iso_milliseconds
from sandbox.core.faults import Fault, Faults
from sandbox.core.settings import Settings
from sandbox.core.store import Store

log = logging.getLogger("sandbox.calls")
NON_JSON = "<html><body><h1>502 Bad Gateway</h1></body></html>"
SILENT_PAUSE = 0.2
"""Seconds between two looks at whether a fault still holds a call."""
Pause = Callable[[float], None]
Deed = Callable[[float], dict[str, Any]]
"""What an admitted call does at a moment: the fields of its answer, or ApiError."""


class DroppedConnectionError(ConnectionAbortedError):
    """Ends the connection without an answer: the server takes it for a client that went away."""


@dataclass
class Attempt:
    """What is known so far about a request, for its record."""

    request_id: str
    action: str | None
    region: str | None
    params: Mapping[str, str]
    """As a fault's `params` name them."""
    service_name: str | None = None
    account: str | None = None
    fault: Fault | None = None


A = TypeVar("A", bound=Attempt)


@dataclass(frozen=True)
class Shared:
    """What gateways, services and the control plane work with."""

    store: Store
    clock: Clock
    accounts: Accounts
    settings: Settings
    faults: Faults
    calls: Calls
    pause: Pause


class Gateway(ABC, Generic[A]):
    """Answers every call of one vendor."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    @abstractmethod
    def read(self, request: Request) -> A:
        """What a request says, not yet verified; must not fail."""

    @abstractmethod
    def admit(self, attempt: A) -> Deed:
        """What the call does, with service and account noted in the attempt; ApiError when it is not admitted."""

    @abstractmethod
    def success(self, attempt: A, body: dict[str, Any]) -> Response:
        """The answer of a call that was carried out."""

    @abstractmethod
    def failure(self, attempt: A, error: ApiError) -> Response:
        """The answer of a call that was refused."""

    @abstractmethod
    def own_failure(self) -> ApiError:
        """The error to answer when the sandbox itself failed."""

    @abstractmethod
    def ordered_error(self, attempt: A, fault: Fault) -> ApiError:
        """The error of a fault; what it leaves open comes from the API reference."""

    @abstractmethod
    def destination(self, attempt: A) -> dict[str, Any]:
        """The fields of a call's record that say where it copies to."""

    def answer(self, request: Request) -> Response:
        """The answer to a request; raises DroppedConnectionError when a fault wants none."""
        attempt = self.read(request)
        try:
            with self._shared.store.transaction():
                deed = self.admit(attempt)
                attempt.fault = self._shared.faults.take(
                    attempt.service_name or "", attempt.action or "", attempt.params, attempt.region
                )
        except Exception as error:  # noqa: BLE001 - it is logged there, or it is an answer
            return self._refuse(attempt, error)
        return self._under_fault(attempt, deed)

    def _under_fault(self, attempt: A, deed: Deed) -> Response:
        match attempt.fault:
            case Fault(kind="drop_before"):
                self._record(attempt, None, None)
                raise DroppedConnectionError
            case Fault(kind="silent") as fault:
                self._record(attempt, None, None)
                while self._shared.faults.holds(fault):
                    self._shared.pause(SILENT_PAUSE)
                raise DroppedConnectionError
            case Fault(kind="non_json", status=status):
                self._record(attempt, status or 502, None)
                return Response(NON_JSON, status or 502, content_type="text/html")
            case Fault(kind="http_error" | "throttle" | "error") as fault:
                return self._refuse(attempt, self.ordered_error(attempt, fault))
            case Fault(kind="delay", when="before", seconds=seconds):
                self._shared.pause(seconds or 0)
        response = self._carry_out(attempt, deed)
        match attempt.fault:
            case Fault(kind="delay", when="after", seconds=seconds):
                self._shared.pause(seconds or 0)
            case Fault(kind="drop_after"):
                raise DroppedConnectionError
        return response

    def _carry_out(self, attempt: A, deed: Deed) -> Response:
        with self._shared.store.transaction():
            try:
                with self._shared.store.transaction():
                    body = deed(self._shared.clock.now())
            except Exception as error:  # noqa: BLE001 - it is logged there, or it is an answer
                return self._refuse(attempt, error)
            self._record(attempt, 200, None)
            return self.success(attempt, body)

    def _refuse(self, attempt: A, error: Exception) -> Response:
        if not isinstance(error, ApiError):
            log.error("the sandbox itself failed in %s", attempt.action, exc_info=error)
            error = self.own_failure()
        self._record(attempt, error.status, error.code)
        return self.failure(attempt, error)

    def _record(self, attempt: A, status: int | None, code: str | None) -> None:
        entry: dict[str, Any] = {
            "time": iso_milliseconds(self._shared.clock.now()),
            "region": attempt.region,
            **self.destination(attempt),
            "status": status,
            "code": code,
            "request_id": attempt.request_id,
            "account": attempt.account,
            "fault": attempt.fault.kind if attempt.fault else None,
            "params": harmless(attempt.params),
        }
        with self._shared.store.transaction():
            self._shared.calls.record(attempt.service_name, attempt.action, entry)
        log.info("%s %s %s -> %s %s", attempt.service_name, attempt.action, attempt.region, status, code or "")


def signed_request(request: Request) -> SignedRequest:
    """What a signature can cover, as it arrived."""
    raw_query = request.query_string.decode("utf-8", "replace")
    return SignedRequest(
        method=request.method,
        path=request.path,
        query=tuple(parse_qsl(raw_query, keep_blank_values=True)),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.get_data(),
        raw_query=raw_query,
    )
