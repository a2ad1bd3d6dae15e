"""A copy without an id: by the answer of engine and SDK, one that a run leaves out differs from one that failed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.proto import resource_pb2
from typing_extensions import override

from components import kinds
from components.model.kind import Kind
from components.replica import readiness
from tests.replica.fakes import Mocks, run

SOURCES = {
    "data_cache": {"region": "cn-beijing", "id": "edc-source"},
    "image": {"region": "cn-hangzhou", "id": "m-bp1testsource00001"},
    "snapshot": {"region": "ap-guangzhou", "id": "snap-source01"},
    "ecs_snapshot": {"region": "cn-hangzhou", "id": "s-source01"},
}


SKIPPED: Any = 2
"""What the engine answers for what depends on a resource that failed; the SDK has no name for it."""


class Monitor(MockMonitor):
    """Answers as the engine does for copies that it does not create."""

    def __init__(self, result: resource_pb2.Result.ValueType) -> None:
        super().__init__(Mocks())
        self.result = result

    @override
    def RegisterResource(self, request: Any) -> Any:
        if request.type not in kinds.OF_TYPE:
            return super().RegisterResource(request)  # type: ignore[no-untyped-call]  # as the SDK has it
        urn = self.make_urn(request.parent, request.type, request.name)
        left_out = self.result == resource_pb2.Result.SUCCESS
        return resource_pb2.RegisterResourceResponse(urn=urn, result=self.result, unknown=left_out)


@contextmanager
def answering(result: resource_pb2.Result.ValueType) -> Iterator[None]:
    asyncio.set_event_loop(asyncio.new_event_loop())
    pulumi.runtime.set_mocks(Mocks(), project="replicas", stack="test", preview=False, monitor=Monitor(result))
    yield
    asyncio.get_event_loop().close()
    asyncio.set_event_loop(None)


def ids(kind: Kind) -> pulumi.Output[Any]:
    source = SOURCES[kind.name]
    args = {"source": source, "destinations": {"cn-shanghai" if kind.name != "snapshot" else "ap-beijing": {}}}
    found: pulumi.Output[Any] = kind.component.load()("x", args).ids
    return found


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "SETTLING", 0)


@pytest.mark.parametrize("kind", kinds.KINDS, ids=lambda kind: kind.name)
def test_copy_that_the_engine_leaves_out_is_not_missed(kind: Kind) -> None:
    known = []

    async def ask() -> None:
        known.append(await ids(kind).is_known())

    with answering(resource_pb2.Result.SUCCESS):
        run(ask)
    assert known == [False]


@pytest.mark.parametrize("kind", kinds.KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("result", [resource_pb2.Result.FAIL, SKIPPED])
def test_copy_that_could_not_be_created_fails_the_program(kind: Kind, result: resource_pb2.Result.ValueType) -> None:
    with answering(result), pytest.raises(pulumi.RunError, match="1 of 1 replicas are not usable"):
        run(lambda: ids(kind))
