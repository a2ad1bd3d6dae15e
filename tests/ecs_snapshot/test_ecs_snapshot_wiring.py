"""The component: its children, its outputs, and the snapshot of a disk that it makes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from components import EcsSnapshotReplica, InvalidArgs
from tests.replica.fakes import Mocks, mocked, run

ARGS: Any = {
    "source": {"region": "cn-beijing", "id": "s-2zesource"},
    "destinations": {"cn-hangzhou": {"retention_days": 7}, "cn-shanghai": {}},
}
OF_A_DISK: Any = {**ARGS, "source": {"region": "cn-beijing", "disk_id": "d-2zeledger"}}


@pytest.fixture
def mocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mocks]:
    monkeypatch.setenv("REPLICAS_ECS_ENDPOINT", "http://127.0.0.1:9")
    with mocked(preview=True) as mocks:
        yield mocks


def test_children(mocks: Mocks) -> None:
    run(lambda: EcsSnapshotReplica("ledger", ARGS).ids)

    types = {name: args.typ for name, args in mocks.registered.items()}
    assert types == {
        "ledger": "replicas:index:EcsSnapshotReplica",
        "ledger-cn-hangzhou": "pulumi-python:dynamic/alibaba:EcsSnapshotCopy",
        "ledger-cn-shanghai": "pulumi-python:dynamic/alibaba:EcsSnapshotCopy",
        "replicas-identity": "pulumi-python:dynamic/replicas:StackIdentity",
    }
    inputs = mocks.registered["ledger-cn-hangzhou"].inputs
    assert (inputs["name"], inputs["retention_days"]) == ("ledger-cn-hangzhou", 7)


def test_generations(mocks: Mocks) -> None:
    source = {"region": "cn-beijing", "ids": ["s-2", "s-1"]}
    named: Any = {"source": source, "destinations": {"cn-hangzhou": {"name": "ledger-{source_id}"}}}

    run(lambda: EcsSnapshotReplica("ledger", named).ids)

    assert mocks.registered["ledger-cn-hangzhou-s-1"].inputs["name"] == "ledger-s-1"
    assert mocks.registered["ledger-cn-hangzhou-s-2"].inputs["name"] == "ledger-s-2"


def test_disk_is_snapshotted_first(mocks: Mocks) -> None:
    run(lambda: EcsSnapshotReplica("ledger", OF_A_DISK).ids)

    source = mocks.registered["ledger-source"]
    assert source.typ == "alicloud:ecs/ecsSnapshot:EcsSnapshot"
    assert source.inputs["diskId"] == "d-2zeledger"
    assert re.fullmatch("ledger-source-[0-9a-f]{8}", source.inputs["snapshotName"])
    assert "::replicas-alicloud-cn-beijing::" in str(source.provider)
    assert mocks.registered["ledger-cn-hangzhou"].inputs["source_id"] == "id-ledger-source"


@pytest.mark.parametrize(
    ("source", "reported"),
    [
        ({"disk_id": "s-1"}, "source.disk_id: must be an id such as 'd-bp67acfmxazb4ph', got 's-1'"),
        ({"disk_id": "d-1", "id": "s-1"}, "source: give one of id, ids and disk_id"),
        ({}, "source: give one of id, ids and disk_id"),
    ],
)
def test_wrong_source(mocks: Mocks, source: dict[str, Any], reported: str) -> None:
    del mocks
    args: Any = {**ARGS, "source": {"region": "cn-beijing", **source}}

    def program() -> None:
        with pytest.raises(InvalidArgs, match=re.escape(reported)):
            EcsSnapshotReplica("ledger", args)

    run(program)


def test_default_name_that_the_cloud_refuses(mocks: Mocks) -> None:
    del mocks

    def program() -> None:
        with pytest.raises(InvalidArgs, match=r"auto-web-cn-hangzhou.* must not begin with 'auto'.*; set a name"):
            EcsSnapshotReplica("auto-web", ARGS)

    run(program)
