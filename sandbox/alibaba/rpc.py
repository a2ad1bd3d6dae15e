"""Alibaba Cloud's RPC style: calls, services, and what answers look like.

How the parameters of a call become a typed request is in `request`.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

from werkzeug.wrappers import Response

from sandbox.alibaba.errors import gateway_error
from sandbox.core.accounts import AccessKey
from sandbox.core.api_error import ApiError
from sandbox.core.inventory import Inventory

_NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Call:
    """One admitted call of one action."""

    service: str
    action: str
    params: dict[str, str]
    """As they were sent, in the query and the form body together."""
    key: AccessKey
    """Who calls."""
    now: float

    @property
    def account(self) -> str:
        """The account that the key belongs to."""
        return self.key.account


Handler = Callable[[Call], dict[str, Any]]
Documented = Mapping[str, tuple[int, str]]


@dataclass(frozen=True)
class Service:
    """A service as the gateway sees it: a version and a table of actions."""

    name: str
    product: str
    host: str
    version: str
    actions: Mapping[str, Handler]
    inventory: Inventory
    """What the service holds at a moment: region -> resources, for the control plane."""
    documented: Documented = field(default_factory=dict)
    """The API reference's errors, code -> status and message, for faults that give only a code."""
    denied: Callable[[str], ApiError] = field(default=lambda _action: gateway_error("Forbidden.SubUser"))
    """The error for a RAM user to whom an action is denied."""


def success(body: dict[str, Any], request_id: str, action: str, form: str) -> Response:
    """An answer of status 200, in JSON or XML."""
    return _respond({"RequestId": request_id} | body, 200, request_id, f"{action}Response", form)


def failure(error: ApiError, request_id: str, service: Service, form: str) -> Response:
    """An error as the SDKs expect it: never status 200."""
    troubleshoot = f"q={quote(error.code)}&product={service.product}&requestId={request_id}"
    body = {
        "RequestId": request_id,
        "HostId": service.host,
        "Code": error.code,
        "Message": error.message,
        "Recommend": f"https://api.aliyun.com/troubleshoot?{troubleshoot}",
    }
    return _respond(body, error.status, request_id, "Error", form)


def _respond(body: dict[str, Any], status: int, request_id: str, root: str, form: str) -> Response:
    headers = {"x-acs-request-id": request_id}
    if form != "XML":
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
