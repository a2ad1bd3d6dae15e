"""The sandbox as one WSGI application: puts the parts together and tells control plane from cloud APIs.

Which cloud is called shows in the path and the headers, never in the Host: one loopback port stands for every
endpoint of every region.
"""

import threading
import time
from pathlib import Path

from werkzeug.wrappers import Request, Response

from sandbox import control
from sandbox.accounts import Accounts
from sandbox.alibaba_gateway import AlibabaGateway, DroppedConnectionError
from sandbox.authentication import Authentication
from sandbox.calls import Calls
from sandbox.client_tokens import ClientTokens
from sandbox.clock import Clock, WallClock
from sandbox.data_cache_store import DataCaches
from sandbox.eci import EciBackend
from sandbox.ecs import EcsBackend
from sandbox.faults import Faults
from sandbox.image_seeds import ImageSeeding
from sandbox.image_store import Images
from sandbox.kms_keys import KmsKeys
from sandbox.resource_groups import ResourceGroups
from sandbox.seeding import Seeding
from sandbox.settings import Settings
from sandbox.store import Store
from sandbox.sts import StsBackend

DATABASE = "state.sqlite3"


class Sandbox:
    """All of the sandbox but the socket."""

    def __init__(self, state: Path | None = None, wall: WallClock = time.time) -> None:
        """Keep everything under the directory `state`, or in memory when there is none."""
        self._store = Store(state / DATABASE if state else None)
        self._stopping = threading.Event()
        clock, settings = Clock(self._store, wall), Settings(self._store)
        accounts, faults, calls = Accounts(self._store), Faults(self._store), Calls(self._store)
        caches = DataCaches(self._store)
        images, keys, groups = Images(self._store, settings), KmsKeys(self._store), ResourceGroups(self._store)
        tokens = ClientTokens(self._store)
        ecs = EcsBackend(images=images, keys=keys, groups=groups, settings=settings, faults=faults, tokens=tokens)
        services = (EciBackend(caches, settings, faults, tokens).service, ecs.service, StsBackend().service)
        self._gateway = AlibabaGateway(
            store=self._store,
            clock=clock,
            authentication=Authentication(self._store, clock, accounts),
            faults=faults,
            calls=calls,
            services=services,
            pause=self._pause,
        )
        self._control = control.Control(
            store=self._store,
            state=str(state) if state else None,
            clock=clock,
            settings=settings,
            faults=faults,
            calls=calls,
            seeding=Seeding(self._store, clock, accounts, caches, ImageSeeding(images, keys, groups)),
            services=services,
        )

    def answer(self, request: Request) -> Response:
        """The answer to any request."""
        if request.path.startswith(control.PREFIX):
            return self._control.answer(request)
        return self._gateway.answer(request)

    def close(self) -> None:
        """End delayed calls without an answer and close the database."""
        self._stopping.set()
        self._store.close()

    def _pause(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise DroppedConnectionError
