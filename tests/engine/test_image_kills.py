"""Image runs that are killed or interrupted: nothing is lost, and in the end nothing is there twice.

CopyImage of the native plugin has no token, and the engine is told the id only when the copy is done: a killed run
leaves a creation that nobody recorded, and repair finds its image by the exact name.
"""

from __future__ import annotations

from typing import Any

import psutil
import pytest

from tests.engine.harness import IMAGE, NEWER_IMAGE, Cloud, Stack, image, wait_for
from tests.engine.kills import SIGNALS

FOREIGN: dict[str, Any] = {"region": "cn-beijing", "id": "m-foreign1", "name": "golden-cn-beijing", "size": 40}


@pytest.fixture
def running(stack: Stack, ecs: Cloud) -> Stack:
    stack.environment["REPLICAS_CONSISTENCY_SECONDS"] = "4"
    ecs.settings(copy_seconds=600, image_copy_slots=10)
    ecs.server.control.post("seed", {"images": [FOREIGN]})
    stack.config(images={"golden": image("cn-beijing", "cn-shenzhen")})
    return stack


def kill(stack: Stack, ecs: Cloud, signal: str = "SIGKILL", *, accepted: bool = True, process: str = "cli") -> None:
    """Run `up` and kill a process of it when the copies were accepted, or while their requests are on the way."""
    if signal != "SIGKILL" or process == "plugin":
        ecs.settings(copy_seconds=4)  # the engine waits until running creations have ended
    if not accepted:
        ecs.fault("delay", when="before", seconds=1.5, count=2)
    run = stack.start("up", "--yes")
    engine = stack.engine()
    if accepted:
        wait_for(lambda: len([call for call in ecs.calls("CopyImage") if call["status"] == 200]) >= 2)
    else:
        wait_for(lambda: ecs.server.control.get("faults")[0]["hits"] == 2)
    victim = {"cli": engine, "program": psutil.Process(run.pid)}.get(process) or plugin(engine)
    victim.send_signal(SIGNALS[signal])
    run.communicate(timeout=90)
    psutil.wait_procs([engine], timeout=30)


def plugin(engine: psutil.Process) -> psutil.Process:
    """A process of the native plugin."""

    def find() -> psutil.Process | None:
        for child in engine.children(recursive=True):
            if "sandbox.plugins" in child.cmdline():
                return child
        return None

    return wait_for(find)


def settled(stack: Stack, ecs: Cloud, *regions: str, source: dict[str, str] = IMAGE) -> None:
    replicas = ecs.replicas()
    assert {(entry["region"], entry["status"]) for entry in replicas} == {(region, "Available") for region in regions}
    assert len(replicas) == len(regions)
    assert {entry["copied_from"]["id"] for entry in replicas} == {source["id"]}
    assert {row["id"] for row in stack.rows()} == {entry["id"] for entry in replicas}
    assert FOREIGN["id"] in {entry["id"] for entry in ecs.inventory()}


def test_kill_after_the_copies_were_accepted(running: Stack, ecs: Cloud) -> None:
    """They are found by name, recorded and waited for."""
    ecs.settings(copy_seconds=12)
    kill(running, ecs)
    started = {entry["id"]: entry["status"] for entry in ecs.replicas()}
    assert set(started.values()) == {"Creating"}

    done = running.up("--expect-no-changes")

    assert done.code == 0, done.text
    assert "repair: golden-cn-beijing: found m-" in done.text
    settled(running, ecs, "cn-beijing", "cn-shenzhen")
    assert {entry["id"] for entry in ecs.replicas()} == set(started)
    assert len(ecs.calls("CopyImage")) == 2


def test_destroy_in_the_middle_of_an_interrupted_copy_leaves_nothing(running: Stack, ecs: Cloud) -> None:
    kill(running, ecs)

    done = running.destroy()

    assert done.code == 0, done.text
    assert done.text.count("repair: cancelled the copy to m-") == 2
    assert ecs.replicas() == []
    assert len(ecs.calls("CancelCopyImage")) == 2
    assert not running.state().get("resources")


def test_destroy_of_something_else_cancels_no_copy(running: Stack, ecs: Cloud) -> None:
    kill(running, ecs)
    assert running.run("repair").code == 0
    images = {entry["id"] for entry in ecs.replicas()}
    assert len(images) == 2

    done = running.run("destroy", "--yes", "--target", "golden-cn-beijing")

    assert done.code != 0  # the native delete refuses a running copy
    assert "cancelled" not in done.text
    assert {entry["id"] for entry in ecs.replicas()} == images
    assert ecs.calls("CancelCopyImage") == []


CASES = [
    pytest.param(operation, accepted, process, signal, id=f"{operation}-{when}-{process}-{signal}")
    for operation in ("create", "replace")
    for accepted, when in ((False, "before"), (True, "after"))
    for process in ("cli", "program", "plugin")
    for signal in SIGNALS
]


@pytest.mark.matrix
@pytest.mark.parametrize(("operation", "accepted", "process", "signal"), CASES)
def test_nothing_lost_and_in_the_end_nothing_twice(
    running: Stack, ecs: Cloud, operation: str, accepted: bool, process: str, signal: str
) -> None:
    source = IMAGE
    if operation == "replace":
        ecs.settings(copy_seconds=0)
        assert running.up().code == 0
        source = NEWER_IMAGE
        running.config(images={"golden": image("cn-beijing", "cn-shenzhen", source=source)})
        ecs.forget_calls()
        ecs.settings(copy_seconds=600)

    kill(running, ecs, signal, accepted=accepted, process=process)
    ecs.server.control.post("clock", {"advance": 600})
    ecs.settings(copy_seconds=0)
    done = running.up()

    assert done.code == 0, done.text
    assert "Traceback" not in done.text
    settled(running, ecs, "cn-beijing", "cn-shenzhen", source=source)
    assert running.up("--expect-no-changes").code == 0
