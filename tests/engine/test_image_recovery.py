"""What becomes of image copies that an `up` started and did not record.

CopyImage of the native plugin has no token, and the engine gets the id only when the copy is done: a killed run leaves
a creation that is not recorded, and repair finds its image by the exact name.
"""

from __future__ import annotations

from typing import Any

import psutil
import pytest

from tests.engine.harness import IMAGE, Cloud, Stack, image, wait_for

FOREIGN: dict[str, Any] = {"region": "cn-beijing", "id": "m-foreign1", "name": "golden-cn-beijing", "size": 40}


@pytest.fixture
def running(stack: Stack, ecs: Cloud) -> Stack:
    stack.environment["REPLICAS_CONSISTENCY_SECONDS"] = "4"
    ecs.settings(copy_seconds=600, image_copy_slots=10)
    ecs.server.control.post("seed", {"images": [FOREIGN]})
    stack.config(images={"golden": image("cn-beijing", "cn-shenzhen")})
    return stack


def kill(stack: Stack, ecs: Cloud) -> None:
    """Run `up` and kill the engine when both copies were accepted."""
    run = stack.start("up", "--yes")
    engine = stack.engine()
    wait_for(lambda: len([call for call in ecs.calls("CopyImage") if call["status"] == 200]) >= 2)
    engine.kill()
    run.communicate(timeout=90)
    psutil.wait_procs([engine], timeout=30)


def settled(stack: Stack, ecs: Cloud, *regions: str) -> None:
    replicas = ecs.replicas()
    assert {(entry["region"], entry["status"]) for entry in replicas} == {(region, "Available") for region in regions}
    assert len(replicas) == len(regions)
    assert {entry["copied_from"]["id"] for entry in replicas} == {IMAGE["id"]}
    assert {row["id"] for row in stack.rows()} == {entry["id"] for entry in replicas}
    assert FOREIGN["id"] in {entry["id"] for entry in ecs.inventory()}


def test_kill_after_the_copies_were_accepted(running: Stack, ecs: Cloud) -> None:
    """They are found by name, recorded and waited for."""
    ecs.settings(copy_seconds=12)
    kill(running, ecs)
    started = {entry["id"]: entry["status"] for entry in ecs.replicas()}
    assert set(started.values()) == {"Creating"}

    done = running.up()

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


def test_copy_that_a_plain_destroy_forgot_is_ended(running: Stack, ecs: Cloud) -> None:
    """The engine deletes all it knows of, the copies' provider too, and keeps their creations."""
    kill(running, ecs)
    running.plain("cancel", "--yes")
    plain = running.plain("destroy", "--yes", "--skip-preview")
    assert plain.code == 0, plain.text
    assert len(ecs.replicas()) == 2

    done = running.destroy()

    assert done.code == 0, done.text
    assert done.text.count("which the stack left behind when it was destroyed") == 2
    assert ecs.replicas() == []
    assert not running.state().get("pending_operations")
