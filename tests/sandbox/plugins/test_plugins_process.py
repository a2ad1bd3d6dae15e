"""The stand-ins as programs: how the engine finds, starts and leaves them."""

from __future__ import annotations

import importlib.metadata
import os
import signal
import subprocess
import sys
from pathlib import Path

import grpc
import psutil
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2_grpc

from sandbox import plugins

BIN = Path(plugins.__file__).parent / "bin"
PACKAGES = {"alicloud": "pulumi-alicloud", "tencentcloud": "tencentcloud-iac-pulumi"}
ENGINE = """
import subprocess, sys
plugin = subprocess.Popen([sys.argv[1], "127.0.0.1:1"], stdout=subprocess.PIPE, text=True)
print(plugin.pid, plugin.stdout.readline(), flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("name", PACKAGES)
def test_plugin_says_what_it_is_and_has_the_version_that_is_asked_for(name: str, tmp_path: Path) -> None:
    (tmp_path / "sandbox").mkdir()  # a user's own package of the name must not be taken
    (tmp_path / "sandbox" / "__init__.py").write_text("raise SystemExit('not ours')")
    process = subprocess.Popen(  # noqa: S603 - our own program
        [str(BIN / name / f"pulumi-resource-{name}"), "127.0.0.1:1"],
        cwd=tmp_path,
        env={**os.environ, "PULUMI_PYTHON_CMD": sys.executable},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
            info = provider_pb2_grpc.ResourceProviderStub(channel).GetPluginInfo(Empty(), timeout=10)
        assert info.version == importlib.metadata.version(PACKAGES[name])
    finally:
        process.send_signal(signal.SIGINT)  # as the engine ends a plugin
        _, said = process.communicate(timeout=10)
    assert process.returncode == 0
    assert said.splitlines()[0].startswith(
        f"pulumi-resource-{name} {info.version} is the sandbox's stand-in, not the real"
    )


def test_plugin_ends_with_a_killed_engine() -> None:
    program = str(BIN / "alicloud" / "pulumi-resource-alicloud")
    engine = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", ENGINE, program],
        env={**os.environ, "PULUMI_PYTHON_CMD": sys.executable},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert engine.stdout is not None
    plugin = psutil.Process(int(engine.stdout.readline().split()[0]))
    assert plugin.is_running()

    engine.kill()
    engine.communicate()

    gone, alive = psutil.wait_procs([plugin], timeout=10)
    for process in alive:
        process.kill()
    assert gone == [plugin]
