"""Runs that are killed or interrupted: after the runner's next `up`, what is declared is there and usable, once.

Every case sends one signal to one process at one moment of one operation. What the run was killed in the middle of, and
what it left behind, differs from case to case; what must hold afterwards does not.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, NamedTuple

import psutil
import pytest

from tests.engine.harness import Cloud, Stack, replica, wait_for

IN_FLIGHT = 1.5
"""Seconds a call hangs before it is accepted, or before its answer is sent."""

SIGNALS = {"SIGKILL": signal.SIGKILL, "SIGTERM": signal.SIGTERM, "SIGINT": signal.SIGINT}


class Operation(NamedTuple):
    """A change of the declaration, and the call it needs."""

    declared: dict[str, Any]
    action: str
    params: dict[str, str]


BASE = replica("cn-hangzhou", "cn-shanghai", path="/v1")


def changed(region: str, **settings: Any) -> dict[str, Any]:
    entry = replica("cn-hangzhou", "cn-shanghai", path="/v1")
    entry["destinations"][region] = {"path": "/v1", **settings}
    return entry


OPERATIONS = {
    "create": Operation(changed("cn-shenzhen"), "CopyDataCache", {"DestinationRegionId": "cn-shenzhen"}),
    "replace": Operation(changed("cn-hangzhou", path="/v2"), "CopyDataCache", {"DestinationRegionId": "cn-hangzhou"}),
    "update": Operation(changed("cn-hangzhou", name="renamed"), "UpdateDataCache", {"RegionId": "cn-hangzhou"}),
    "delete": Operation(replica("cn-hangzhou", path="/v1"), "DeleteDataCache", {"RegionId": "cn-shanghai"}),
}
FOREIGN = [
    {"region": region, "id": f"edc-foreign{number}", "path": "/v1", "name": f"weights-{region}", "size": 20}
    for number, region in enumerate(("cn-hangzhou", "cn-shanghai", "cn-shenzhen"))
]


@pytest.fixture(scope="session")
def made_once() -> dict[str, Any]:
    """The state and the replicas of BASE, made by the first test that needs them."""
    return {}


@pytest.fixture
def running(stack: Stack, cloud: Cloud, made_once: dict[str, Any]) -> Stack:
    """A stack with BASE up, beside things that are not its own."""
    stack.environment["REPLICAS_CONSISTENCY_SECONDS"] = "4"
    stack.config({"weights": BASE})
    if not made_once:
        done = stack.up()
        assert done.code == 0, done.text
        made_once["state"] = shutil.copytree(stack.directory / ".pulumi-state", stack.directory.parent / "kept")
        made_once["config"] = (stack.directory / "stacks" / "Pulumi.test.yaml").read_text()
        keys = ("id", "region", "name", "path", "tags", "size", "copied_from")
        made_once["replicas"] = [{key: copy[key] for key in keys} for copy in cloud.replicas()]
    shutil.copytree(made_once["state"], stack.directory / ".pulumi-state", dirs_exist_ok=True)
    (stack.directory / "stacks" / "Pulumi.test.yaml").write_text(made_once["config"])
    cloud.server.control.post("seed", {"data_caches": [*made_once["replicas"], *FOREIGN]})
    cloud.forget_calls()
    return stack


def processes(run: subprocess.Popen[str], stack: Stack) -> dict[str, psutil.Process]:
    engine = stack.engine()
    provider = wait_for(
        lambda: next((child for child in engine.children(recursive=True) if _serves_dynamic(child)), None)
    )
    return {"cli": engine, "program": psutil.Process(run.pid), "provider": provider}


def _serves_dynamic(process: psutil.Process) -> bool:
    try:
        return "pulumi.dynamic" in process.cmdline()
    except psutil.Error:
        return False


def foreign(cloud: Cloud) -> list[dict[str, Any]]:
    inventory = cloud.server.control.get("inventory")["eci"]
    return [entry for entries in inventory.values() for entry in entries if not entry["copied_from"]]


def moment_of(moment: str, operation: Operation, cloud: Cloud) -> Callable[[], Any]:
    """Arrange for the moment, and return what becomes true when it has come."""
    if moment in {"before", "inside"}:
        when = "before" if moment == "before" else "after"
        cloud.fault("delay", operation.action, params=operation.params, when=when, seconds=IN_FLIGHT)
        return lambda: cloud.server.control.get("faults")[0]["hits"]
    cloud.settings(copy_seconds=3, delete_seconds=3)
    cloud.fault("delay", action="DescribeDataCaches", seconds=1, params=_looks(operation))
    return lambda: [
        call
        for call in cloud.calls(operation.action)
        if call["status"] == 200 and call["params"].items() >= operation.params.items()
    ]


def _looks(operation: Operation) -> dict[str, str]:
    """An update is over at once: only the look at its replica afterwards can be caught."""
    return {"RegionId": "cn-hangzhou"} if operation.action == "UpdateDataCache" else {"RegionId": "nowhere"}


def cases() -> Iterator[Any]:
    """Every case. `make test` runs the core of them, `make test-kills` all: the rest takes ten minutes."""
    for case in product(OPERATIONS, ("before", "inside", "after"), ("cli", "program", "provider"), SIGNALS):
        operation, moment, process, name = case
        is_core = (
            (process, name) == ("cli", "SIGKILL")
            or (operation, moment, name) == ("create", "inside", "SIGKILL")
            or (operation, moment, process) in {("create", "inside", "program"), ("replace", "after", "program")}
        )
        yield pytest.param(*case, id="-".join(case), marks=[] if is_core else pytest.mark.matrix)


@pytest.mark.parametrize(("operation", "moment", "process", "name"), list(cases()))
def test_nothing_lost_nothing_twice(
    running: Stack, cloud: Cloud, operation: str, moment: str, process: str, name: str
) -> None:
    others = foreign(cloud)
    running.config({"weights": OPERATIONS[operation].declared})
    has_come = moment_of(moment, OPERATIONS[operation], cloud)
    killed = running.start("up", "--yes", "--no-refresh")
    victims = processes(killed, running)
    wait_for(has_come)

    victims[process].send_signal(SIGNALS[name])
    killed.communicate(timeout=60)
    psutil.wait_procs([victims["cli"]], timeout=30)
    cloud.settings(copy_seconds=0, delete_seconds=0)
    done = running.up()

    assert done.code == 0, done.text
    expected = {
        (region, settings["path"], settings.get("name", f"weights-{region}"))
        for region, settings in OPERATIONS[operation].declared["destinations"].items()
    }
    copies = cloud.replicas()
    assert {(copy["region"], copy["path"], copy["name"]) for copy in copies} == expected, done.text
    assert len(copies) == len(expected), done.text
    assert {copy["status"] for copy in copies} == {"Available"}
    assert {row["id"] for row in running.rows()} == {copy["id"] for copy in copies}
    assert foreign(cloud) == others
    assert "Traceback" not in done.text
