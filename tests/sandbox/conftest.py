from collections.abc import Iterator

import pytest

from sandbox.core.control_client import ControlClient
from sandbox.core.server import SandboxServer
from tests.sandbox.alibaba import ecs_sdk, ecs_snapshot_sdk
from tests.sandbox.alibaba.eci_sdk import SEED, Eci
from tests.sandbox.alibaba.ecs_sdk import Ecs
from tests.sandbox.tencent import cbs_sdk, cvm_sdk
from tests.sandbox.tencent.cbs_sdk import Cbs
from tests.sandbox.tencent.cvm_sdk import Cvm


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    # The SDK sends even loopback calls through a proxy of the environment.
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("SANDBOX_PORT", "SANDBOX_STATE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer() as running:
        running.control.post("seed", SEED | cbs_sdk.SEED)
        yield running


@pytest.fixture
def control(server: SandboxServer) -> ControlClient:
    return server.control


@pytest.fixture
def eci(server: SandboxServer) -> Eci:
    return Eci(server)


@pytest.fixture
def ecs(server: SandboxServer) -> Ecs:
    server.control.post("seed", ecs_sdk.SEED)
    return Ecs(server)


@pytest.fixture
def disk_snapshots(server: SandboxServer) -> ecs_snapshot_sdk.Snapshots:
    server.control.post("seed", ecs_snapshot_sdk.SEED)
    return ecs_snapshot_sdk.Snapshots(server)


@pytest.fixture
def copied(ecs: Ecs, control: ControlClient) -> str:
    """The id of an image copy in cn-hangzhou that is Available."""
    image_id = ecs.copy(destination_image_name="copied")
    control.advance(5)
    return image_id


@pytest.fixture
def cbs(server: SandboxServer, control: ControlClient) -> Cbs:
    """Calls CBS as often as a test likes; a test of the limit sets its own."""
    control.post("settings", {"requests_per_second": 1_000_000})
    return Cbs(server)


@pytest.fixture
def cvm(server: SandboxServer, control: ControlClient) -> Cvm:
    """The same of CVM."""
    control.post("settings", {"requests_per_second": 1_000_000})
    control.post("seed", cvm_sdk.SEED)
    return Cvm(server)


@pytest.fixture
def available(eci: Eci, control: ControlClient) -> str:
    """The id of a copy in cn-hangzhou that is Available."""
    cache_id = eci.copy()
    control.advance(5)
    return cache_id
