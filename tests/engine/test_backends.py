"""Stacks whose state is in PostgreSQL or in S3: what the main job promises holds there, too, and so do locks."""

from __future__ import annotations

import json
import re
import signal
import socket
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest

from components.kinds import OF_TYPE
from tests.engine import backends
from tests.engine.harness import Cloud, Finished, Stack, image, replica, snapshot, wait_for

LOCKED = rf"error: stack test is locked by process \d+ of \S+ on {re.escape(socket.gethostname())} since \S+\. Next: "


@pytest.fixture(scope="module")
def _postgres() -> Iterator[str]:
    with backends.postgres() as url:
        yield url


@pytest.fixture(scope="module")
def _s3() -> Iterator[str]:
    with backends.s3() as url:
        yield url


@pytest.fixture
def in_backend(stack: Stack, request: pytest.FixtureRequest) -> Callable[[str], Stack]:
    """Has the stack keep its state in a backend: `postgres` or `s3`, each test in a place of its own."""

    def use(backend: str) -> Stack:
        url = str(request.getfixturevalue(f"_{backend}"))
        place = re.sub(r"\W", "_", request.node.name)
        url = f"{url}&table={place}" if backend == "postgres" else f"{url}&prefix={place}/"
        stack.environment |= {
            "PULUMI_BACKEND_URL": url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        return stack

    return use


def exported(stack: Stack) -> dict[str, Any]:
    done = stack.plain("stack", "export")
    assert done.code == 0, done.text
    return dict(json.loads(done.text))


def copies(stack: Stack) -> list[str]:
    rows = exported(stack)["deployment"].get("resources") or []
    return sorted(row["id"] for row in rows if row["type"] in OF_TYPE)


def kill(stack: Stack) -> None:
    """Kill the run that was started last, its engine first, as a machine that dies does."""
    run = psutil.Process(stack.started[-1].pid)
    for process in (stack.engine(), *run.children(recursive=True), run):
        try:
            process.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            continue
    stack.started[-1].communicate(timeout=30)


def succeeded(run: Finished) -> Finished:
    assert run.code == 0, run.text
    return run


@pytest.mark.parametrize("backend", ["postgres", "s3"])
def test_killed_up_is_continued_once_its_lock_is_ended(
    in_backend: Callable[[str], Stack], cloud: Cloud, backend: str
) -> None:
    """Kill -9 in the middle of the copies: the lock is named, ended, and the next `up` makes nothing twice."""
    stack = in_backend(backend)
    stack.config(
        {"weights": replica("cn-shanghai", "cn-hangzhou")},
        snapshots={"orders": snapshot("ap-shanghai")},
        images={"golden": image("cn-shenzhen")},
    )
    cloud.settings(copy_seconds=60)
    stack.start("up", "--yes")
    wait_for(lambda: len(cloud.replicas()) == 2)
    kill(stack)
    cloud.settings(copy_seconds=0)
    cloud.server.control.post("clock", {"advance": 60})

    refused = stack.up()
    asked = stack.run("unlock")
    ended = succeeded(stack.run("unlock", "--yes"))
    again = succeeded(stack.up())
    unchanged = succeeded(stack.run("preview", "--expect-no-changes"))

    assert refused.code == 1
    assert re.search(LOCKED + r"wait .*`replicas unlock test`", refused.text)
    assert asked.code == 1
    assert "there is no terminal to confirm `unlock`. Next: run it with --yes." in asked.text
    assert re.search(r"lock: process \d+ of \S+ on \S+ since \S+, 0 h 0 min ago", ended.text)
    there = [entry["id"] for section in ("dataCaches", "snapshots", "images") for entry in cloud.of(section).replicas()]
    assert len(there) == 4, again.text
    assert copies(stack) == sorted(there)
    assert unchanged.resources["unchanged"] > len(there)


@pytest.mark.parametrize("backend", ["postgres", "s3"])
def test_second_run_is_refused_and_cannot_end_the_lock_of_a_living_one(
    in_backend: Callable[[str], Stack], cloud: Cloud, backend: str
) -> None:
    stack = in_backend(backend)
    stack.config({"weights": replica("cn-shanghai")})
    cloud.settings(copy_seconds=30)
    first = stack.start("up", "--yes")
    wait_for(cloud.replicas)

    second = stack.up()
    unlocked = stack.run("unlock", "--yes")
    cloud.server.control.post("clock", {"advance": 60})
    text, _ = first.communicate(timeout=120)

    assert second.code == unlocked.code == 1
    assert re.search(LOCKED, second.text)
    assert "which is running on this machine. Next: wait" in unlocked.text
    assert first.returncode == 0, text
    assert copies(stack) == [entry["id"] for entry in cloud.replicas()]


def test_stack_moves_from_a_file_to_postgres_and_nothing_is_copied(
    in_backend: Callable[[str], Stack], stack: Stack, cloud: Cloud
) -> None:
    stack.config({"weights": replica("cn-shanghai", "cn-hangzhou")}, snapshots={"orders": snapshot("ap-shanghai")})
    succeeded(stack.up())
    before = exported(stack)
    (stack.directory / "state.json").write_text(json.dumps(before))
    in_backend("postgres")
    succeeded(stack.plain("stack", "init", "test"))
    succeeded(stack.plain("stack", "import", "--file", "state.json"))
    cloud.forget_calls()

    moved = succeeded(stack.run("up", "--yes", "--expect-no-changes"))

    assert not [call for call in cloud.server.control.get("calls") if "Copy" in call["action"]]
    ids = {row["urn"]: row["id"] for row in before["deployment"]["resources"] if "id" in row}
    assert {row["urn"]: row["id"] for row in exported(stack)["deployment"]["resources"] if "id" in row} == ids
    assert moved.resources.keys() == {"unchanged"}
    succeeded(stack.destroy())
    assert cloud.replicas() == []


def test_unlock_of_a_stack_without_a_lock_changes_nothing(in_backend: Callable[[str], Stack], cloud: Cloud) -> None:
    stack = in_backend("s3")
    stack.config({})
    succeeded(stack.up())

    assert "stack test is not locked" in succeeded(stack.run("unlock", "--yes")).text
    assert cloud.replicas() == []
