"""What DataCacheReplica declares, with mocked registrations: names, types, inputs, options, previews."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pulumi
import pytest

from components import DataCacheReplica
from components.replica import component as replica
from components.replica.component import InvalidArgs
from tests.replica.fakes import Clock, FakeService, Mocks, mocked, run

ARGS: Any = {
    "source": {"region": "cn-beijing", "id": "edc-source"},
    "destinations": {"cn-shanghai": {"tags": {"team": "ml"}}, "cn-hangzhou": {"path": "/v1", "retention_days": 7}},
}


@pytest.fixture
def mocks(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Mocks]:
    service = FakeService(Clock())
    monkeypatch.setattr(replica, "_service", lambda *_: service)
    monkeypatch.setattr("components.replica.poller.GATHERING", 0)
    with mocked(preview=getattr(request, "param", False)) as mocks:
        yield mocks


def test_children(mocks: Mocks) -> None:
    run(lambda: DataCacheReplica("weights", ARGS).ids)

    types = {name: args.typ for name, args in mocks.registered.items()}
    assert types == {
        "weights": "replicas:index:DataCacheReplica",
        "weights-cn-hangzhou": "pulumi-python:dynamic/alibaba:DataCacheCopy",
        "weights-cn-shanghai": "pulumi-python:dynamic/alibaba:DataCacheCopy",
        "replicas-identity": "pulumi-python:dynamic/replicas:StackIdentity",
    }
    inputs = dict(mocks.registered["weights-cn-hangzhou"].inputs)
    assert inputs.pop("__provider")
    assert inputs == {
        "name": "weights-cn-hangzhou",
        "path": "/v1",
        "retention_days": 7,
        "source_region": "cn-beijing",
        "source_id": "edc-source",
        "region": "cn-hangzhou",
        "delete_timeout": "2h",
        "ready_timeout": "2h",
        "stack_id": "id-replicas-identity",
    }
    assert mocks.registered["weights"].inputs == {}


def test_default_name_of_a_long_name_keeps_its_region(mocks: Mocks) -> None:
    run(lambda: DataCacheReplica("n" * 130, ARGS).ids)

    name = mocks.registered[f"{'n' * 130}-cn-hangzhou"].inputs["name"]
    assert len(name) == 128
    assert name.endswith("-cn-hangzhou")


@pytest.mark.parametrize("key", ["ready_timeout", "delete_timeout"])
@pytest.mark.parametrize("value", [3600, pulumi.Output.from_input("2h")])
@pytest.mark.usefixtures("mocks")
def test_timeout_that_is_no_text_is_refused(key: str, value: Any) -> None:
    """Accepted, it would end the poller, and no wait would ever end."""

    def program() -> None:
        with pytest.raises(InvalidArgs, match=f"DataCacheReplica weights: {key}: must be text"):
            DataCacheReplica("weights", cast("Any", {**ARGS, key: value}))

    run(program)


def test_empty_timeout_is_the_default(mocks: Mocks) -> None:
    run(lambda: DataCacheReplica("weights", cast("Any", {**ARGS, "ready_timeout": "", "delete_timeout": ""})).ids)

    assert mocks.registered["weights-cn-hangzhou"].inputs["delete_timeout"] == "2h"


def test_none_beside_the_source_id_is_not_given(mocks: Mocks) -> None:
    source = {**ARGS["source"], "ids": None}

    run(lambda: DataCacheReplica("weights", cast("Any", {**ARGS, "source": source})).ids)

    assert mocks.registered["weights-cn-hangzhou"].inputs["source_id"] == "edc-source"


def test_outputs(mocks: Mocks) -> None:
    del mocks
    seen: dict[str, Any] = {}

    def program() -> Any:
        replica = DataCacheReplica("weights", ARGS)
        return pulumi.Output.all(
            replica.ids,
            replica.ready.apply(lambda ready: ready is replica),
            replica.regions["cn-hangzhou"].ready.apply(lambda copy: copy is replica.regions["cn-hangzhou"].resource),
            replica.replicas["cn-shanghai"]["id"],
        ).apply(lambda values: seen.update(values=values))

    run(program)
    ids = {"cn-hangzhou": "id-weights-cn-hangzhou", "cn-shanghai": "id-weights-cn-shanghai"}
    assert seen["values"] == [ids, True, True, "id-weights-cn-shanghai"]


def test_no_destination(mocks: Mocks) -> None:
    run(lambda: DataCacheReplica("weights", cast("Any", {**ARGS, "destinations": {}})).ids)

    assert list(mocks.registered) == ["weights"]


def test_arguments_are_not_changed(mocks: Mocks) -> None:
    del mocks
    settings = {"path": "/v1"}
    args: Any = {**ARGS, "destinations": {"cn-hangzhou": settings, "cn-shanghai": settings}}

    run(lambda: DataCacheReplica("weights", args).ids)

    assert settings == {"path": "/v1"}


@pytest.mark.parametrize("mocks", [True], indirect=True)
def test_preview_asks_nothing(mocks: Mocks, monkeypatch: pytest.MonkeyPatch) -> None:
    del mocks
    monkeypatch.setattr(replica, "_service", lambda *_: pytest.fail("a preview must not ask a cloud"))

    run(lambda: DataCacheReplica("weights", ARGS).ids)


def test_wrong_timeout(mocks: Mocks) -> None:
    del mocks

    def program() -> None:
        with pytest.raises(InvalidArgs, match="DataCacheReplica weights: ready_timeout: 'soon' is not a duration"):
            DataCacheReplica("weights", cast("Any", {**ARGS, "ready_timeout": "soon"}))

    run(program)
