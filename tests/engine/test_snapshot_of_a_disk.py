"""Replicas of a disk or an instance: the source is made in the same graph, by a native resource, and goes with them."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.core.accounts import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from tests.engine.harness import Cloud, Stack, replica, wait_for

DISK = {"region": "ap-guangzhou", "id": "disk-orders01", "size": 50}
ORDERS = replica("ap-beijing", "ap-shanghai")
ORDERS["source"] = {"region": "ap-guangzhou", "diskId": DISK["id"]}


INSTANCE = {"region": "ap-guangzhou", "id": "ins-orders01"}
WEB = replica("ap-singapore")
WEB["source"] = {"region": "ap-guangzhou", "instanceId": INSTANCE["id"]}


@pytest.fixture
def disk(stack: Stack, cbs: Cloud) -> Stack:
    cbs.server.control.post("seed", {"disks": [DISK], "cvm_instances": [INSTANCE]})
    cbs.settings(create_seconds=1, copy_seconds=1)
    stack.environment["REPLICAS_CONSISTENCY_SECONDS"] = "4"
    stack.config(snapshots={"orders": ORDERS})
    return stack


def sources(cbs: Cloud) -> list[dict[str, Any]]:
    return [one for one in cbs.inventory() if one["disk"] == DISK["id"] and not one["copied_from"]]


def test_from_disk_and_instance_to_replicas_to_nothing(disk: Stack, cbs: Cloud) -> None:
    """One native provider makes both sources."""
    disk.config(snapshots={"orders": ORDERS}, cvmImages={"web": WEB})
    cvm = cbs.of("cvmImages")

    done = disk.up()

    assert done.code == 0, done.text
    # The stack, the provider and the stack's identity; two components, two sources, three copies.
    assert done.resources == {"created": 10}
    (image,) = cvm.replicas()
    assert (image["region"], image["status"]) == ("ap-singapore", "NORMAL")
    assert image["copied_from"]["id"] in [one["id"] for one in cvm.inventory() if one["name"].startswith("web-source-")]
    (source,) = sources(cbs)
    assert source["name"].startswith("orders-source-")
    assert {(copy["region"], copy["status"], copy["copied_from"]["id"]) for copy in cbs.replicas()} == {
        ("ap-beijing", "NORMAL", source["id"]),
        ("ap-shanghai", "NORMAL", source["id"]),
    }
    assert {call["params"]["SnapshotId"] for call in cbs.calls("CopySnapshotCrossRegions")} == {source["id"]}
    assert all(call["code"] is None for call in cbs.calls("CopySnapshotCrossRegions"))
    (table,) = (line for line in done.text.splitlines() if "ap-shanghai" in line and "NORMAL" in line and "GiB" in line)
    assert table.split()[:2] == ["orders", f"ap-guangzhou/{source['id']}"]
    files = [path for path in (disk.directory / ".pulumi-state").rglob("*") if path.is_file()]
    assert not [
        path for path in files for key in (ACCESS_KEY_ID, ACCESS_KEY_SECRET) if key.encode() in path.read_bytes()
    ]
    (provider,) = (row for row in disk.state()["resources"] if row["type"] == "pulumi:providers:tencentcloud")
    assert not {"secretId", "secretKey", "securityToken"} & provider["inputs"].keys()

    unchanged = disk.run("preview", "--expect-no-changes")
    assert unchanged.code == 0, unchanged.text

    gone = disk.destroy()
    assert gone.code == 0, gone.text
    assert (sources(cbs), cbs.replicas(), cvm.replicas()) == ([], [], [])
    assert not [one for one in cvm.inventory() if one["name"].startswith("web-source-")]


@pytest.mark.matrix
def test_kill_while_the_source_is_made(disk: Stack, cbs: Cloud) -> None:
    """It has no token: it is found by its name, which no other stack gives."""
    cbs.settings(create_seconds=8)
    run = disk.start("up", "--yes")
    engine = disk.engine()
    wait_for(lambda: cbs.calls("CreateSnapshot"))
    engine.kill()
    run.communicate(timeout=60)
    (source,) = sources(cbs)

    cbs.settings(create_seconds=0)
    wait_for(lambda: sources(cbs)[0]["status"] == "NORMAL")
    done = disk.up()

    assert done.code == 0, done.text
    assert f"repair: orders-source: found {source['id']} and recorded it" in done.text
    assert [one["id"] for one in sources(cbs)] == [source["id"]]
    assert {copy["copied_from"]["id"] for copy in cbs.replicas()} == {source["id"]}


@pytest.mark.matrix
def test_source_that_is_refused(disk: Stack, cbs: Cloud) -> None:
    cbs.fault("error", "CreateSnapshot", code="InvalidDisk.Busy")

    done = disk.up()

    assert done.code != 0
    assert "Traceback" not in done.text
    assert any("InvalidDisk.Busy: " in error and "(request " in error for error in done.errors), done.text
    assert (sources(cbs), cbs.replicas()) == ([], [])
    assert disk.up().code == 0
    assert len(cbs.replicas()) == 2
