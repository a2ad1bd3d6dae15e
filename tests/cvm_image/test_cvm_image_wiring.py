"""What CvmImageReplica declares, with mocked registrations: names, types, inputs, sources, readiness."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

import pulumi
import pytest

from components import CvmImageReplica
from components.replica import component as replica
from components.replica.component import InvalidArgs
from tests.replica.fakes import Clock, FakeService, Mocks, mocked, run

ARGS: Any = {
    "source": {"region": "ap-guangzhou", "id": "img-source"},
    "destinations": {"ap-shanghai": {}, "ap-beijing": {"name": "exact", "description": "golden"}},
}
OF_AN_INSTANCE: Any = {**ARGS, "source": {"region": "ap-guangzhou", "instance_id": "ins-web"}}


@pytest.fixture
def mocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mocks]:
    service = FakeService(Clock())
    monkeypatch.setattr(replica, "_service", lambda *_: service)
    monkeypatch.setattr("components.replica.poller.GATHERING", 0)
    with mocked(preview=False) as mocks:
        yield mocks


def test_children(mocks: Mocks) -> None:
    run(lambda: CvmImageReplica("web", ARGS).ids)

    types = {name: args.typ for name, args in mocks.registered.items()}
    assert types == {
        "web": "replicas:index:CvmImageReplica",
        "web-ap-beijing": "pulumi-python:dynamic/tencent:CvmImageCopy",
        "web-ap-shanghai": "pulumi-python:dynamic/tencent:CvmImageCopy",
        "replicas-identity": "pulumi-python:dynamic/replicas:StackIdentity",
    }
    inputs = dict(mocks.registered["web-ap-beijing"].inputs)
    assert inputs.pop("__provider")
    assert inputs == {
        "default_name": "web-ap-beijing",
        "name": "exact",
        "description": "golden",
        "source_region": "ap-guangzhou",
        "source_id": "img-source",
        "region": "ap-beijing",
        "delete_timeout": "2h",
        "ready_timeout": "2h",
        "stack_id": "id-replicas-identity",
    }
    assert "name" not in mocks.registered["web-ap-shanghai"].inputs


def test_outputs(mocks: Mocks) -> None:
    del mocks
    seen: dict[str, Any] = {}

    def program() -> Any:
        replica = CvmImageReplica("web", ARGS)
        return pulumi.Output.all(
            replica.ids,
            replica.ready.apply(lambda ready: ready is replica),
            replica.regions["ap-beijing"].ready.apply(lambda copy: copy is replica.regions["ap-beijing"].resource),
        ).apply(lambda values: seen.update(values=values))

    run(program)
    ids = {"ap-beijing": "id-web-ap-beijing", "ap-shanghai": "id-web-ap-shanghai"}
    assert seen["values"] == [ids, True, True]


def test_generations(mocks: Mocks) -> None:
    source = {"region": "ap-guangzhou", "ids": ["img-2", "img-1"]}
    args: Any = {"source": source, "destinations": {"ap-beijing": {"name": "weekly {source_id}"}}}

    run(lambda: CvmImageReplica("web", args).ids)

    names = {name: args.inputs["name"] for name, args in mocks.registered.items() if name.startswith("web-")}
    assert names == {"web-ap-beijing-img-2": "weekly img-2", "web-ap-beijing-img-1": "weekly img-1"}


def test_instance_is_imaged_first(mocks: Mocks) -> None:
    run(lambda: CvmImageReplica("web", OF_AN_INSTANCE).ids)

    types = {name: args.typ for name, args in mocks.registered.items()}
    assert types["web-source"] == "tencentcloud:Image/instance:Instance"
    assert types["replicas-tencentcloud-ap-guangzhou"] == "pulumi:providers:tencentcloud"
    source = mocks.registered["web-source"]
    assert source.inputs["instanceId"] == "ins-web"
    assert re.fullmatch("web-source-[0-9a-f]{8}", source.inputs["imageName"])
    assert "::replicas-tencentcloud-ap-guangzhou::" in str(source.provider)
    assert mocks.registered["web-ap-beijing"].inputs["source_id"] == "id-web-source"


def test_name_of_a_source_image_is_never_too_long(mocks: Mocks) -> None:
    run(lambda: CvmImageReplica("n" * 80, OF_AN_INSTANCE).ids)

    name = mocks.registered[f"{'n' * 80}-source"].inputs["imageName"]
    assert len(name) == 60
    assert re.fullmatch("n+-[0-9a-f]{8}-source-[0-9a-f]{8}", name)


@pytest.mark.parametrize(
    ("source", "reported"),
    [
        ({"instance_id": "img-1"}, "source.instance_id: must be an id such as 'ins-r9hr2upy', got 'img-1'"),
        ({"instance_id": "ins-1", "id": "img-1"}, "source: give one of id, ids and instance_id"),
        ({}, "source: give one of id, ids and instance_id"),
    ],
)
def test_wrong_source(mocks: Mocks, source: dict[str, Any], reported: str) -> None:
    def program() -> None:
        with pytest.raises(InvalidArgs, match=f"CvmImageReplica web: {reported}"):
            CvmImageReplica("web", cast("Any", {**ARGS, "source": {"region": "ap-guangzhou", **source}}))

    run(program)
    assert list(mocks.registered) == ["web"]


def test_argument_that_is_none(mocks: Mocks) -> None:
    del mocks
    args: Any = {**ARGS, "destinations": {"ap-shanghai": {"encrypted": True}}}

    def program() -> None:
        with pytest.raises(InvalidArgs, match=r"destinations\.ap-shanghai\.encrypted is not an argument: known are "):
            CvmImageReplica("web", args)

    run(program)
