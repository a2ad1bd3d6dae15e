"""Tencent Cloud's side of the gateway: its requests, its authentication, its answers.

Every answer of the API has status 200, also a refusal. What the reference leaves open: the region is required
by every action but those of the Tag service (an older page of CopySnapshotCrossRegions says that it is not), a
limit counts the requests of an account to one action in all regions together, a path other than / is an
unknown action, and a body of another type than JSON is InvalidParameter.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Request, Response

from sandbox.alibaba.signatures import SignedRequest
from sandbox.core.api_error import ApiError
from sandbox.core.faults import Fault
from sandbox.core.gateway import Attempt, Deed, Gateway, Shared, signed_request
from sandbox.tencent import authentication
from sandbox.tencent.api import REGIONS, Call, Parameters, Service, from_json, from_pairs, respond
from sandbox.tencent.errors import COMMON, OK, common, unreadable
from sandbox.tencent.signatures import FormSignature, Scheme, Tc3

COMMON_PARAMETERS = frozenset(
    {
        *("Action", "Version", "Region", "Timestamp", "Nonce", "SecretId", "Signature", "SignatureMethod", "Token"),
        *("Language", "RequestClient"),
    }
)


@dataclass(kw_only=True)
class TencentAttempt(Attempt):
    """A request in the style of API 3.0."""

    signed: SignedRequest
    scheme: Scheme
    version: str | None
    parameters: Parameters
    unreadable: ApiError | None
    """Set when the body is not what it should be; reported only to callers that are admitted."""
    service: Service | None = None


class TencentGateway(Gateway[TencentAttempt]):
    """Answers every call of API 3.0."""

    def __init__(self, shared: Shared, services: Sequence[Service]) -> None:
        super().__init__(shared)
        self._services = services
        self._versions = frozenset(service.version for service in services)

    def recognises(self, request: Request) -> bool:
        """Whether a request is meant for Tencent Cloud; the host does not show it."""
        if request.headers.get("Authorization", "").startswith(Tc3.algorithm):
            return True
        if any(name.lower().startswith("x-tc-") for name, _ in request.headers):
            return True
        signed = signed_request(request)
        sent = dict([*signed.query, *signed.form])
        return (
            "SecretId" in sent
            or sent.get("SignatureMethod") in FormSignature.digests
            or sent.get("Version") in self._versions  # without any credentials; no other vendor here has them
        )

    def read(self, request: Request) -> TencentAttempt:
        """Headers and JSON, or all of it in the query or a form."""
        signed = signed_request(request)
        pairs = list(signed.query) if request.method == "GET" else signed.form
        headers = signed.headers
        by_header = "x-tc-action" in headers or headers.get("authorization", "").startswith(Tc3.algorithm)
        of_headers = {name: headers.get(f"x-tc-{name.lower()}") for name in ("Action", "Version", "Region")}
        sent: Mapping[str, str | None] = of_headers if by_header else dict(pairs)
        parameters, problem = Parameters({}, typed=False), None
        if not by_header:
            parameters = from_pairs((name, value) for name, value in pairs if name not in COMMON_PARAMETERS)
        elif request.method == "GET":
            parameters = from_pairs(pairs)
        elif request.mimetype != "application/json":
            problem = unreadable("The request content type must be application/json")
        else:
            try:
                parameters = from_json(signed.body)
            except ApiError as error:
                problem = error
        return TencentAttempt(
            request_id=str(uuid.uuid4()),
            action=sent.get("Action"),
            region=sent.get("Region"),
            params=parameters.flat(),
            signed=signed,
            scheme=Tc3() if by_header else FormSignature(dict(pairs)),
            version=sent.get("Version"),
            parameters=parameters,
            unreadable=problem,
        )

    def admit(self, attempt: TencentAttempt) -> Deed:
        """Find the action, look at the signature, count the request."""
        action = attempt.action
        if attempt.signed.method not in {"GET", "POST"}:
            raise common("UnsupportedProtocol")
        if not action:
            raise common("MissingParameter", "Action")
        if not attempt.version:
            raise common("MissingParameter", "Version")
        offering = [service for service in self._services if action in service.actions]
        if attempt.signed.path != "/" or not offering:
            raise common("InvalidAction", action)
        service = next((one for one in offering if one.version == attempt.version), None)
        if service is None:
            raise common("NoSuchVersion")
        attempt.service, attempt.service_name = service, service.name
        key = authentication.admit(self._shared, attempt.signed, attempt.scheme, service.name, action)
        attempt.account = key.account
        authentication.count(self._shared, key.account, service, action)
        if attempt.unreadable:
            raise attempt.unreadable
        handler = service.actions[action]

        def deed(now: float) -> dict[str, Any]:
            if service.needs_region and not attempt.region:
                raise common("MissingParameter", "Region")
            if attempt.region and attempt.region not in REGIONS:
                raise common("UnsupportedRegion", attempt.region)
            return handler(Call(service.name, action, attempt.parameters, attempt.region or "", key, now))

        return deed

    def success(self, attempt: TencentAttempt, body: dict[str, Any]) -> Response:
        """Status 200."""
        return respond(body, 200, attempt.request_id)

    def failure(self, attempt: TencentAttempt, error: ApiError) -> Response:
        """Status 200 too, unless a fault wants another."""
        body = {"Error": {"Code": error.code, "Message": error.message}}
        return respond(body, error.status, attempt.request_id)

    def own_failure(self) -> ApiError:
        """What the vendor answers for its own failures."""
        return common("InternalError")

    def ordered_error(self, attempt: TencentAttempt, fault: Fault) -> ApiError:
        """From the API reference, unless the fault says otherwise."""
        usual = {"throttle": "RequestLimitExceeded", "http_error": "ServiceUnavailable"}
        code, status = fault.code or usual.get(fault.kind, ""), 503 if fault.kind == "http_error" else OK
        messages = {**COMMON, **(attempt.service.documented if attempt.service else {})}
        return ApiError(code, fault.message or messages.get(code, "Ordered by a fault."), fault.status or status)

    def destination(self, attempt: TencentAttempt) -> dict[str, Any]:
        """Tencent Cloud's copies may have several destinations."""
        regions = attempt.parameters.tree.get("DestinationRegions")
        return {"destination_regions": regions if isinstance(regions, list) else []}
