"""Snapshot replicas from nothing to usable to gone, on the real engine: three runs that all tests here look at."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.harness import SNAPSHOT, Cloud, Finished, Seen, Stack, snapshot

BY_HAND: dict[str, Any] = {
    "region": "ap-beijing",
    "id": "snap-byhand01",
    "name": "made by hand",
    "size": 50,
    "copied": True,
}
DEADLINE = "2099-01-31T00:00:00+08:00"
PASSED = "2020-01-31T00:00:00+08:00"


@pytest.fixture(scope="module")
def seen(shared_stack: Stack, shared_cbs: Cloud) -> list[Seen]:
    """What `up`, the next `up`, and `destroy` did."""
    stack, cbs = shared_stack, shared_cbs

    def look(run: Finished) -> Seen:
        there = {entry["id"]: entry for entry in cbs.inventory() if entry["region"] != SNAPSHOT["region"]}
        return Seen(run, there, stack.named_rows(), cbs.take_calls())

    def declared(**adoption: Any) -> dict[str, Any]:
        orders = snapshot("ap-shanghai", "ap-singapore")
        orders["destinations"]["ap-singapore"] = {"name": "orders DR", "deadline": DEADLINE}
        audit = snapshot("ap-seoul", "ap-tokyo", name="audit")
        audit["destinations"]["ap-tokyo"] = {"deadline": PASSED}
        return {"orders": orders, "audit": audit, "golden": snapshot("ap-beijing", **adoption)}

    cbs.settings(copy_seconds=3)
    cbs.server.control.post("seed", {"snapshots": [BY_HAND]})
    stack.config(snapshots=declared(existingId=BY_HAND["id"]))
    first = look(stack.up())
    stack.config(snapshots=declared())
    second = look(stack.up("--expect-no-changes"))
    return [first, second, look(stack.destroy())]


def test_basic(seen: list[Seen]) -> None:
    up = seen[0]

    assert up.run.code == 0, up.run.text
    assert up.run.resources == {"created": 9}
    assert {entry["status"] for entry in up.cloud.values()} == {"NORMAL"}
    assert up.rows.keys() == {"orders-ap-shanghai", "orders-ap-singapore", "audit-ap-seoul", "golden-ap-beijing"}
    assert {row["id"] for row in up.rows.values()} == set(up.cloud)


def test_names(seen: list[Seen]) -> None:
    names = {name: seen[0].cloud[row["id"]]["name"] for name, row in seen[0].rows.items()}

    made = seen[0].rows["orders-ap-shanghai"]["inputs"]
    assert names["orders-ap-shanghai"] == f"orders-ap-shanghai-{made['stack_id'][:6]}{made['copy_token'][:6]}"
    assert (names["orders-ap-singapore"], names["audit-ap-seoul"]) == ("orders DR", "audit")


def test_deadline(seen: list[Seen]) -> None:
    lifetimes = {name: seen[0].cloud[row["id"]]["deadline"] for name, row in seen[0].rows.items()}

    assert lifetimes["orders-ap-singapore"] == "2099-01-30T16:00:00.000Z"
    assert lifetimes["orders-ap-shanghai"] is None


def test_passed_deadline_is_left_out(seen: list[Seen]) -> None:
    reported = (
        f"audit to ap-tokyo: its deadline {PASSED} has passed, so it is not kept any more. Next: set a later deadline"
    )

    assert reported in seen[0].run.text
    assert not [call for call in seen[0].calls if call["region"] == "ap-tokyo"]


def test_what_is_sent(seen: list[Seen]) -> None:
    copies = [call for call in seen[0].calls if call["action"] == "CopySnapshotCrossRegions"]

    assert [call["region"] for call in copies] == ["ap-guangzhou"] * 3
    name = seen[0].cloud[seen[0].rows["orders-ap-shanghai"]["id"]]["name"]
    assert {"SnapshotId": SNAPSHOT["id"], "DestinationRegions.0": "ap-shanghai", "SnapshotName": name} in [
        call["params"] for call in copies
    ]


def test_progress(seen: list[Seen]) -> None:
    lines = [line for line in seen[0].run.text.splitlines() if "orders-ap-shanghai" in line]

    assert any("copying: " in line and "% (COPYING_FROM_REMOTE)" in line for line in lines)
    assert any("usable after" in line and "50 GiB" in line for line in lines)


def test_table(seen: list[Seen]) -> None:
    lines = [line.split() for line in seen[0].run.text.splitlines()]
    table = lines[lines.index(["REPLICA", "SOURCE", "REGION", "ID", "STATUS", "SIZE", "EXPIRES"]) + 1 :]

    source = f"{SNAPSHOT['region']}/{SNAPSHOT['id']}"
    ids = {name: row["id"] for name, row in seen[0].rows.items()}
    assert ["orders", source, "ap-shanghai", ids["orders-ap-shanghai"], "NORMAL", "50", "GiB", "never"] in table
    assert ["orders", source, "ap-singapore", ids["orders-ap-singapore"], "NORMAL", "50", "GiB"] in [
        line[:7] for line in table
    ]
    assert len(table) == 4


def test_adopt(seen: list[Seen]) -> None:
    """With existingId, a replica takes a copy over, brings it in line, and means nothing once that is done."""
    row = seen[0].rows["golden-ap-beijing"]

    assert row["id"] == BY_HAND["id"]
    assert seen[0].cloud[row["id"]]["name"] == row["inputs"]["name"] != BY_HAND["name"]
    assert seen[1].rows["golden-ap-beijing"]["id"] == BY_HAND["id"]
    assert BY_HAND["id"] not in seen[2].cloud


def test_unchanged(seen: list[Seen]) -> None:
    again = seen[1]

    assert again.run.code == 0, again.run.text
    assert again.run.resources == {"unchanged": 9}
    assert again.cloud == seen[0].cloud
    reads = {"DescribeSnapshots", "DescribeResourcesByTags", "GetCallerIdentity"}  # the runner looks for marks
    assert {call["action"] for call in again.calls} == reads


def test_destroy(seen: list[Seen]) -> None:
    destroy = seen[2]

    assert destroy.run.code == 0, destroy.run.text
    assert destroy.cloud == {}
    assert destroy.rows == {}
