"""The examples do what they say: each runs on the real engine against the sandbox, with the sandbox's sources."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.engine.harness import CHECKOUT, Cloud, Finished, Stack
from tools.chaos.declared import KINDS, inventory_of

EXAMPLES = CHECKOUT / "examples"


def use(stack: Stack, cloud: Cloud, example: str) -> None:
    """Make the stack's project a copy of an example."""
    cloud.server.control.post("seed", json.loads((CHECKOUT / "stacks" / "sandbox-sources.json").read_text()))
    (stack.directory / "__main__.py").unlink()
    for path in (EXAMPLES / example).iterdir():
        if path.is_file():
            shutil.copy(path, stack.directory)
    stack.config()


def usable(cloud: Cloud) -> dict[tuple[str, str], int]:
    """Region and status of all replicas of all kinds -> how many."""
    found: dict[tuple[str, str], int] = {}
    for regions in (cloud.server.control.get("inventory")[service] for service in map(inventory_of, KINDS)):
        for region, entries in regions.items():
            for entry in entries:
                if entry["copied_from"]:
                    place = region, entry["status"]
                    found[place] = found.get(place, 0) + 1
    return found


def up(stack: Stack, cloud: Cloud, example: str) -> Finished:
    use(stack, cloud, example)
    done = stack.up()
    assert done.code == 0, done.text
    return done


@pytest.mark.parametrize(
    ("example", "expected"),
    [
        ("data-cache", {("cn-hangzhou", "Available"): 1, ("ap-southeast-1", "Available"): 1}),
        ("snapshot", {("ap-beijing", "NORMAL"): 1, ("ap-singapore", "NORMAL"): 1}),
        ("ecs-snapshot", {("cn-beijing", "accomplished"): 1, ("cn-shenzhen", "accomplished"): 1}),
        ("image", {("cn-shanghai", "Available"): 1, ("cn-qingdao", "Available"): 1}),
    ],
)
def test_example_of_one_kind(stack: Stack, cloud: Cloud, example: str, expected: dict[tuple[str, str], int]) -> None:
    """One of them with an official CLI on PATH, which asks for the environment that a project names."""
    if example == "data-cache":
        stack.use_official_cli()

    done = up(stack, cloud, example)

    assert example != "data-cache" or "has a Python language host" in done.line("engine: ")
    assert usable(cloud) == expected
    outputs = done.text.partition("Outputs:")[2].partition("Resources:")[0]
    assert [region for region, _ in expected if region not in outputs] == []


def test_dependent_of_all_kinds_waits(stack: Stack, cloud: Cloud) -> None:
    cloud.settings(copy_seconds=3)

    done = up(stack, cloud, "all-kinds")

    usable_ones = {("cn-shanghai", "Available"): 2, ("cn-shanghai", "accomplished"): 1, ("ap-shanghai", "NORMAL"): 2}
    assert usable(cloud) == usable_ones
    lines = done.text.splitlines()
    start = next(number for number, line in enumerate(lines) if "rollout creating" in line)
    before = "\n".join(lines[:start])
    assert before.count("usable after") == 4
    assert "ImageCopy machine-cn-shanghai created" in before


@pytest.mark.parametrize("example", sorted(path.name for path in EXAMPLES.iterdir()))
def test_example_is_whole(example: str) -> None:
    directory = EXAMPLES / example

    assert (directory / "components").resolve() == CHECKOUT / "components"
    assert f"--cwd examples/{example} up sandbox" in (directory / "README.md").read_text()
    assert "virtualenv" not in (directory / "Pulumi.yaml").read_text()  # a copy elsewhere would have none there
    stack_file = directory / "stacks" / "Pulumi.sandbox.yaml"
    assert stack_file.read_text().startswith("config:\n  replicas:loopbackOnly:")
