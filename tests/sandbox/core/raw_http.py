"""Signed calls made by hand, for what the SDK would never send.

The signatures are written from their specifications, so that the sandbox is not checked against itself.
"""

import base64
import hashlib
import hmac
import http.client
import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from sandbox.core.accounts import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from sandbox.core.server import SandboxServer


@dataclass
class RawCall:
    """A call whose every part can be put wrong before or after it is signed."""

    action: str = "DescribeDataCaches"
    version: str = "2018-08-08"
    query: dict[str, str] = field(default_factory=lambda: {"RegionId": "cn-beijing"})
    body: bytes = b""
    content_type: str | None = None
    method: str = "POST"
    path: str = "/"
    key: str = ACCESS_KEY_ID
    secret: str = ACCESS_KEY_SECRET
    age: timedelta = timedelta()
    token: str | None = None
    unsigned: tuple[str, ...] = ()
    """Headers left out of the signature."""
    host: str = "eci.aliyuncs.com"

    def headers(self) -> dict[str, str]:
        """Headers with a good signature."""
        date = datetime.now(UTC) - self.age
        headers = {
            "host": self.host,
            "x-acs-action": self.action,
            "x-acs-version": self.version,
            "x-acs-date": date.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-content-sha256": hashlib.sha256(self.body).hexdigest(),
        }
        if self.token is not None:
            headers["x-acs-security-token"] = self.token
        if self.content_type is not None:
            headers["content-type"] = self.content_type
        signed = sorted(name for name in headers if name not in self.unsigned)
        query = "&".join(
            f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(self.query.items())
        )
        lines = [self.method, self.path, query, *(f"{name}:{headers[name]}" for name in signed), ""]
        canonical = "\n".join([*lines, ";".join(signed), headers["x-acs-content-sha256"]])
        to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
        signature = hmac.new(self.secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
        headers["Authorization"] = (
            f"ACS3-HMAC-SHA256 Credential={self.key},SignedHeaders={';'.join(signed)},Signature={signature}"
        )
        return headers

    def send(self, server: SandboxServer, **changes: str | None) -> tuple[int, dict[str, Any]]:
        """Sign and send; `changes` to headers (with _ for -) come after signing, None removes one."""
        headers = self.headers()
        for name, value in changes.items():
            headers.pop(name.replace("_", "-"), None)
            if value is not None:
                headers[name.replace("_", "-")] = value
        return self.transmit(server, headers)

    def transmit(self, server: SandboxServer, headers: dict[str, str], prefix: str = "") -> tuple[int, dict[str, Any]]:
        """Send with the headers given; `prefix` makes an absolute-form target."""
        target = f"{prefix}{self.path}?{urlencode(self.query)}"
        return transmit(server, self.method, target, self.body, headers)


@dataclass
class V1Call:
    """A call signed with V1; parameters stand in the query, in a form body, or in both."""

    action: str = "DescribeImages"
    version: str = "2014-05-26"
    query: dict[str, str] = field(default_factory=lambda: {"RegionId": "cn-beijing"})
    form: dict[str, str] = field(default_factory=dict)
    method: str = "POST"
    key: str = ACCESS_KEY_ID
    secret: str = ACCESS_KEY_SECRET
    age: timedelta = timedelta()
    token: str | None = None
    changes: dict[str, str | None] = field(default_factory=dict)
    """Common parameters that are put wrong before the signature is made; None leaves one out."""
    headers: dict[str, str] = field(default_factory=dict)
    host: str = "ecs.aliyuncs.com"

    def signed(self) -> dict[str, str]:
        """The whole query, with a good signature over query and form."""
        stamp = (datetime.now(UTC) - self.age).strftime("%Y-%m-%dT%H:%M:%SZ")
        common: dict[str, str | None] = {
            "Action": self.action,
            "Version": self.version,
            "Format": "JSON",
            "AccessKeyId": self.key,
            "SecurityToken": self.token,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureType": "",
            "SignatureVersion": "1.0",
            "SignatureNonce": uuid.uuid4().hex,
            "Timestamp": stamp,
        }
        query = {name: value for name, value in (common | self.changes).items() if value is not None} | self.query
        pairs = sorted((query | self.form).items())
        canonical = "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)
        to_sign = f"{self.method}&%2F&{quote(canonical, safe='~')}"
        digest = hmac.new(f"{self.secret}&".encode(), to_sign.encode(), hashlib.sha1).digest()
        return query | {"Signature": base64.b64encode(digest).decode()}

    def send(self, server: SandboxServer, prefix: str = "") -> tuple[int, dict[str, Any]]:
        """Sign and send; `prefix` makes an absolute-form target."""
        return self.transmit(server, self.signed(), prefix)

    def transmit(self, server: SandboxServer, query: dict[str, str], prefix: str = "") -> tuple[int, dict[str, Any]]:
        """Send with the query given."""
        content = {"content-type": "application/x-www-form-urlencoded"}
        headers = {"host": self.host} | content | self.headers
        target = f"{prefix}/?{urlencode(query)}"
        return transmit(server, self.method, target, urlencode(self.form).encode(), headers)


def transmit(
    server: SandboxServer, method: str, target: str, body: bytes, headers: dict[str, str]
) -> tuple[int, dict[str, Any]]:
    """Send a request as it stands; answers the status and the JSON of the answer."""
    status, _, text = exchange(server, method, target, body, headers)
    return status, json.loads(text)


def exchange(
    server: SandboxServer, method: str, target: str, body: bytes, headers: dict[str, str]
) -> tuple[int, str, bytes]:
    """The same; answers status, content type and text."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    try:
        connection.request(method, target, body, headers)
        response = connection.getresponse()
        return response.status, response.headers["Content-Type"], response.read()
    finally:
        connection.close()
