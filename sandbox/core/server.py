"""The sandbox's HTTP server, for a process of its own and for tests inside theirs.

    with SandboxServer() as server:
        server.control.post("seed", {...})
        client_config.endpoint, client_config.protocol = server.endpoint, "http"

It listens on loopback only. Each connection has a thread, and each thread ends with its answer. The cloud that is
called shows in the path and the headers, never in the Host: one port stands for every endpoint of every region.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wrappers import Request

from sandbox.alibaba.authentication import Authentication
from sandbox.alibaba.gateway import AlibabaGateway
from sandbox.core.accounts import Accounts
from sandbox.core.calls import Calls
from sandbox.core.claim import CannotServeError, is_loopback
from sandbox.core.clock import Clock, WallClock
from sandbox.core.control import Control
from sandbox.core.control_client import PREFIX, ControlClient
from sandbox.core.faults import Faults
from sandbox.core.gateway import DroppedConnectionError, Shared
from sandbox.core.settings import Settings
from sandbox.core.store import Store
from sandbox.services import ALIBABA, SERVICES, TENCENT
from sandbox.tencent.gateway import TencentGateway

log = logging.getLogger("sandbox.server")
DATABASE = "state.sqlite3"
POLL_SECONDS = 0.02  # how soon the server notices that it is to stop


class Sandbox:
    """All of the sandbox but the socket: a WSGI application that sends each request to a cloud or the control plane."""

    def __init__(self, state: Path | None = None, wall: WallClock = time.time) -> None:
        """Keep everything under the directory `state`, or in memory when there is none."""
        store = self._store = Store(state / DATABASE if state else None)
        self._stopping = threading.Event()
        clock, accounts, settings = Clock(store, wall), Accounts(store), Settings(store)
        shared = Shared(store, clock, accounts, settings, Faults(store, wall), Calls(store), self._pause)
        backends = {service: service.set_up(shared) for service in SERVICES}
        self._control = Control(shared, list(backends.values()), str(state) if state else None)
        apis = {
            vendor: [backend.api for service, backend in backends.items() if service.vendor == vendor]
            for vendor in (ALIBABA, TENCENT)
        }
        self._alibaba = AlibabaGateway(shared, Authentication(store, clock, accounts, settings), apis[ALIBABA])
        self._tencent = TencentGateway(shared, apis[TENCENT])

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer any request."""
        request = Request(environ)
        answering: Control | TencentGateway | AlibabaGateway = self._alibaba
        if request.path.startswith(PREFIX):
            answering = self._control
        elif self._tencent.recognises(request):
            answering = self._tencent
        return answering.answer(request)(environ, start_response)

    def close(self) -> None:
        """End delayed calls without an answer and close the database."""
        self._stopping.set()
        self._store.close()

    def _pause(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise DroppedConnectionError


class _Handler(WSGIRequestHandler):
    """werkzeug's handler without its log lines, and with the Host header as the client signed it."""

    def make_environ(self) -> WSGIEnvironment:
        environ = super().make_environ()
        # For an absolute-form target werkzeug puts the target's host here; the signature covers the header.
        environ["HTTP_HOST"] = self.headers.get("Host", "")
        return environ

    def connection_dropped(self, error: BaseException, environ: WSGIEnvironment | None = None) -> None:  # noqa: ARG002
        """Close at once: a client must not wait for the answer that a fault keeps from it."""
        self.close_connection = True

    def log_request(self, *_: Any) -> None:
        """Calls are logged by the gateway."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the name it has in werkzeug
        log.log(logging.ERROR if type == "error" else logging.DEBUG, message, *args)


class _Server(ThreadedWSGIServer):
    request_queue_size = 1024  # hundreds of copies may start at once


class SandboxServer:
    """A running sandbox; a context manager. Its addresses are known once it has started."""

    port: int
    endpoint: str
    """host:port, as the SDKs want it."""
    url: str
    """The address with its scheme."""
    control: ControlClient
    """The control plane of this server."""

    def __init__(
        self, state: Path | None = None, *, host: str = "127.0.0.1", port: int = 0, wall: WallClock = time.time
    ) -> None:
        """Port 0 takes a free one; without a `state` directory everything ends with the server."""
        if not is_loopback(host):
            raise CannotServeError(f"the sandbox listens on loopback only, not on {host}")
        self._state = state
        self._wall = wall
        self._address = (host, port)
        self._running: tuple[_Server, Sandbox, threading.Thread] | None = None

    def start(self) -> Self:
        """Begin to serve; raises CannotServeError when the port is taken."""
        family = socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
        try:
            with socket.create_server(self._address, family=family, backlog=_Server.request_queue_size) as listener:
                if self._state:
                    self._state.mkdir(parents=True, exist_ok=True)
                sandbox = Sandbox(self._state, self._wall)
                self._address = listener.getsockname()[:2]
                # werkzeug ends the process when it cannot bind, so it gets a bound socket, which it duplicates.
                server = _Server(*self._address, sandbox, _Handler, fd=listener.fileno())
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            raise CannotServeError(f"cannot serve on port {self._address[1]}: {reason}") from None
        thread = threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,), name="sandbox", daemon=True)
        thread.start()
        self._running = (server, sandbox, thread)
        self.control = ControlClient(*self._address)
        self.port, self.endpoint, self.url = self.control.port, self.control.endpoint, f"http://{self.control.endpoint}"
        return self

    def stop(self) -> None:
        """Stop serving; what is kept in a state directory stays."""
        if self._running:
            server, sandbox, thread = self._running
            self._running = None
            server.shutdown()
            thread.join()
            server.server_close()
            sandbox.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
