"""The sandbox as one WSGI application: puts the parts together and tells control plane from cloud APIs.

Which cloud is called shows in the path and the headers, never in the Host: one loopback port stands for every
endpoint of every region.
"""

import threading
import time
from pathlib import Path

from werkzeug.wrappers import Request, Response

from sandbox.alibaba.account_state import AccountStates
from sandbox.alibaba.authentication import Authentication
from sandbox.alibaba.client_tokens import ClientTokens
from sandbox.alibaba.eci.conditions import Conditions
from sandbox.alibaba.eci.data_caches import EciBackend
from sandbox.alibaba.eci.store import DataCaches
from sandbox.alibaba.ecs.images import EcsBackend
from sandbox.alibaba.ecs.store import SNAPSHOTS, Images
from sandbox.alibaba.gateway import AlibabaGateway
from sandbox.alibaba.kms_keys import KmsKeys
from sandbox.alibaba.resource_groups import ResourceGroups
from sandbox.alibaba.sts import StsBackend
from sandbox.core import control
from sandbox.core.accounts import Accounts
from sandbox.core.calls import Calls
from sandbox.core.clock import Clock, WallClock
from sandbox.core.faults import Faults
from sandbox.core.gateway import DroppedConnectionError, Shared
from sandbox.core.request_rate import RequestRate
from sandbox.core.seeding import Seeding
from sandbox.core.settings import Settings
from sandbox.core.store import Store
from sandbox.tencent.authentication import TencentAuthentication
from sandbox.tencent.cbs.disk import Disks
from sandbox.tencent.cbs.snapshots import CbsBackend
from sandbox.tencent.cbs.store import Snapshots
from sandbox.tencent.gateway import TencentGateway

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
        tokens, states = ClientTokens(self._store), AccountStates(self._store)
        eci = EciBackend(caches, settings, faults, tokens, Conditions(self._store))
        images, keys, groups = Images(self._store, settings), KmsKeys(self._store), ResourceGroups(self._store)
        ecs = EcsBackend(
            images=images,
            keys=keys,
            groups=groups,
            states=states,
            settings=settings,
            faults=faults,
            tokens=tokens,
        )
        services = (eci.service, ecs.service, StsBackend().service)
        snapshots, disks = Snapshots(self._store), Disks(self._store)
        tencent_services = (CbsBackend(snapshots, disks, settings, faults, states).service,)
        shared = Shared(store=self._store, clock=clock, faults=faults, calls=calls, pause=self._pause)
        self._alibaba = AlibabaGateway(shared, Authentication(self._store, clock, accounts), services)
        self._tencent = TencentGateway(
            shared,
            TencentAuthentication(clock, accounts),
            RequestRate(self._store, clock, settings),
            tencent_services,
        )
        self._control = control.Control(
            store=self._store,
            state=str(state) if state else None,
            clock=clock,
            settings=settings,
            faults=faults,
            calls=calls,
            seeding=Seeding(
                store=self._store,
                clock=clock,
                accounts=accounts,
                caches=caches,
                images=images,
                kms_keys=keys,
                resource_groups=groups,
                snapshots=snapshots,
                disks=disks,
            ),
            inventories={
                **{service.name: service.inventory for service in (*services, *tencent_services)},
                SNAPSHOTS: images.snapshots_left,
            },
        )

    def answer(self, request: Request) -> Response:
        """The answer to any request."""
        if request.path.startswith(control.PREFIX):
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
