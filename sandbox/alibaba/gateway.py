"""Alibaba Cloud's side of the gateway: RPC requests, its authentication, its answers."""

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

from werkzeug.wrappers import Request, Response

from sandbox.alibaba.authentication import Authentication
from sandbox.alibaba.errors import gateway_error, invalid_parameter, missing_parameter
from sandbox.alibaba.rpc import Call, Service
from sandbox.alibaba.signatures import SignedRequest
from sandbox.core.api_error import ApiError
from sandbox.core.faults import Fault
from sandbox.core.gateway import Attempt, Deed, Gateway, Shared, signed_request

FORMS = ("JSON", "XML")
_NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(kw_only=True)
class RpcAttempt(Attempt):
    """A request in RPC style."""

    params: dict[str, str]
    signed: SignedRequest
    version: str | None
    service: Service | None = None

    @property
    def form(self) -> str:
        """The form of the answer: JSON by default."""
        return (self.params.get("Format") or "JSON").upper()


class AlibabaGateway(Gateway[RpcAttempt]):
    """Answers every RPC call."""

    def __init__(self, shared: Shared, authentication: Authentication, services: Sequence[Service]) -> None:
        super().__init__(shared)
        self._authentication = authentication
        self._services = services

    def read(self, request: Request) -> RpcAttempt:
        """The parameters from query and form together; action and version also from headers."""
        signed = signed_request(request)
        params = dict([*signed.query, *signed.form])
        return RpcAttempt(
            request_id=str(uuid.uuid4()).upper(),
            action=signed.headers.get("x-acs-action") or params.get("Action"),
            region=params.get("RegionId"),
            params=params,
            signed=signed,
            version=signed.headers.get("x-acs-version") or params.get("Version"),
        )

    def admit(self, attempt: RpcAttempt) -> Deed:
        """Find the action before looking at the signature."""
        action = attempt.action
        if attempt.signed.method not in {"GET", "POST"}:
            raise gateway_error("UnsupportedHTTPMethod")
        if action is None:
            raise missing_parameter("Action")
        offering = [service for service in self._services if action in service.actions]
        if attempt.signed.path != "/" or not offering:
            raise gateway_error("InvalidAction.NotFound")
        service = next((one for one in offering if one.version == attempt.version), None)
        if service is None:
            raise gateway_error("InvalidVersion")
        attempt.service, attempt.service_name = service, service.name
        if attempt.form not in FORMS:
            raise invalid_parameter("Format", f"it must be one of {', '.join(FORMS)}")
        key = self._authentication.admit(attempt.signed)
        attempt.account = key.account
        if not key.may(service.name, action):
            raise service.denied(action)
        handler = service.actions[action]
        return lambda now: handler(Call(service.name, action, attempt.params, key, now))

    def success(self, attempt: RpcAttempt, body: dict[str, Any]) -> Response:
        """Status 200."""
        return _respond(attempt, {"RequestId": attempt.request_id} | body, 200, f"{attempt.action}Response")

    def failure(self, attempt: RpcAttempt, error: ApiError) -> Response:
        """Never status 200, unless a fault orders it."""
        service = attempt.service or self._services[0]
        troubleshoot = f"q={quote(error.code)}&product={service.product}&requestId={attempt.request_id}"
        body = {
            "RequestId": attempt.request_id,
            "HostId": service.host,
            "Code": error.code,
            "Message": error.message,
            "Recommend": f"https://api.aliyun.com/troubleshoot?{troubleshoot}",
        }
        response = _respond(attempt, body, error.status, "Error")
        if attempt.fault and attempt.fault.retry_after_ms is not None:
            response.headers["x-acs-retry-after"] = str(attempt.fault.retry_after_ms)
        return response

    def own_failure(self) -> ApiError:
        """What the vendor answers for its own failures."""
        return gateway_error("InternalError")

    def ordered_error(self, attempt: RpcAttempt, fault: Fault) -> ApiError:
        """From the API reference, unless the fault says otherwise."""
        usual = {"throttle": "Throttling.User", "http_error": "ServiceUnavailable"}.get(fault.kind)
        if usual:
            default = gateway_error(usual)
        else:
            documented = attempt.service.documented if attempt.service else {}
            status, message = documented.get(fault.code or "", (400, "Ordered by a fault."))
            default = ApiError(fault.code or "", message, status)
        return ApiError(fault.code or default.code, fault.message or default.message, fault.status or default.status)

    def destination(self, attempt: RpcAttempt) -> dict[str, Any]:
        """Alibaba Cloud's copies have one destination."""
        return {"destination_region": attempt.params.get("DestinationRegionId")}


def _respond(attempt: RpcAttempt, body: dict[str, Any], status: int, root: str) -> Response:
    headers = {"x-acs-request-id": attempt.request_id}
    if attempt.form != "XML":
        return Response(json.dumps(body), status, headers, content_type="application/json;charset=utf-8")
    element = ET.Element(root)
    _fill(element, body)
    text = ET.tostring(element, encoding="UTF-8", xml_declaration=True)
    return Response(text, status, headers, content_type="text/xml;charset=utf-8")


def _fill(element: ET.Element, fields: Mapping[str, Any]) -> None:
    """Write each field as an element of its name, a list as one element for each entry."""
    for name, value in fields.items():
        for entry in value if isinstance(value, list) else [value]:
            inner = ET.SubElement(element, name)
            if isinstance(entry, dict):
                _fill(inner, entry)
            else:
                text = entry if isinstance(entry, str) else json.dumps(entry)
                inner.text = _NOT_XML.sub("\ufffd", text)
