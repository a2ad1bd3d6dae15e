"""What was made by hand and adopted: renamed, replaced and failed, and never deleted by mistake."""

from __future__ import annotations

from typing import Any

import pytest

from components.lifecycle import mark
from tests.engine.harness import Cloud, Stack, replica, snapshot

BY_HAND: dict[str, Any] = {
    "region": "ap-beijing",
    "id": "snap-byhand01",
    "name": "by hand",
    "size": 50,
    "copied": True,
}


@pytest.fixture
def by_hand(cbs: Cloud) -> Cloud:
    cbs.server.control.post("seed", {"snapshots": [BY_HAND]})
    return cbs


def names(cbs: Cloud) -> list[str]:
    return [entry["id"] for entry in cbs.inventory() if entry["region"] == BY_HAND["region"]]


def adopted(stack: Stack, entry: str, **settings: Any) -> None:
    stack.config(snapshots={entry: snapshot("ap-beijing", existingId=BY_HAND["id"], **settings)})


def test_renamed_entry_of_an_exact_name_deletes_nothing(stack: Stack, by_hand: Cloud) -> None:
    """Neither in a run that another replica's failure ends amid it, nor in the next, which finds two rows."""
    adopted(stack, "orders", name="exact")
    assert stack.up().code == 0
    entry = snapshot("ap-beijing", existingId=BY_HAND["id"], name="exact")
    stack.config(snapshots={"sales": entry, "other": snapshot("ap-shanghai")})
    by_hand.fault("region_error", code="InsufficientSnapshotQuota", region="ap-shanghai")

    failed = stack.up()
    between = [row["id"] for row in stack.rows()]
    adopted(stack, "sales", name="exact")
    done = stack.up()

    assert failed.code != 0
    assert between == [BY_HAND["id"]] * 2
    assert done.code == 0, done.text
    assert names(by_hand) == [BY_HAND["id"]]
    assert [row["id"] for row in stack.rows()] == [BY_HAND["id"]]
    assert by_hand.calls("DeleteSnapshots") == []


def test_replacement_of_a_default_name_is_refused(stack: Stack, by_hand: Cloud) -> None:
    """The engine does not ask the provider for a difference here, which would be refused, too."""
    adopted(stack, "orders")
    assert stack.up().code == 0

    done = stack.up("--replace", "orders-ap-beijing")

    assert done.code != 0
    assert "it is a replica already, called 'orders-ap-beijing-" in done.text
    assert names(by_hand) == [BY_HAND["id"]]


def test_failed_one_is_copied_once_its_id_is_removed(stack: Stack, cloud: Cloud) -> None:
    cache = {"region": "cn-hangzhou", "id": "edc-byhand", "path": "/models"}
    cloud.server.control.post("seed", {"data_caches": [cache]})
    stack.config({"weights": replica("cn-hangzhou", path="/models", existingId="edc-byhand")})
    assert stack.up().code == 0
    cloud.server.control.post("seed", {"data_caches": [{**cache, "status": "Failed", "tags": copied_tags(stack)}]})

    reported = stack.up()
    stack.config({"weights": replica("cn-hangzhou", path="/models")})
    healed = stack.up()

    assert reported.code != 0
    assert "edc-byhand in cn-hangzhou ended Failed" in reported.text
    assert "remove existing_id and run `up --refresh`" in reported.text
    assert healed.code == 0, healed.text
    (copy,) = [entry for entry in cloud.inventory() if entry["region"] == "cn-hangzhou"]
    assert (copy["status"], copy["id"] == "edc-byhand") == ("Available", False)


def copied_tags(stack: Stack) -> dict[str, str]:
    return {"pulumi-replica": mark.of(stack.rows()[0]["inputs"])}


def test_replica_stays_the_same_when_its_source_moves_to_ids(stack: Stack, cloud: Cloud) -> None:
    stack.config({"weights": replica("cn-hangzhou", path="/models")})
    assert stack.up().code == 0
    (before,) = cloud.replicas()
    entry = replica("cn-hangzhou", path="/models")
    listed = {**entry, "source": {"region": entry["source"]["region"], "ids": [entry["source"]["id"]]}}
    stack.config({"weights": listed})

    moved = stack.up()

    assert moved.code == 0, moved.text
    assert [copy["id"] for copy in cloud.replicas()] == [before["id"]]
    assert cloud.calls("DeleteDataCache") == []
