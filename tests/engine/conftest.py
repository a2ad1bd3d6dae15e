"""Fixtures of the tests on the real engine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from components.clouds import endpoints
from components.kinds import SERVICES
from sandbox.core.accounts import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from sandbox.core.server import SandboxServer
from tests.engine.harness import (
    CHECKOUT,
    CVM_IMAGE,
    IMAGE,
    NEWER,
    NEWER_CVM_IMAGE,
    NEWER_IMAGE,
    NEWER_SNAPSHOT,
    SNAPSHOT,
    SOURCE,
    Cloud,
    Stack,
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.engine)


@pytest.fixture(scope="session")
def _cloud() -> Iterator[Cloud]:
    with SandboxServer() as server:
        yield Cloud(server)


@pytest.fixture
def cloud(_cloud: Cloud) -> Cloud:
    return fresh(_cloud)


@pytest.fixture
def cbs(cloud: Cloud) -> Cloud:
    """The same, for questions about snapshots."""
    return cloud.of("snapshots")


@pytest.fixture
def ecs(cloud: Cloud) -> Cloud:
    """The same, for questions about images."""
    return cloud.of("images")


@pytest.fixture
def cvm(cloud: Cloud) -> Cloud:
    """The same, for questions about CVM images."""
    return cloud.of("cvmImages")


@pytest.fixture
def stack(cloud: Cloud, tmp_path: Path) -> Iterator[Stack]:
    with opened(cloud, tmp_path) as stack:
        yield stack


@pytest.fixture(scope="module")
def shared_cloud(_cloud: Cloud) -> Cloud:
    """For a module whose tests look at the same few runs, all of them made by one fixture of that scope."""
    return fresh(_cloud)


@pytest.fixture(scope="module")
def shared_cbs(shared_cloud: Cloud) -> Cloud:
    """The same, for questions about snapshots."""
    return shared_cloud.of("snapshots")


@pytest.fixture(scope="module")
def shared_ecs(shared_cloud: Cloud) -> Cloud:
    """The same, for questions about images."""
    return shared_cloud.of("images")


@pytest.fixture(scope="module")
def shared_stack(shared_cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with opened(shared_cloud, tmp_path_factory.mktemp("shared")) as stack:
        yield stack


def fresh(cloud: Cloud) -> Cloud:
    """Leave nothing in the sandbox but the sources."""
    control = cloud.server.control
    control.post("reset")
    control.post("settings", {"copy_seconds": 0, "delete_seconds": 0})
    caches = [{**source, "size": 20, "path": "/models/v1"} for source in (SOURCE, NEWER)]
    snapshots = [{**source, "size": 50} for source in (SNAPSHOT, NEWER_SNAPSHOT)]
    images = [{**source, "size": 40} for source in (IMAGE, NEWER_IMAGE)]
    cvm_images = [{**source, "size": 50} for source in (CVM_IMAGE, NEWER_CVM_IMAGE)]
    control.post("seed", {"data_caches": caches, "snapshots": snapshots, "images": images, "cvm_images": cvm_images})
    return cloud


@contextmanager
def opened(cloud: Cloud, tmp_path: Path) -> Iterator[Stack]:
    """A project with one stack, and nothing of it running afterwards."""
    directory = tmp_path / "feature%2Fx y#1"  # as CI calls the workspaces of branches
    (directory / "stacks").mkdir(parents=True)
    (directory / ".pulumi-state").mkdir()
    shutil.copy(CHECKOUT / "Pulumi.yaml", directory)
    shutil.copy(CHECKOUT / "__main__.py", directory)
    for linked in ("components", ".venv"):
        (directory / linked).symlink_to(CHECKOUT / linked)
    inherited = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PULUMI", "ALIBABA", "TENCENT", "SANDBOX"))
        and key != "PYTHONDONTWRITEBYTECODE"  # else each process of each run compiles the project again
    }
    stack = Stack(
        directory.resolve(),
        {
            **inherited,
            **{endpoints.variable(service): f"http://{cloud.server.endpoint}" for service in SERVICES},
            "PULUMI_BACKEND_URL": (directory / ".pulumi-state").resolve().as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "sandbox",
            "PULUMI_HOME": str(tmp_path / "home"),
            "GOGC": "400",  # collecting garbage takes the CLI a fifth of a run that ends at once
            "ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ACCESS_KEY_SECRET,
            "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
            "REPLICAS_PLUGIN_POLL_SECONDS": "0.1",
            "TENCENTCLOUD_SECRET_ID": ACCESS_KEY_ID,
            "TENCENTCLOUD_SECRET_KEY": ACCESS_KEY_SECRET,
            "HOME": str(tmp_path),
            "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache"),
            "HTTPS_PROXY": "http://127.0.0.1:9",  # nothing of a test reaches beyond this machine
        },
    )
    try:
        yield stack
    finally:
        stack.end()
