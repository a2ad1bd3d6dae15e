"""Alibaba Cloud's RPC style: how parameters are spelt and what answers look like.

Only the form is here; which parameters an action has is the service's business. A parameter that no action
reads is ignored, as the real gateway does.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

from werkzeug.wrappers import Response

from sandbox.alibaba import errors as alibaba_errors
from sandbox.alibaba.signatures import SIGNATURE_PARAMETERS
from sandbox.core import regions
from sandbox.core.accounts import AccessKey
from sandbox.core.api_error import ApiError
from sandbox.core.inventory import Inventory

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DIGITS = re.compile(r"[0-9]+")
_LAST = 9999
"""No list has more entries."""
_NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
COMMON = SIGNATURE_PARAMETERS | {"Action", "Version", "Format"}
"""What any call may have next to the parameters of its action."""


class Parameters:
    """The parameters of one call, from the query and the form body together."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.raw = dict(pairs)

    def text(self, name: str) -> str | None:
        """A parameter as it was sent, None when absent."""
        return self.raw.get(name)

    def own(self) -> dict[str, str]:
        """The parameters of the action itself: the same in every attempt of a client that signs each anew."""
        return {name: value for name, value in self.raw.items() if name not in COMMON}

    def required(self, name: str) -> str:
        """A parameter that must be there and not be empty."""
        value = self.raw.get(name)
        if not value:
            raise alibaba_errors.missing_parameter(name)
        return value

    def matching(self, name: str, pattern: str, form: str) -> str | None:
        """A parameter that must match a pattern if it is there; `form` says in words what is expected."""
        value = self.raw.get(name)
        if value is not None and not re.fullmatch(pattern, value, re.DOTALL):
            raise alibaba_errors.invalid_parameter(name, f"it must be {form}")
        return value

    def one_of(self, name: str, allowed: tuple[str, ...]) -> str | None:
        """A parameter with listed values."""
        value = self.raw.get(name)
        if value is not None and value not in allowed:
            raise alibaba_errors.invalid_parameter(name, f"it must be one of {', '.join(allowed)}")
        return value

    def integer(self, name: str, low: int, high: int) -> int | None:
        """A whole number within bounds, both included."""
        value = self.raw.get(name)
        if value is None:
            return None
        if not _INTEGER.fullmatch(value) or not low <= int(value) <= high:
            raise alibaba_errors.invalid_parameter(name, f"it must be an integer from {low} to {high}")
        return int(value)

    def boolean(self, name: str) -> bool:
        """A truth value, False when absent; the Python SDK sends True, the Go SDK true."""
        value = self.raw.get(name) or "false"
        if value.lower() not in {"true", "false"}:
            raise alibaba_errors.invalid_parameter(name, "it must be true or false")
        return value.lower() == "true"

    def texts(self, name: str) -> list[str]:
        """A list: Name.1, Name.2 and so on, by number; a gap in the numbers does not count."""
        return [self.raw[f"{name}.{number}"] for number in self._numbers(name, "")]

    def records(self, name: str, fields: tuple[str, ...]) -> list[dict[str, str]]:
        """A list of objects: Name.1.Key, Name.1.Value and so on, by number; a gap in the numbers does not count."""
        numbers = sorted({number for field in fields for number in self._numbers(name, f".{field}")})
        return [
            {field: self.raw[sent] for field in fields if (sent := f"{name}.{number}.{field}") in self.raw}
            for number in numbers
        ]

    def _numbers(self, name: str, ending: str) -> list[int]:
        """The numbers under which entries of a list were sent; any other spelling of a list is refused."""
        start, numbers = f"{name}.", []
        for sent in self.raw:
            if sent == name:
                raise alibaba_errors.invalid_parameter(name, f"it is a list: {name}.1{ending} and so on")
            written = sent.removeprefix(start).removesuffix(ending)
            if sent != f"{start}{written}{ending}" or not _DIGITS.fullmatch(written):
                continue
            if written.startswith("0") or len(written) > len(str(_LAST)):
                raise alibaba_errors.invalid_parameter(name, f"its entries are numbered from 1, not {written[:20]}")
            numbers.append(int(written))
        return sorted(numbers)

    def mapping(self, name: str) -> dict[str, str]:
        """A map: Name.<key>, where a key may be written as #<length of the key>#<key>."""
        found = {}
        for parameter, value in self.raw.items():
            if parameter.startswith(f"{name}."):
                found[_map_key(parameter.removeprefix(f"{name}."), name)] = value
        return found

    def has_any(self, *names: str) -> bool:
        """Whether one of the parameters, or a field inside one of them, was sent."""
        return any(sent == name or sent.startswith(f"{name}.") for sent in self.raw for name in names)


def _map_key(written: str, name: str) -> str:
    if not written.startswith("#"):
        return written
    match = re.fullmatch(r"#([0-9]{1,4})#(.+)", written, re.DOTALL)
    if match is None or int(match[1]) != len(match[2]):
        raise alibaba_errors.invalid_parameter(name, f"the length in the key {written} is not the key's")
    return match[2]


def known_region(params: Parameters, name: str = "RegionId") -> str:
    """A region that must be given and exist."""
    region = params.required(name)
    if region not in regions.ALIBABA:
        raise alibaba_errors.unknown_region(name)
    return region


@dataclass(frozen=True)
class Call:
    """One admitted call of one action."""

    service: str
    action: str
    params: Parameters
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
    denied: Callable[[str], ApiError] = field(default=lambda _action: alibaba_errors.forbidden_for_user())
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
