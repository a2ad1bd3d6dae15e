"""The way of one Alibaba Cloud API call: admitted, put under a fault, carried out, answered.

A call is one transaction: what it changed, its client token and its record are committed together or not at
all. Admission is one of its own before that, so that no fault's delay holds the database.
"""

import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.wrappers import Request, Response

from sandbox import alibaba_errors
from sandbox.accounts import AccessKey
from sandbox.alibaba_errors import ApiError
from sandbox.alibaba_rpc import Call, Parameters, Service, failure, success
from sandbox.authentication import Authentication
from sandbox.calls import Calls, harmless
from sandbox.clock import Clock, iso_milliseconds
from sandbox.faults import Fault, Faults
from sandbox.signatures import SignedRequest
from sandbox.store import Store

log = logging.getLogger("sandbox.calls")
NON_JSON = "<html><body><h1>502 Bad Gateway</h1></body></html>"
Pause = Callable[[float], None]


class DroppedConnectionError(ConnectionAbortedError):
    """Ends the connection without an answer: the server takes it for a client that went away."""


@dataclass
class Attempt:
    """What is known so far about a request, for its record."""

    request_id: str
    params: Parameters
    action: str | None
    version: str | None
    service: Service | None = None
    account: str | None = None
    key: AccessKey | None = None
    fault: Fault | None = None


class AlibabaGateway:
    """Answers every RPC call."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        authentication: Authentication,
        faults: Faults,
        calls: Calls,
        services: Sequence[Service],
        pause: Pause,
    ) -> None:
        self._store = store
        self._clock = clock
        self._authentication = authentication
        self._faults = faults
        self._calls = calls
        self._services = services
        self._pause = pause

    def answer(self, request: Request) -> Response:
        """The answer to a request; raises DroppedConnectionError when a fault wants none."""
        signed, params = _read(request)
        attempt = Attempt(
            request_id=str(uuid.uuid4()).upper(),
            params=params,
            action=signed.headers.get("x-acs-action") or params.text("Action"),
            version=signed.headers.get("x-acs-version") or params.text("Version"),
        )
        try:
            with self._store.transaction():
                self._admit(attempt, signed)
        except ApiError as error:
            return self._refuse(attempt, error)
        return self._under_fault(attempt)

    def _admit(self, attempt: Attempt, signed: SignedRequest) -> None:
        if signed.method not in {"GET", "POST"}:
            raise alibaba_errors.method_not_allowed()
        if attempt.action is None:
            raise alibaba_errors.missing_parameter("Action")
        offering = [service for service in self._services if attempt.action in service.actions]
        if signed.path != "/" or not offering:
            raise alibaba_errors.action_not_found()
        attempt.service = next((one for one in offering if one.version == attempt.version), None)
        if attempt.service is None:
            raise alibaba_errors.invalid_version()
        key = self._authentication.admit(signed)
        attempt.account, attempt.key = key.account, key
        self._authentication.permit(key, attempt.service, attempt.action)
        attempt.fault = self._faults.take(attempt.service.name, attempt.action, attempt.params.raw)

    def _under_fault(self, attempt: Attempt) -> Response:
        match attempt.fault:
            case Fault(kind="drop_before"):
                self._record(attempt, None, None)
                raise DroppedConnectionError
            case Fault(kind="non_json", status=status):
                return self._stand_in(attempt, Response(NON_JSON, status or 502, content_type="text/html"))
            case Fault(kind="http_error" | "throttle" | "error") as fault:
                response = self._refuse(attempt, _ordered_error(fault, attempt.service))
                if fault.retry_after_ms is not None:
                    response.headers["x-acs-retry-after"] = str(fault.retry_after_ms)
                return response
            case Fault(kind="delay", when="before", seconds=seconds):
                self._pause(seconds or 0)
                return self._carry_out(attempt)
            case Fault(kind="delay", when="after", seconds=seconds):
                response = self._carry_out(attempt)
                self._pause(seconds or 0)
                return response
            case Fault(kind="drop_after"):
                self._carry_out(attempt)
                raise DroppedConnectionError
        return self._carry_out(attempt)

    def _carry_out(self, attempt: Attempt) -> Response:
        if attempt.service is None or attempt.action is None or attempt.key is None:
            raise AssertionError("carried out before it was admitted")
        handler = attempt.service.actions[attempt.action]
        with self._store.transaction():
            key, now = attempt.key, self._clock.now()
            call = Call(attempt.service.name, attempt.action, attempt.params, key.account, now, key)
            try:
                with self._store.transaction():
                    body = handler(call)
            except ApiError as error:
                return self._refuse(attempt, error)
            except Exception:
                log.exception("the sandbox itself failed in %s", attempt.action)
                message = "The request processing has failed due to some unknown error."
                return self._refuse(attempt, ApiError("InternalError", message, 500))
            self._record(attempt, 200, None)
            return success(body, attempt.request_id)

    def _refuse(self, attempt: Attempt, error: ApiError) -> Response:
        self._record(attempt, error.status, error.code)
        return failure(error, attempt.request_id, attempt.service or self._services[0])

    def _stand_in(self, attempt: Attempt, response: Response) -> Response:
        self._record(attempt, response.status_code, None)
        return response

    def _record(self, attempt: Attempt, status: int | None, code: str | None) -> None:
        params = attempt.params
        entry: dict[str, Any] = {
            "time": iso_milliseconds(self._clock.now()),
            "region": params.text("RegionId"),
            "destination_region": params.text("DestinationRegionId"),
            "status": status,
            "code": code,
            "request_id": attempt.request_id,
            "account": attempt.account,
            "fault": attempt.fault.kind if attempt.fault else None,
            "params": harmless(params.raw),
        }
        service = attempt.service.name if attempt.service else None
        with self._store.transaction():
            self._calls.record(service, attempt.action, entry)
        log.info("%s %s %s -> %s %s", service, attempt.action, entry["region"], status, code or "")


def _read(request: Request) -> tuple[SignedRequest, Parameters]:
    body = request.get_data()
    query = parse_qsl(request.query_string.decode("utf-8", "replace"), keep_blank_values=True)
    signed = SignedRequest(
        method=request.method,
        path=request.path,
        query=tuple(query),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
    )
    return signed, Parameters(query + signed.form)


def _ordered_error(fault: Fault, service: Service | None) -> ApiError:
    """The error of a fault; what it leaves open comes from the API reference."""
    if fault.kind == "throttle":
        default = alibaba_errors.throttled()
    elif fault.kind == "http_error":
        message = "The request has failed due to a temporary failure of the server."
        default = ApiError("ServiceUnavailable", message, 503)
    else:
        documented = service.documented if service else {}
        status, message = documented.get(fault.code or "", (400, "Ordered by a fault."))
        default = ApiError(fault.code or "", message, status)
    return ApiError(fault.code or default.code, fault.message or default.message, fault.status or default.status)
