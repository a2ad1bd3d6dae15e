"""Fixtures of the provider tests: the real SDK over HTTP against the sandbox, with time that tests move."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from components.clouds.alibaba import connection as alibaba
from components.clouds.alibaba.eci import Eci
from components.clouds.alibaba.ecs import Ecs
from components.clouds.alibaba.ecs_snapshots import EcsSnapshots
from components.clouds.tencent import connection as tencent
from components.clouds.tencent.cbs import Cbs
from components.clouds.tencent.cvm import Cvm
from components.lifecycle import copy_lifecycle
from components.lifecycle.holders import Holders
from components.providers.cvm_image import CvmImageProvider
from components.providers.data_cache import DataCacheProvider
from components.providers.ecs_snapshot import EcsSnapshotProvider
from components.providers.snapshot import SnapshotProvider
from sandbox.core.accounts import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from sandbox.core.control_client import ControlClient
from sandbox.core.server import SandboxServer
from tests.lifecycle.replicas import CVM_IMAGE, ECS_SNAPSHOT, IMAGE, SNAPSHOT, SOURCE, use_keys


@pytest.fixture(autouse=True)
def _a_run_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows of one run are nothing to the next; the sandbox gives the same ids again."""
    monkeypatch.setattr(copy_lifecycle, "_holders", Holders())


@pytest.fixture(scope="session")
def server() -> Iterator[SandboxServer]:
    with SandboxServer() as running:
        yield running


@pytest.fixture
def control(server: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> ControlClient:
    for variable in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(variable, raising=False)
    use_keys(monkeypatch, ACCESS_KEY_ID, ACCESS_KEY_SECRET)
    server.control.post("reset")
    monkeypatch.setenv("TENCENTCLOUD_SECRET_ID", ACCESS_KEY_ID)
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", ACCESS_KEY_SECRET)
    server.control.post("settings", {"copy_seconds": 100, "delete_seconds": 10})
    server.control.post(
        "seed",
        {
            "data_caches": [{"region": "cn-beijing", "id": SOURCE, "path": "/v1"}],
            "snapshots": [{"region": "ap-guangzhou", "id": SNAPSHOT, "name": "golden", "size": 50}],
            "cvm_images": [{"region": "ap-guangzhou", "id": CVM_IMAGE, "name": "golden", "size": 50}],
            "disk_snapshots": [{"region": "cn-beijing", "id": ECS_SNAPSHOT, "name": "golden", "size": 50}],
            "images": [{"region": "cn-hangzhou", "id": IMAGE, "name": "golden", "size": 40}],
        },
    )
    return server.control


def now(control: ControlClient) -> Callable[[], float]:
    return lambda: float(control.get("clock")["epoch"])


@pytest.fixture
def eci(server: SandboxServer, control: ControlClient) -> Eci:
    return Eci(alibaba.Connection(endpoint=server.url), sleep=control.advance, clock=now(control))


@pytest.fixture
def ecs(server: SandboxServer, control: ControlClient) -> Ecs:
    return Ecs(alibaba.Connection(endpoint=server.url), sleep=control.advance, clock=now(control))


@pytest.fixture
def provider(eci: Eci, control: ControlClient) -> DataCacheProvider:
    """A provider whose pauses move the sandbox's clock, and which reads the time from it."""
    provider = DataCacheProvider()
    provider.lifecycle.cloud = eci
    provider.lifecycle.sleep = control.advance
    provider.lifecycle.clock = now(control)
    return provider


@pytest.fixture
def snapshots(server: SandboxServer, control: ControlClient) -> SnapshotProvider:
    """The same for snapshots."""
    provider = SnapshotProvider()
    provider.lifecycle.cloud = Cbs(tencent.Connection(server.url), sleep=control.advance, clock=now(control))
    provider.lifecycle.sleep = control.advance
    provider.lifecycle.clock = now(control)
    return provider


@pytest.fixture
def cvm_images(server: SandboxServer, control: ControlClient) -> CvmImageProvider:
    """The same for CVM images. Hours pass in a real second, which has room for 10 requests only."""
    control.post("settings", {"requests_per_second": 2000})
    provider = CvmImageProvider()
    provider.lifecycle.cloud = Cvm(tencent.Connection(server.url), sleep=control.advance, clock=now(control))
    provider.lifecycle.sleep = control.advance
    provider.lifecycle.clock = now(control)
    return provider


@pytest.fixture
def ecs_snapshots(server: SandboxServer, control: ControlClient) -> EcsSnapshotProvider:
    """The same for ECS snapshots."""
    provider = EcsSnapshotProvider()
    connection = alibaba.Connection(endpoint=server.url)
    provider.lifecycle.cloud = EcsSnapshots(connection, sleep=control.advance, clock=now(control))
    provider.lifecycle.sleep = control.advance
    provider.lifecycle.clock = now(control)
    return provider
