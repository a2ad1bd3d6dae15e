"""A client of the control plane, for the command line and for tests.

It calls loopback directly: the proxies of the environment are ignored, as they would not pass such calls on.
"""

import http.client
import json
from typing import Any
from urllib.parse import urlencode

PREFIX = "/_sandbox/"
"""Where the control plane is; everything else is a cloud's API."""


class NoSandboxError(Exception):
    """No sandbox answers at this address: one line for a person."""


class ControlError(Exception):
    """The control plane refused a request: one line for a person."""


class ControlClient:
    """Calls one server's control plane."""

    def __init__(self, host: str, port: int, timeout: float = 10) -> None:
        self.host = host
        self.port = port
        self._timeout = timeout

    @property
    def endpoint(self) -> str:
        """host:port, as the SDKs want it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def get(self, name: str, **query: Any) -> Any:
        """GET /_sandbox/<name>."""
        return self._call("GET", name, query)

    def post(self, name: str, body: Any = None) -> Any:
        """POST /_sandbox/<name> with a JSON body."""
        return self._call("POST", name, {}, json.dumps({} if body is None else body))

    def delete(self, name: str, **query: Any) -> Any:
        """DELETE /_sandbox/<name>."""
        return self._call("DELETE", name, query)

    def advance(self, seconds: float) -> None:
        """Move the sandbox's clock forward."""
        self.post("clock", {"advance": seconds})

    def _call(self, method: str, name: str, query: dict[str, Any], body: str | None = None) -> Any:
        target = PREFIX + name + (f"?{urlencode(query)}" if query else "")
        connection = http.client.HTTPConnection(self.host, self.port, timeout=self._timeout)
        try:
            connection.request(method, target, body, {} if body is None else {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError):
            raise NoSandboxError(f"no sandbox answers on {self.endpoint}") from None
        finally:
            connection.close()
        if response.status != 200:
            raise ControlError(answer.get("error", f"HTTP {response.status}"))
        return answer
