"""The sandbox as one WSGI application: sets the services up, and separates the control plane from the clouds' APIs.

The cloud that is called shows in the path and the headers, never in the Host: one loopback port stands for every
endpoint of every region.
"""

import threading
import time
from collections.abc import Iterable
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.wrappers import Request, Response

from sandbox.alibaba.authentication import Authentication
from sandbox.alibaba.gateway import AlibabaGateway
from sandbox.core.accounts import Accounts
from sandbox.core.calls import Calls
from sandbox.core.clock import Clock, WallClock
from sandbox.core.control import Control
from sandbox.core.control_client import PREFIX
from sandbox.core.faults import Faults
from sandbox.core.gateway import DroppedConnectionError, Shared
from sandbox.core.settings import Settings
from sandbox.core.store import Store
from sandbox.services import ALIBABA, SERVICES, TENCENT
from sandbox.tencent.gateway import TencentGateway

DATABASE = "state.sqlite3"


class Sandbox:
    """All of the sandbox but the socket."""

    def __init__(self, state: Path | None = None, wall: WallClock = time.time) -> None:
        """Keep everything under the directory `state`, or in memory when there is none."""
        store = self._store = Store(state / DATABASE if state else None)
        self._stopping = threading.Event()
        clock, accounts, settings = Clock(store, wall), Accounts(store), Settings(store)
        shared = Shared(store, clock, accounts, settings, Faults(store), Calls(store), self._pause)
        backends = {service: service.set_up(shared) for service in SERVICES}
        self._control = Control(shared, list(backends.values()), str(state) if state else None)
        apis = {
            vendor: [backend.api for service, backend in backends.items() if service.vendor == vendor]
            for vendor in (ALIBABA, TENCENT)
        }
        self._alibaba = AlibabaGateway(shared, Authentication(store, clock, accounts), apis[ALIBABA])
        self._tencent = TencentGateway(shared, apis[TENCENT])

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer any request."""
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.path.startswith(PREFIX):
            return self._control.answer(request)
        gateway = self._tencent if self._tencent.recognises(request) else self._alibaba
        return gateway.answer(request)

    def close(self) -> None:
        """End delayed calls without an answer and close the database."""
        self._stopping.set()
        self._store.close()

    def _pause(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise DroppedConnectionError
