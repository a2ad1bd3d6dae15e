"""A region that gives no answer: its rows stay, the other regions get what is declared, and each command says so."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tests.engine.harness import Cloud, Finished, Stack, cvm_image, image, replica, snapshot
from tools.chaos.declared import KINDS

DEAD = {
    "eci": ("cn-hangzhou", "NoPermission"),
    "ecs": ("cn-shanghai", "NoPermission"),
    "cbs": ("ap-beijing", "UnauthorizedOperation"),
    "cvm": ("ap-shanghai", "UnauthorizedOperation"),
}
"""Service -> the region in which it answers nothing, and what it says instead."""
KEPT = "gave no answer, so what is recorded of it was kept: "


@dataclass
class Seen:
    """Runs during an outage by command, what was recorded and there after each, and an `up` after the outage."""

    before: dict[str, Any]
    runs: dict[str, Finished]
    seconds: dict[str, float]
    rows: dict[str, list[str]]
    copies: dict[str, set[str]]
    healed: Finished


@pytest.fixture(scope="module")
def seen(shared_stack: Stack, shared_cloud: Cloud) -> Seen:
    stack, cloud = shared_stack, shared_cloud

    def declare(caches: Sequence[str], images: Sequence[str], snapshots: Sequence[str]) -> None:
        sections = {"images": {"web": image(*images)}, "snapshots": {"disk": snapshot(*snapshots)}}
        sections["cvmImages"] = {"appliance": cvm_image("ap-shanghai")}
        stack.config({"weights": replica(*caches)}, **sections)

    declare(["cn-hangzhou"], ["cn-shanghai", "cn-beijing"], ["ap-beijing"])
    made = stack.up()
    assert made.code == 0, made.text
    found = Seen({row["id"]: row for row in stack.rows()}, {}, {}, {}, {}, made)
    for service, (region, code) in DEAD.items():
        fault = {"service": service, "kind": "error", "code": code, "region": region, "count": None}
        cloud.server.control.post("faults", fault | ({"status": 403} if service in {"eci", "ecs"} else {}))
    declare(["cn-hangzhou", "cn-shanghai"], ["cn-shanghai", "cn-beijing"], ["ap-beijing", "ap-singapore"])
    for command in ("preview", "up", "refresh", "repair", "destroy"):
        began = time.monotonic()
        found.runs[command] = stack.run(command, *(["--yes"] if command in {"up", "destroy"} else []))
        found.seconds[command] = time.monotonic() - began
        found.rows[command] = [row["id"] for row in stack.rows()]
        every = [entry for section in KINDS for entry in cloud.of(section).replicas()]
        found.copies[command] = {entry["id"] for entry in every}
    cloud.server.control.delete("faults")
    found.healed = stack.up()
    return found


COMMANDS = ("preview", "up", "refresh", "repair", "destroy")


@pytest.mark.parametrize("command", COMMANDS)
def test_each_silent_region_is_one_line(seen: Seen, command: str) -> None:
    run = seen.runs[command]

    assert run.code != 0
    assert "Traceback" not in run.text
    reported = sorted(line.partition(f" {KEPT}")[0] for line in run.text.splitlines() if KEPT in line)
    silent = ["eci", "cbs", "cvm"] if command == "repair" else DEAD  # which looks for marks, and images have none
    assert reported == sorted(f"error: {service} in {DEAD[service][0]}" for service in silent)
    others = [error for error in run.errors if KEPT not in error]
    assert all("could not be looked at" in error or error.endswith("failed") for error in others), others


@pytest.mark.parametrize("command", COMMANDS)
def test_rows_and_copies_of_a_silent_region_stay(seen: Seen, command: str) -> None:
    kept = {id_ for id_, row in seen.before.items() if not str(row["urn"]).endswith("web-cn-beijing")}

    assert kept <= set(seen.rows[command])
    assert kept <= seen.copies[command]


def test_other_regions_get_what_is_declared(seen: Seen) -> None:
    assert (len(seen.rows["up"]), len(seen.copies["up"])) == (7, 7)


def test_other_regions_are_destroyed(seen: Seen) -> None:
    assert (len(seen.rows["destroy"]), len(seen.copies["destroy"])) == (4, 4)


def test_what_is_usable_is_not_waited_for(seen: Seen) -> None:
    assert max(seen.seconds.values()) < 60, seen.seconds  # of four services, beside two hours for a copy


def test_next_run_continues(seen: Seen) -> None:
    assert seen.healed.code == 0, seen.healed.text
    assert "replaced" not in seen.healed.resources


def forget(stack: Stack, *names: str) -> None:
    """Leave the state as a run does that is killed inside these creations."""
    path = stack._state_file
    state = json.loads(path.read_text())
    latest = state["checkpoint"]["latest"]
    lost = [row for row in latest["resources"] if row["urn"].rpartition("::")[2] in names]
    beside = [row for row in latest["resources"] if row.get("parent") in {each["urn"] for each in lost}]
    latest["resources"] = [row for row in latest["resources"] if row not in [*lost, *beside]]
    started = [{key: value for key, value in row.items() if key not in {"id", "outputs"}} for row in lost]
    latest["pending_operations"] = [{"resource": row, "type": "creating"} for row in started]
    path.write_text(json.dumps(state))


def test_pending_creation_in_a_silent_region_is_left_and_found_later(stack: Stack, cloud: Cloud) -> None:
    """It is not made again, the others are, and neither `up` nor `destroy` loses it."""
    stack.config({"weights": replica("cn-hangzhou")}, images={"web": image("cn-shanghai")})
    assert stack.up().code == 0
    there = {entry["id"] for section in ("dataCaches", "images") for entry in cloud.of(section).replicas()}
    forget(stack, "weights-cn-hangzhou", "web-cn-shanghai")
    for service in ("eci", "ecs"):
        region, code = DEAD[service]
        fault = {"service": service, "kind": "error", "code": code, "status": 403, "region": region, "count": None}
        cloud.server.control.post("faults", fault)
    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai")}, images={"web": image("cn-shanghai")})

    made = stack.up()
    rows = [row["urn"].rpartition("::")[2] for row in stack.rows()]
    destroyed = stack.destroy()
    cloud.server.control.delete("faults")
    healed = stack.up()

    for run in (made, destroyed):
        assert run.code != 0
        assert [line.partition(f" {KEPT}")[0] for line in run.text.splitlines() if KEPT in line] == [
            "error: eci in cn-hangzhou",
            "error: ecs in cn-shanghai",
        ], run.text
        assert "weights-cn-hangzhou, web-cn-shanghai may have been started and stays as it is" in run.text
    assert rows == ["weights-cn-shanghai"]
    assert healed.code == 0, healed.text
    assert there <= {row["id"] for row in stack.rows()}
    assert len(cloud.replicas()) == len(cloud.of("images").replicas()) + 1 == 2
