"""The pinned SDK's own provider server: expected errors leave it as one line, unexpected ones with their traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import struct_pb2
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from components.providers.data_cache import DataCacheProvider
from components.providers.lifecycle import CopyProvider
from components.providers.snapshot import SnapshotProvider
from sandbox.accounts import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from sandbox.control_client import ControlClient
from sandbox.server import SandboxServer
from tests.providers.replicas import DECLARED, DECLARED_SNAPSHOT

CHECKOUT = Path(__file__).resolve().parents[2]


def struct(values: dict[str, Any]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(values)
    return made


@pytest.fixture
def stub(server: SandboxServer, control: ControlClient) -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    del control
    environment = {
        **os.environ,
        "PULUMI_PROJECT": "replicas",
        "REPLICAS_ECI_ENDPOINT": server.url,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ACCESS_KEY_SECRET,
        "REPLICAS_CBS_ENDPOINT": server.url,
        "TENCENTCLOUD_SECRET_ID": ACCESS_KEY_ID,
        "TENCENTCLOUD_SECRET_KEY": ACCESS_KEY_SECRET,
    }
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.dynamic", "127.0.0.1:9"],
        cwd=CHECKOUT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        with grpc.insecure_channel(f"127.0.0.1:{process.stdout.readline().strip()}") as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            stub.Configure(provider_pb2.ConfigureRequest(args=struct({}), acceptSecrets=True))
            yield stub
    finally:
        process.kill()
        process.communicate()


def checked(
    stub: provider_pb2_grpc.ResourceProviderStub, kind: type[CopyProvider] = DataCacheProvider, **changed: Any
) -> struct_pb2.Struct:
    declared = DECLARED_SNAPSHOT if kind is SnapshotProvider else DECLARED
    news = {**declared, **changed, "__provider": serialize_provider(kind())}
    inputs: struct_pb2.Struct = stub.Check(provider_pb2.CheckRequest(olds=struct({}), news=struct(news))).inputs
    return inputs


def test_create_and_delete(stub: provider_pb2_grpc.ResourceProviderStub, control: ControlClient) -> None:
    made = stub.Create(provider_pb2.CreateRequest(properties=checked(stub, retention_days=7)))

    assert [entry["id"] for entry in control.get("inventory")["eci"]["cn-hangzhou"]] == [made.id]
    control.advance(200)
    stub.Delete(provider_pb2.DeleteRequest(id=made.id, properties=made.properties))
    control.advance(20)
    assert control.get("inventory")["eci"].get("cn-hangzhou", []) == []


def test_create_and_delete_of_a_snapshot(stub: provider_pb2_grpc.ResourceProviderStub, control: ControlClient) -> None:
    made = stub.Create(provider_pb2.CreateRequest(properties=checked(stub, SnapshotProvider)))

    assert [entry["id"] for entry in control.get("inventory")["cbs"]["ap-beijing"]] == [made.id]
    control.advance(200)
    stub.Delete(provider_pb2.DeleteRequest(id=made.id, properties=made.properties))
    assert control.get("inventory")["cbs"].get("ap-beijing", []) == []


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (DataCacheProvider, "copying DataCache no-such-thing from cn-beijing to cn-hangzhou: "),
        (
            SnapshotProvider,
            "copying Snapshot no-such-thing from ap-guangzhou to ap-beijing: InvalidSnapshotId.NotFound: ",
        ),
    ],
)
def test_expected_error_is_one_line(
    stub: provider_pb2_grpc.ResourceProviderStub, kind: type[CopyProvider], told: str
) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        stub.Create(provider_pb2.CreateRequest(properties=checked(stub, kind, source_id="no-such-thing")))

    details = str(raised.value.details())
    assert "\n" not in details
    assert details.startswith(told)
    assert ". Next: " in details


def test_broken_rules_of_a_snapshot_are_told_by_check(stub: provider_pb2_grpc.ResourceProviderStub) -> None:
    news = {**DECLARED_SNAPSHOT, "deadline": "soon", "__provider": serialize_provider(SnapshotProvider())}

    answer = stub.Check(provider_pb2.CheckRequest(olds=struct({}), news=struct(news)))

    assert [failure.property for failure in answer.failures] == ["deadline"]


def test_unexpected_error_keeps_its_traceback(stub: provider_pb2_grpc.ResourceProviderStub) -> None:
    broken = checked(stub)
    broken.update({"copy_token": ""})
    del broken.fields["region"]

    with pytest.raises(grpc.RpcError) as raised:
        stub.Create(provider_pb2.CreateRequest(properties=broken))

    details = str(raised.value.details())
    assert "Traceback" in details
    assert "KeyError: 'region'" in details


@pytest.mark.parametrize("kind", [DataCacheProvider, SnapshotProvider])
def test_reference_is_short_and_stable(kind: type[CopyProvider]) -> None:
    """By reference, not by value: code changes never show as a diff, and no bytecode is in the state."""
    assert serialize_provider(kind()) == serialize_provider(kind())
    assert len(serialize_provider(kind())) < 120
