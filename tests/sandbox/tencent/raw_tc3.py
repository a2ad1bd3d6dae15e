"""Calls to Tencent Cloud signed by hand, for what the SDK would never send and for what it hides.

The signature is written from its specification, so that the sandbox is not checked against itself.
"""

import hashlib
import hmac
import http.client
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.core.accounts import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from sandbox.core.server import SandboxServer


@dataclass
class Answer:
    """What came over the wire."""

    status: int
    content_type: str | None
    body: Any

    @property
    def code(self) -> str | None:
        """The code of the error, None for a success."""
        error = self.body["Response"].get("Error")
        return None if error is None else str(error["Code"])


@dataclass
class Tc3Call:
    """A call whose every part can be put wrong before or after it is signed."""

    action: str = "DescribeSnapshots"
    version: str = "2017-03-12"
    region: str | None = "ap-guangzhou"
    body: Any = field(default_factory=dict)
    """Bytes are sent as they are, anything else as JSON."""
    content_type: str = "application/json"
    method: str = "POST"
    path: str = "/"
    query: str = ""
    service: str = "cbs"
    key: str = ACCESS_KEY_ID
    secret: str = ACCESS_KEY_SECRET
    age: float = 0
    date: str | None = None
    token: str | None = None
    signed: tuple[str, ...] = ("content-type", "host")
    host: str = "cbs.tencentcloudapi.com"

    def payload(self) -> bytes:
        """The body as it is sent."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()

    def headers(self) -> dict[str, str]:
        """Headers with a good signature."""
        timestamp = int(time.time() - self.age)
        date = self.date or datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d")
        headers = {
            "host": self.host,
            "content-type": self.content_type,
            "x-tc-action": self.action,
            "x-tc-version": self.version,
            "x-tc-timestamp": str(timestamp),
        }
        if self.region is not None:
            headers["x-tc-region"] = self.region
        if self.token is not None:
            headers["x-tc-token"] = self.token
        lines = "".join(f"{name}:{headers[name].lower()}\n" for name in self.signed)
        payload = b"" if self.method == "GET" else self.payload()
        hashed = hashlib.sha256(payload).hexdigest()
        canonical = "\n".join([self.method, "/", self.query, lines, ";".join(self.signed), hashed])
        scope = f"{date}/{self.service}/tc3_request"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        to_sign = f"TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{digest}"
        secret_date = _hmac(f"TC3{self.secret}".encode(), date)
        secret_signing = _hmac(_hmac(secret_date, self.service), "tc3_request")
        signature = hmac.new(secret_signing, to_sign.encode(), hashlib.sha256).hexdigest()
        headers["authorization"] = (
            f"TC3-HMAC-SHA256 Credential={self.key}/{scope}, SignedHeaders={';'.join(self.signed)},"
            f" Signature={signature}"
        )
        return headers

    def send(self, server: SandboxServer, **changes: str | None) -> Answer:
        """Sign and send; `changes` to headers (with _ for -) come after signing, None removes one."""
        headers = self.headers()
        for name, value in changes.items():
            headers.pop(name.replace("_", "-"), None)
            if value is not None:
                headers[name.replace("_", "-")] = value
        return transmit(server, self.method, self._target(), self.payload(), headers)

    def _target(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path


def transmit(server: SandboxServer, method: str, target: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Send with the headers given."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    try:
        connection.request(method, target, body or None, headers)
        response = connection.getresponse()
        return Answer(response.status, response.getheader("content-type"), json.loads(response.read()))
    finally:
        connection.close()


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
