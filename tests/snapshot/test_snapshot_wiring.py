"""What SnapshotReplica declares, with mocked registrations: names, types, inputs, passed deadlines, readiness."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

import pulumi
import pytest

from components import SnapshotReplica
from components.replica import component as replica
from components.replica.component import InvalidArgs
from tests.replica.fakes import Clock, FakeService, Mocks, mocked, run

PASSED, COMING = "2020-01-31T00:00:00+08:00", "2099-01-31T00:00:00+08:00"
ARGS: Any = {
    "source": {"region": "ap-guangzhou", "id": "snap-source"},
    "destinations": {"ap-shanghai": {}, "ap-beijing": {"name": "exact", "deadline": COMING, "is_permanent": False}},
}


@pytest.fixture
def mocks(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Mocks]:
    service = FakeService(Clock())
    monkeypatch.setattr(replica, "_service", lambda *_: service)
    monkeypatch.setattr("components.replica.poller.GATHERING", 0)
    with mocked(preview=getattr(request, "param", False)) as mocks:
        yield mocks


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    reported: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda message, *_, **__: reported.append(message))
    return reported


def declared(**destinations: dict[str, Any]) -> Any:
    return {**ARGS, "destinations": {region.replace("_", "-"): settings for region, settings in destinations.items()}}


@pytest.mark.parametrize(
    ("args", "reported"),
    [
        (declared(ap_shanghai={"deleteBoundImages": True}), "destinations.ap-shanghai.deleteBoundImages"),
        ({**ARGS, "readyTimeout": "1h"}, "readyTimeout"),
        ({**ARGS, "source": {"region": "ap-guangzhou", "id": "snap-source", "disk": "disk-1"}}, "source.disk"),
    ],
)
def test_argument_that_is_none(mocks: Mocks, args: Any, reported: str) -> None:
    del mocks

    def program() -> None:
        with pytest.raises(InvalidArgs, match=rf"SnapshotReplica disk: {reported} is not an argument: known are "):
            SnapshotReplica("disk", args)

    run(program)


def test_ids_of_nothing(mocks: Mocks) -> None:
    del mocks
    found: list[Any] = []

    run(lambda: SnapshotReplica("disk", declared()).ids.apply(found.append))

    assert found == [{}]


def test_generation_of_an_output(mocks: Mocks) -> None:
    name = pulumi.Output.from_input("nightly {source_id}")
    args: Any = {
        **declared(ap_shanghai={"name": name}),
        "source": {"region": "ap-guangzhou", "ids": ["snap-b", "snap-a"]},
    }

    run(lambda: SnapshotReplica("disk", args).ids)

    names = {child: made.inputs.get("name") for child, made in mocks.registered.items() if child.startswith("disk-")}
    assert names == {
        "disk-ap-shanghai-snap-b": "nightly snap-b",
        "disk-ap-shanghai-snap-a": "nightly snap-a",
    }


def test_children(mocks: Mocks) -> None:
    run(lambda: SnapshotReplica("disk", ARGS).ids)

    types = {name: args.typ for name, args in mocks.registered.items()}
    assert types == {
        "disk": "replicas:index:SnapshotReplica",
        "disk-ap-beijing": "pulumi-python:dynamic/tencent:SnapshotCopy",
        "disk-ap-shanghai": "pulumi-python:dynamic/tencent:SnapshotCopy",
        "replicas-identity": "pulumi-python:dynamic/replicas:StackIdentity",
    }
    inputs = dict(mocks.registered["disk-ap-beijing"].inputs)
    assert inputs.pop("__provider")
    assert inputs == {
        "default_name": "disk-ap-beijing",
        "name": "exact",
        "deadline": COMING,
        "is_permanent": False,
        "source_region": "ap-guangzhou",
        "source_id": "snap-source",
        "region": "ap-beijing",
        "delete_timeout": "2h",
        "ready_timeout": "2h",
        "stack_id": "id-replicas-identity",
    }
    assert "name" not in mocks.registered["disk-ap-shanghai"].inputs
    assert mocks.registered["disk"].inputs == {}


def test_outputs(mocks: Mocks) -> None:
    del mocks
    seen: dict[str, Any] = {}

    def program() -> Any:
        replica = SnapshotReplica("disk", ARGS)
        return pulumi.Output.all(
            replica.ids,
            replica.ready.apply(lambda ready: ready is replica),
            replica.regions["ap-beijing"].ready.apply(lambda copy: copy is replica.regions["ap-beijing"].resource),
            replica.replicas["ap-shanghai"]["id"],
        ).apply(lambda values: seen.update(values=values))

    run(program)
    ids = {"ap-beijing": "id-disk-ap-beijing", "ap-shanghai": "id-disk-ap-shanghai"}
    assert seen["values"] == [ids, True, True, "id-disk-ap-shanghai"]


def test_generations(mocks: Mocks) -> None:
    source = {"region": "ap-guangzhou", "ids": ["snap-2", "snap-1"]}
    args: Any = {"source": source, "destinations": {"ap-beijing": {"name": "daily {source_id}"}}}

    run(lambda: SnapshotReplica("disk", args).ids)

    names = {name: args.inputs["name"] for name, args in mocks.registered.items() if name.startswith("disk-")}
    assert names == {"disk-ap-beijing-snap-2": "daily snap-2", "disk-ap-beijing-snap-1": "daily snap-1"}


def test_no_disk_beside_the_source_id(mocks: Mocks) -> None:
    source = {"region": "ap-guangzhou", "id": "snap-1", "disk_id": None}

    run(lambda: SnapshotReplica("disk", cast("Any", {"source": source, "destinations": {"ap-beijing": {}}})).ids)

    assert set(mocks.registered) == {"disk", "replicas-identity", "disk-ap-beijing"}


def test_passed_deadline_is_left_out_with_a_warning(mocks: Mocks, warnings: list[str]) -> None:
    args = declared(ap_beijing={"deadline": PASSED}, ap_shanghai={"deadline": COMING})

    run(lambda: SnapshotReplica("disk", args).ids)

    assert set(mocks.registered) == {"disk", "replicas-identity", "disk-ap-shanghai"}
    (reported,) = warnings
    assert reported.startswith(
        f"disk to ap-beijing: its deadline {PASSED} has passed, so it is not kept any more. Next: "
    )


def test_region_that_is_left_out_is_reported_when_it_is_asked_for(mocks: Mocks, warnings: list[str]) -> None:
    del mocks, warnings

    def program() -> None:
        replica = SnapshotReplica("disk", declared(ap_beijing={"deadline": PASSED}))
        with pytest.raises(InvalidArgs, match=r"there is no replica in ap-beijing: .* or its deadline has passed"):
            replica.regions["ap-beijing"]
        assert "ap-beijing" not in replica.regions
        assert replica.replicas == {}

    run(program)


@pytest.mark.parametrize("text", ["soon", "2020-01-31", ""])
def test_what_is_no_deadline_is_left_to_check(mocks: Mocks, warnings: list[str], text: str) -> None:
    run(lambda: SnapshotReplica("disk", declared(ap_beijing={"deadline": text})).ids)

    assert mocks.registered["disk-ap-beijing"].inputs["deadline"] == text
    assert warnings == []


def test_deadline_that_is_not_plain_is_left_to_check(mocks: Mocks, warnings: list[str]) -> None:
    run(lambda: SnapshotReplica("disk", declared(ap_beijing={"deadline": pulumi.Output.from_input(PASSED)})).ids)

    assert mocks.registered["disk-ap-beijing"].inputs["deadline"] == PASSED
    assert warnings == []


def test_no_destination(mocks: Mocks) -> None:
    run(lambda: SnapshotReplica("disk", declared()).ids)

    assert list(mocks.registered) == ["disk"]


@pytest.mark.parametrize("mocks", [True], indirect=True)
def test_preview_asks_nothing(mocks: Mocks, monkeypatch: pytest.MonkeyPatch) -> None:
    del mocks
    monkeypatch.setattr(replica, "_service", lambda *_: pytest.fail("a preview must not ask a cloud"))

    run(lambda: SnapshotReplica("disk", ARGS).ids)


def test_wrong_timeout(mocks: Mocks) -> None:
    del mocks

    def program() -> None:
        with pytest.raises(InvalidArgs, match="SnapshotReplica disk: delete_timeout: 'soon' is not a duration"):
            SnapshotReplica("disk", cast("Any", {**ARGS, "delete_timeout": "soon"}))

    run(program)


def test_one_thing_cannot_be_adopted_twice(mocks: Mocks) -> None:
    del mocks
    adopting = declared(ap_shanghai={"existing_id": "snap-1", "name": "exact"})

    def program() -> None:
        SnapshotReplica("a", adopting)
        with pytest.raises(InvalidArgs, match="b-ap-shanghai: existing_id: snap-1 is adopted by a-ap-shanghai already"):
            SnapshotReplica("b", adopting)

    run(program)


OF_A_DISK: Any = {**ARGS, "source": {"region": "ap-guangzhou", "disk_id": "disk-orders"}}


def test_disk_is_snapshotted_first(mocks: Mocks) -> None:
    run(lambda: SnapshotReplica("disk", OF_A_DISK).ids)

    types = {name: args.typ for name, args in mocks.registered.items()}
    assert types == {
        "disk": "replicas:index:SnapshotReplica",
        "disk-ap-beijing": "pulumi-python:dynamic/tencent:SnapshotCopy",
        "disk-ap-shanghai": "pulumi-python:dynamic/tencent:SnapshotCopy",
        "disk-source": "tencentcloud:Cbs/snapshot:Snapshot",
        "replicas-identity": "pulumi-python:dynamic/replicas:StackIdentity",
        "replicas-tencentcloud-ap-guangzhou": "pulumi:providers:tencentcloud",
    }
    source = mocks.registered["disk-source"]
    assert source.inputs["storageId"] == "disk-orders"
    assert re.fullmatch("disk-source-[0-9a-f]{8}", source.inputs["snapshotName"])
    assert "::replicas-tencentcloud-ap-guangzhou::" in str(source.provider)
    assert mocks.registered["disk-ap-beijing"].inputs["source_id"] == "id-disk-source"


def test_name_of_a_source_snapshot_is_never_too_long(mocks: Mocks) -> None:
    run(lambda: SnapshotReplica("n" * 80, OF_A_DISK).ids)

    name = mocks.registered[f"{'n' * 80}-source"].inputs["snapshotName"]
    assert len(name) == 60
    assert re.fullmatch("n+-[0-9a-f]{8}-source-[0-9a-f]{8}", name)


def test_source_snapshots_of_long_names_differ(mocks: Mocks) -> None:
    """One disk, snapshotted by two components whose names differ at their end only."""
    names = [f"{'n' * 80}-{end}" for end in "ab"]

    run(lambda: [SnapshotReplica(name, OF_A_DISK).ids for name in names])

    made = {mocks.registered[f"{name}-source"].inputs["snapshotName"] for name in names}
    assert len(made) == 2


@pytest.mark.parametrize(
    ("source", "reported"),
    [
        ({"disk_id": "snap-1"}, "source.disk_id: must be an id such as 'disk-lh0rgsqk', got 'snap-1'"),
        ({"disk_id": "disk-1", "id": "snap-1"}, "source: give one of id, ids and disk_id"),
        ({}, "source: give one of id, ids and disk_id"),
    ],
)
def test_wrong_source(mocks: Mocks, source: dict[str, Any], reported: str) -> None:
    def program() -> None:
        with pytest.raises(InvalidArgs, match=f"SnapshotReplica disk: {reported}"):
            SnapshotReplica("disk", cast("Any", {**ARGS, "source": {"region": "ap-guangzhou", **source}}))

    run(program)
    assert list(mocks.registered) == ["disk"]
