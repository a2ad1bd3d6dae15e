"""The ECS adapter against the local cloud: batches, every status, exact names, cancelling, strict answers."""

from __future__ import annotations

from typing import Any

import pytest
from alibabacloud_ecs20140526.client import Client

from components.clouds import retries
from components.clouds.alibaba.ecs import Ecs
from components.clouds.alibaba.ecs_image import Image
from components.clouds.copies import Phase
from components.clouds.errors import NoAnswer, NotFound, NotReady
from components.image.rows import ROWS
from components.model.kind import Found, LostCreation
from sandbox.core.control_client import ControlClient
from sandbox.core.server import SandboxServer
from tests.lifecycle.replicas import IMAGE
from tests.sandbox.alibaba.ecs_sdk import Ecs as Sdk

REGION = "cn-beijing"
PHASES = {
    "Creating": Phase.COPYING,
    "Waiting": Phase.COPYING,
    "Available": Phase.USABLE,
    "UnAvailable": Phase.FAILED,
    "CreateFailed": Phase.FAILED,
    "Deprecated": Phase.OUTDATED,
}


def seed(control: ControlClient, *ids: str, **fields: Any) -> None:
    control.post("seed", {"images": [{"region": REGION, "id": id_, **fields} for id_ in ids]})


def pages(control: ControlClient) -> list[dict[str, Any]]:
    return [call["params"] for call in control.get("calls", action="DescribeImages")]


def copied(control: ControlClient, name: str = "golden") -> str:
    return Sdk(control).copy(
        region_id="cn-hangzhou", image_id=IMAGE, destination_region_id=REGION, destination_image_name=name
    )


@pytest.mark.parametrize("status", PHASES.keys() - {"Waiting"})
def test_every_status_is_seen(ecs: Ecs, control: ControlClient, status: str) -> None:
    seed(control, "m-1", status=status)

    assert ecs.look_up(REGION, {"m-1": ""})["m-1"].phase is PHASES[status]


@pytest.mark.parametrize("status", ["Available", "UnAvailable", "CreateFailed"])
def test_repair_takes_only_a_failed_copy_for_dead(
    control: ControlClient, server: SandboxServer, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    monkeypatch.setenv("REPLICAS_ECS_ENDPOINT", server.url)
    seed(control, "m-1", status=status, name="golden")
    provider = f"urn:pulumi:test::replicas::pulumi:providers:alicloud::replicas-alicloud-{REGION}::id"
    type_ = "alicloud:ecs/imageCopy:ImageCopy"
    row = {"urn": "urn:of:image", "type": type_, "provider": provider, "inputs": {"imageName": "golden"}}

    lost = LostCreation(row, [row], 0, frozenset())

    found = ROWS.connect({"replicas:loopbackOnly": "true"}).find(lost)

    assert found == Found("m-1", is_dead=status == "CreateFailed")


def test_waiting_copy_is_seen(ecs: Ecs, control: ControlClient) -> None:
    copied(control, "first")
    id_ = copied(control, "second")

    state = ecs.look_up(REGION, {id_: ""})[id_]

    assert (state.status, state.phase) == ("Waiting", Phase.COPYING)


def test_status_unknown_is_no_end() -> None:
    assert Image("m-1", "Thinking").state.phase is Phase.COPYING


def test_image(ecs: Ecs, control: ControlClient) -> None:
    seed(control, "m-1", name="golden", size=70, encrypted=True, resource_group="rg-one")

    assert ecs.describe(REGION, {"m-1": ""})["m-1"] == Image(
        id="m-1",
        status="Available",
        name="golden",
        percent=100,
        size_gib=70,
        is_encrypted=True,
        resource_group_id="rg-one",
    )


def test_progress_of_a_copy(ecs: Ecs, control: ControlClient) -> None:
    id_ = copied(control)
    control.advance(50)

    state = ecs.look_up(REGION, {id_: ""})[id_]

    assert 40 <= state.percent <= 60


def test_unknown_ids_are_absent(ecs: Ecs, control: ControlClient) -> None:
    seed(control, "m-1")

    assert ecs.describe(REGION, {"m-1": "", "m-gone": ""}).keys() == {"m-1"}


def test_a_hundred_ids_a_call(ecs: Ecs, control: ControlClient) -> None:
    ids = [f"m-{number:03}" for number in range(201)]
    seed(control, *ids)

    found = ecs.describe(REGION, dict.fromkeys(ids, ""))

    assert list(found) == ids
    assert [len(params["ImageId"].split(",")) for params in pages(control)] == [100, 100, 1]


def test_no_ids_no_call(ecs: Ecs, control: ControlClient) -> None:
    assert ecs.describe(REGION, {}) == {}
    assert pages(control) == []


def test_many_are_found_in_one_listing(ecs: Ecs, control: ControlClient) -> None:
    """A refresh asks for each by itself."""
    ids = [f"m-{number:03}" for number in range(150)]
    seed(control, *ids)

    found = [ecs.find(REGION, id_) for id_ in ids]

    assert [image.id for image in found if image] == ids
    assert len(pages(control)) == 2


def test_what_is_not_listed_is_asked_for_by_id(ecs: Ecs, control: ControlClient) -> None:
    assert ecs.find(REGION, "m-gone") is None
    assert [params.get("ImageId") for params in pages(control)] == [None, "m-gone"]


def test_names_are_exact(ecs: Ecs, control: ControlClient) -> None:
    """The cloud's filter is fuzzy."""
    for name in ("golden", "golden-2", "a-golden", "Golden"):
        seed(control, f"m-{name}", name=name)

    assert [image.id for image in ecs.find_by_name(REGION, "golden")] == ["m-golden"]


def test_name_of_a_failed_copy_is_found(ecs: Ecs, control: ControlClient) -> None:
    seed(control, "m-1", name="golden", status="CreateFailed")

    assert [image.id for image in ecs.find_by_name(REGION, "golden")] == ["m-1"]


def test_names_of_other_accounts_are_not_ours(ecs: Ecs, control: ControlClient) -> None:
    control.post("seed", {"accounts": [{"id": "2"}]})
    seed(control, "m-1", name="golden", account="2", shared_with=["1000000000000001"])

    assert ecs.find_by_name(REGION, "golden") == []


def test_cancelled_copy_is_gone(ecs: Ecs, control: ControlClient) -> None:
    id_ = copied(control)

    ecs.cancel_copy_image(REGION, id_)

    assert ecs.describe(REGION, {id_: ""}) == {}


def test_finished_copy_cannot_be_cancelled(ecs: Ecs, control: ControlClient) -> None:
    id_ = copied(control)
    control.advance(200)

    with pytest.raises(NotReady, match=f"cancelling the copy to Image {id_} in cn-beijing: IncorrectImageStatus: "):
        ecs.cancel_copy_image(REGION, id_)


def test_cancelling_what_is_gone(ecs: Ecs) -> None:
    with pytest.raises(NotFound, match=r"m-gone in cn-beijing: InvalidImageId\.NotFound: .* Next: check the id"):
        ecs.cancel_copy_image(REGION, "m-gone")


def test_delete(ecs: Ecs, control: ControlClient) -> None:
    seed(control, "m-1")

    ecs.delete_image(REGION, "m-1")
    ecs.delete_image(REGION, "m-1")

    assert ecs.describe(REGION, {"m-1": ""}) == {}


def test_image_in_use_is_not_forced(ecs: Ecs, control: ControlClient) -> None:
    seed(control, "m-1", in_use=True)

    with pytest.raises(NotReady, match="ImageUsingByInstance"):
        ecs.delete_image(REGION, "m-1")


def test_throttled_look_is_repeated(ecs: Ecs, control: ControlClient) -> None:
    seed(control, "m-1")
    control.post("faults", {"service": "ecs", "action": "DescribeImages", "kind": "throttle", "count": 2})

    assert ecs.describe(REGION, {"m-1": ""}).keys() == {"m-1"}


EMPTY: list[dict[str, Any]] = [
    {"RequestId": "r", "TotalCount": 0, "Images": {"Image": []}},
    {"RequestId": "r", "TotalCount": 0, "Images": {}},
    {"RequestId": "r", "TotalCount": 0},
]
UNUSABLE: list[dict[str, Any]] = [
    {},
    {"RequestId": "r"},
    {"RequestId": "r", "TotalCount": 3},
    {"RequestId": "r", "TotalCount": 3, "Images": {"Image": []}},
    {"Code": "Odd", "RequestId": "r", "Images": {"Image": []}},
]


def answering(monkeypatch: pytest.MonkeyPatch, body: dict[str, Any]) -> None:
    monkeypatch.setattr(Client, "call_api", lambda *_: {"headers": {}, "statusCode": 200, "body": body})
    for patience in ("READ_PATIENCE", "CHANGE_PATIENCE"):
        monkeypatch.setattr(retries, patience, 0)


@pytest.mark.parametrize("body", EMPTY)
def test_empty(ecs: Ecs, monkeypatch: pytest.MonkeyPatch, body: dict[str, Any]) -> None:
    answering(monkeypatch, body)

    assert ecs.describe(REGION, {"m-1": ""}) == {}


@pytest.mark.parametrize("body", UNUSABLE)
def test_unusable(ecs: Ecs, monkeypatch: pytest.MonkeyPatch, body: dict[str, Any]) -> None:
    """An image must not look gone because an answer says nothing."""
    answering(monkeypatch, body)

    with pytest.raises(NoAnswer):
        ecs.describe(REGION, {"m-1": ""})
    with pytest.raises(NoAnswer):
        ecs.find_by_name(REGION, "golden")


@pytest.mark.parametrize("body", [{}, {"Code": "Odd", "RequestId": "r"}])
def test_change_that_was_not_answered_is_no_success(
    ecs: Ecs, monkeypatch: pytest.MonkeyPatch, body: dict[str, Any]
) -> None:
    answering(monkeypatch, body)

    with pytest.raises(NoAnswer):
        ecs.cancel_copy_image(REGION, "m-1")
    with pytest.raises(NoAnswer):
        ecs.delete_image(REGION, "m-1")
    with pytest.raises(NoAnswer):
        ecs.join_resource_group(REGION, "m-1", "rg-1")
