"""A fresh checkout without any journal: what a killed run has started is found by its mark in the cloud, and used.

The first run's provider is killed after the cloud has accepted the copy: nothing records it, here or elsewhere.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from components.clouds.errors import PermissionDenied
from components.hosts.dynamic import DynamicProvider
from components.kinds import KINDS
from components.lifecycle import copy_lifecycle, known, mark
from components.lifecycle.copy_lifecycle import AdoptionRefused
from components.lifecycle.holders import Holders
from components.lifecycle.known import Known
from components.lifecycle.lost_copies import LostCopies
from components.lifecycle.start_by_name import Start
from components.model.tag_rules import REPLICA_TAG
from components.providers.data_cache import DataCacheProvider
from components.providers.snapshot import SnapshotProvider
from sandbox.core.control_client import ControlClient
from tests.lifecycle.replicas import REFERENCE, inputs

STACK = "0123456789abcdef0123456789abcdef"
OTHER_STACK = "012345ffffffffffffffffffffffffff"
NEWER = {
    "DataCache": "edc-2zenewersource000001",
    "Snapshot": "snap-source02",
    "CvmImage": "img-source02",
    "EcsSnapshot": "s-2zenewersource00001",
}
FIXTURES = {
    "DataCache": "provider",
    "Snapshot": "snapshots",
    "CvmImage": "cvm_images",
    "EcsSnapshot": "ecs_snapshots",
}
BY_HAND: dict[str, tuple[str, dict[str, str]]] = {
    "DataCache": ("data_caches", {"region": "cn-hangzhou", "id": "edc-byhand", "path": "/v1"}),
    "Snapshot": ("snapshots", {"region": "ap-beijing", "id": "snap-byhand"}),
    "CvmImage": ("cvm_images", {"region": "ap-beijing", "id": "img-byhand"}),
    "EcsSnapshot": ("disk_snapshots", {"region": "cn-hangzhou", "id": "s-byhand"}),
}

Provider = DynamicProvider[Any]


@pytest.fixture(params=FIXTURES)
def any_provider(request: pytest.FixtureRequest, control: ControlClient) -> Provider:
    """A provider of each kind that has a mark, and sources to copy."""
    control.post(
        "seed",
        {
            "data_caches": [{"region": "cn-beijing", "id": NEWER["DataCache"], "path": "/v1"}],
            "snapshots": [{"region": "ap-guangzhou", "id": NEWER["Snapshot"], "size": 50}],
            "cvm_images": [{"region": "ap-guangzhou", "id": NEWER["CvmImage"], "size": 50}],
            "disk_snapshots": [{"region": "cn-beijing", "id": NEWER["EcsSnapshot"], "disk": "d-newer"}],
        },
    )
    found: Provider = request.getfixturevalue(FIXTURES[request.param])
    return found


@pytest.fixture(autouse=True)
def recorded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """What the state records, as the runner says: nothing, until a test says otherwise with `records`."""
    records(monkeypatch, tmp_path)
    return []


def records(monkeypatch: pytest.MonkeyPatch, directory: Path, *ids: str) -> None:
    path = directory / f"known-{len(list(directory.iterdir()))}"
    known.write(Known(recorded=list(ids)), path)
    monkeypatch.setenv(known.FILE, str(path))


def killed_in_create(provider: Provider, **declared: Any) -> str:
    """Id of a copy that was accepted, and which nothing records."""
    return str(provider.lifecycle.start(inputs(provider, **{"stack_id": STACK, **declared})).id)


def made(provider: Provider, **declared: Any) -> tuple[str, dict[str, Any]]:
    """Id and outputs of what another process makes of a declaration."""
    provider.lifecycle._lost_copies = LostCopies(provider.lifecycle)
    result = provider.create(inputs(provider, **{"stack_id": STACK, **declared}))
    return result.id, {**(result.outs or {}), **REFERENCE}


def starts(control: ControlClient) -> int:
    return sum(call["action"] in {kind.actions.start for kind in KINDS} for call in control.get("calls"))


def test_killed_in_create_elsewhere_is_used(any_provider: Provider, control: ControlClient) -> None:
    lost = killed_in_create(any_provider)

    id_, outputs = made(any_provider)

    assert id_ == lost
    assert starts(control) == 1
    read = any_provider.read(id_, outputs)
    assert {**(read.outs or {}), **REFERENCE} == outputs
    kept = any_provider.check(read.inputs or {}, read.inputs or {}).inputs
    assert not any_provider.diff(id_, outputs, {**kept, **REFERENCE}).changes


def test_what_was_used_is_deleted_like_any_other(any_provider: Provider, control: ControlClient) -> None:
    """It keeps the mark that it was made with, by which a delete knows it from another replica's."""
    killed_in_create(any_provider)
    id_, outputs = made(any_provider)
    control.advance(200)
    renamed = any_provider.update(id_, outputs, {**inputs(any_provider, name="other", stack_id=STACK), **REFERENCE})

    any_provider.delete(id_, {**(renamed.outs or {}), **REFERENCE})

    assert any_provider.lifecycle.look(id_, outputs) is None


def test_of_two_that_are_declared_alike_one_uses_it(
    any_provider: Provider, control: ControlClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = count(1)  # a default name shows two random digits, which must differ here
    monkeypatch.setattr("uuid.uuid4", lambda: UUID(int=(number := next(numbers)) % 256 << 120 | number))
    lost = killed_in_create(any_provider)
    any_provider.lifecycle._lost_copies = LostCopies(any_provider.lifecycle)
    control.advance(200)  # of a source, one copy at a time runs to a region

    ids = [any_provider.create(inputs(any_provider, stack_id=STACK)).id for _ in range(2)]

    assert ids[0] == lost != ids[1]
    assert starts(control) == 2


@pytest.mark.parametrize(
    "declared",
    [{"source_id": "newer"}, {"stack_id": OTHER_STACK}, {"stack_id": None}],
    ids=["source changed", "another stack", "without stack"],
)
def test_copy_of_something_else_is_not_used(
    any_provider: Provider, control: ControlClient, declared: dict[str, Any]
) -> None:
    lost = killed_in_create(any_provider)
    control.advance(200)
    if "source_id" in declared:
        declared = {"source_id": NEWER[any_provider.lifecycle.thing]}

    assert made(any_provider, **declared)[0] != lost


def test_recorded_copy_is_not_used(
    any_provider: Provider, control: ControlClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A forced replacement is a copy of the same thing."""
    live = killed_in_create(any_provider)
    records(monkeypatch, tmp_path, live)
    control.advance(200)

    assert made(any_provider)[0] != live


def test_without_the_runner_nothing_is_used(
    any_provider: Provider, control: ControlClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows then which copies the state records."""
    lost = killed_in_create(any_provider)
    monkeypatch.delenv(known.FILE)
    control.advance(200)

    assert made(any_provider)[0] != lost


def test_failed_one_is_not_used(provider: DataCacheProvider, control: ControlClient) -> None:
    control.post("faults", {"service": "eci", "action": "CopyDataCache", "kind": "copy_fails"})
    lost = killed_in_create(provider)
    control.advance(200)

    assert made(provider)[0] != lost


def test_region_that_cannot_be_listed_starts_nothing(any_provider: Provider, control: ControlClient) -> None:
    refusals: dict[str, dict[str, Any]] = {
        "DataCache": {"service": "eci", "action": "DescribeDataCaches", "code": "Forbidden.SubUser", "status": 403},
        "Snapshot": {"service": "cbs", "action": "DescribeSnapshots", "code": "UnauthorizedOperation"},
        "CvmImage": {"service": "cvm", "action": "DescribeImages", "code": "UnauthorizedOperation"},
        "EcsSnapshot": {"service": "ecs", "action": "DescribeSnapshots", "code": "Forbidden.RAM", "status": 403},
    }
    control.post("faults", {"kind": "error", **refusals[any_provider.lifecycle.thing]})

    with pytest.raises(PermissionDenied):
        made(any_provider)

    assert starts(control) == 0


def test_what_another_replica_is_to_adopt_is_not_used(
    any_provider: Provider, control: ControlClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An adoption that was killed after its mark has left it so, beside a copy of the same source."""
    id_ = by_hand(any_provider, control)
    made(any_provider, existing_id=id_)
    known.write(Known(recorded=[], adopted=[id_]), tmp_path / "known")
    monkeypatch.setenv(known.FILE, str(tmp_path / "known"))

    assert made(any_provider)[0] != id_


@pytest.fixture(params=["snapshots", "cvm_images"])
def tagged_later(request: pytest.FixtureRequest) -> Provider:
    """A provider of each kind whose mark is put on in a call of its own."""
    found: Provider = request.getfixturevalue(request.param)
    return found


def test_exact_name_of_a_user_is_found_by_its_mark(tagged_later: Provider, control: ControlClient) -> None:
    lost = killed_in_create(tagged_later, name="exact")
    control.advance(200)

    assert made(tagged_later, name="exact")[0] == lost


def killed_before_its_mark(provider: Provider, **declared: Any) -> str:
    """Id of a copy that was accepted, and that the same process was killed before it could tag."""
    lifecycle, wanted = provider.lifecycle, inputs(provider, stack_id=STACK, **declared)
    return Start(lifecycle.cloud, lifecycle.names, wanted, lifecycle.waiter).once()


def test_killed_before_its_mark_is_found_by_its_default_name_and_marked(
    tagged_later: Provider, control: ControlClient
) -> None:
    lost = killed_before_its_mark(tagged_later)
    control.advance(200)

    id_, outputs = made(tagged_later)
    kept = {**tagged_later.check(outputs, outputs).inputs, **REFERENCE}
    assert id_ == lost
    assert tagged_later.diff(id_, outputs, kept).changes is True
    updated = tagged_later.update(id_, outputs, kept)

    found = tagged_later.lifecycle.look(id_, outputs)
    assert found.tags == {REPLICA_TAG: f"{STACK}.{outputs['copy_token']}"}
    assert not tagged_later.diff(id_, {**(updated.outs or {}), **REFERENCE}, kept).changes


def test_killed_before_its_mark_under_an_exact_name_is_no_mark(
    snapshots: SnapshotProvider, control: ControlClient
) -> None:
    """Nothing distinguishes it from somebody else's copy; the journal of the machine that was killed does."""
    lost = killed_before_its_mark(snapshots, name="exact")
    control.advance(200)

    assert made(snapshots, name="exact")[0] != lost


def by_hand(provider: Provider, control: ControlClient) -> str:
    """Id of something of the destination that was made by hand."""
    table, made = BY_HAND[provider.lifecycle.thing]
    control.post("seed", {table: [made]})
    return made["id"]


def test_adoption_that_was_killed_after_its_mark_is_done_again(
    any_provider: Provider, control: ControlClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing records the first one, here or elsewhere: its mark says that it was this stack's for the same thing."""
    id_ = by_hand(any_provider, control)
    made(any_provider, existing_id=id_)
    monkeypatch.setattr(copy_lifecycle, "_holders", Holders())

    again, outputs = made(any_provider, existing_id=id_)

    assert again == id_
    any_provider.delete(id_, outputs)
    control.advance(20)
    assert any_provider.lifecycle.look(id_, outputs) is None


@pytest.mark.parametrize("whose", ["recorded", "another stack's", "of another source", "unknown"])
def test_what_is_another_replica_is_not_adopted(
    any_provider: Provider, control: ControlClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, whose: str
) -> None:
    id_ = by_hand(any_provider, control)
    stack = OTHER_STACK if whose == "another stack's" else STACK
    source = {"source_id": NEWER[any_provider.lifecycle.thing]} if whose == "of another source" else {}
    made(any_provider, existing_id=id_, stack_id=stack, **source)
    records(monkeypatch, tmp_path, *([id_] if whose == "recorded" else []))
    if whose == "unknown":
        monkeypatch.delenv(known.FILE)

    with pytest.raises(AdoptionRefused, match="it is a replica already"):
        made(any_provider, existing_id=id_)


@pytest.mark.parametrize("inputs_", [{"copy_token": "t"}, {"copy_token": "t", "stack_id": "s"}])
def test_mark_says_stack_and_token(inputs_: dict[str, str]) -> None:
    text = mark.of(inputs_)

    assert mark.token_of(text) == "t"
    assert mark.token_of(text, "s") == ("t" if "stack_id" in inputs_ else "")
    assert mark.token_of(text, "other") == ""


def test_token_says_what_it_is_a_copy_of() -> None:
    token, again = (mark.new_token("s", ["cn-beijing", "edc-1"]) for _ in range(2))

    assert token != again
    assert len(token) == 32
    assert mark.is_copy_of(token, "s", ["cn-beijing", "edc-1"])
    assert mark.is_copy_of(token[:6], "s", ["cn-beijing", "edc-1"])
    assert not mark.is_copy_of(token, "s", ["cn-beijing", "edc-2"])
    assert not mark.is_copy_of(token[:6], "another", ["cn-beijing", "edc-1"])
    assert not mark.is_copy_of("", "s", ["cn-beijing", "edc-1"])
