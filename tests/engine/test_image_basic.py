"""Image replicas from nothing to usable to gone, on the real engine: a few runs that all tests here look at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest

from tests.engine.harness import IMAGE, NEWER_IMAGE, Cloud, Finished, Stack, image

BEIJING = {"description": "golden machine", "tags": {"team": "web"}, "resourceGroupId": "rg-one"}
RENAMED = {
    "name": "renamed",
    "description": "another text",
    "tags": {"team": "infra", "tier": "gold"},
    "resourceGroupId": "rg-two",
}
IGNORING = {"tags": {"tier": "gold"}, "ignoreTags": ["cost center", "absent"]}
LOOKS = {"DescribeImages", "ListTagResources"}


@dataclass
class Seen:
    """A run, and what was there after it."""

    run: Finished
    images: dict[str, dict[str, Any]]
    """The replicas by name of their row."""
    calls: list[dict[str, Any]]

    @property
    def changes(self) -> list[tuple[str, str]]:
        """Action and region of every call that was no look, in order."""
        return [(call["action"], call["region"]) for call in self.calls if call["action"] not in LOOKS]


@pytest.fixture(scope="module")
def seen(shared_stack: Stack, shared_ecs: Cloud) -> dict[str, Seen]:
    stack, ecs = shared_stack, shared_ecs
    ecs.settings(copy_seconds=1, image_copy_slots=10)

    def look(run: Finished) -> Seen:
        there = {entry["id"]: entry for entry in ecs.replicas()}
        rows = stack.rows() if stack.state().get("resources") else []
        calls = ecs.server.control.get("calls")
        ecs.forget_calls()
        images = {row["urn"].rpartition("::")[2]: there[row["id"]] for row in rows}
        assert len(images) == len(there), run.text
        return Seen(run, images, calls)

    def declare(beijing: dict[str, Any], *regions: str, source: dict[str, str] = IMAGE) -> None:
        entry = image("cn-shenzhen", *regions, source=source)
        entry["destinations"] |= {"cn-beijing": beijing, "cn-shenzhen": IGNORING}
        stack.config(images={"golden": entry})

    runs = {}
    declare(BEIJING)
    runs["up"] = look(stack.up())
    runs["unchanged"] = look(stack.run("preview", "--expect-no-changes"))
    declare(BEIJING, "cn-shanghai")
    runs["region added"] = look(stack.preview())
    drifted = runs["up"].images["golden-cn-shenzhen"]
    seed = {key: drifted[key] for key in ("id", "size", "copied_from")}
    changed = {
        **seed,
        "region": "cn-shenzhen",
        "name": "by-hand",
        "description": "by hand",
        "tags": {"by": "hand", "cost center": "7"},
    }
    ecs.server.control.post("seed", {"images": [changed]})
    declare(RENAMED)
    runs["update"] = look(stack.up())
    declare(RENAMED, source=NEWER_IMAGE)
    runs["newer"] = look(stack.up())
    runs["destroy"] = look(stack.destroy())
    return runs


def test_basic(seen: dict[str, Seen]) -> None:
    up = seen["up"]

    assert up.run.code == 0, up.run.text
    # The stack and the component, two copies, two providers, the stack's identity, one companion.
    assert up.run.resources == {"created": 9}
    assert up.images.keys() == {"golden-cn-beijing", "golden-cn-shenzhen"}
    assert {entry["status"] for entry in up.images.values()} == {"Available"}


def test_names_carry_a_hash(seen: dict[str, Seen]) -> None:
    names = [entry["name"] for entry in seen["up"].images.values()]

    assert all(re.fullmatch(r"golden-cn-\w+-[0-9a-f]{8}", name) for name in names)


def test_what_is_sent(seen: dict[str, Seen]) -> None:
    (params,) = (
        call["params"]
        for call in seen["up"].calls
        if call["action"] == "CopyImage" and call["destination_region"] == "cn-beijing"
    )

    assert params["RegionId"] == IMAGE["region"]
    assert params["ImageId"] == IMAGE["id"]
    assert params["DestinationDescription"] == "golden machine"
    assert (params["Tag.1.Key"], params["Tag.1.Value"]) == ("team", "web")


def test_resource_group_is_joined(seen: dict[str, Seen]) -> None:
    groups = {name: entry["resource_group"] for name, entry in seen["up"].images.items()}

    assert groups == {"golden-cn-beijing": "rg-one", "golden-cn-shenzhen": ""}


def test_table(seen: dict[str, Seen]) -> None:
    lines = [line.split() for line in seen["up"].run.text.strip().splitlines()[-2:]]

    beijing = seen["up"].images["golden-cn-beijing"]["id"]
    source = "cn-hangzhou/m-bp1testsource00001"
    assert lines[0] == ["golden", source, "cn-beijing", beijing, "Available", "40", "GiB", "never"]
    assert lines[1][2] == "cn-shenzhen"


def test_unchanged(seen: dict[str, Seen]) -> None:
    preview = seen["unchanged"]

    assert preview.run.code == 0, preview.run.text
    assert preview.run.resources == {"unchanged": 9}
    assert "golden" not in preview.run.text
    assert "Outputs" not in preview.run.text
    assert preview.changes == []


def test_added_region_adds_its_image_and_its_provider(seen: dict[str, Seen]) -> None:
    preview = seen["region added"]

    assert preview.run.operations == {"golden-cn-shanghai": "create"}
    assert preview.run.resources == {"to create": 3, "unchanged": 9}
    assert "pulumi:providers:alicloud replicas-alicloud-cn-shanghai create" in preview.run.text
    assert preview.changes == []


def test_change_in_place(seen: dict[str, Seen]) -> None:
    before, after = (seen[run].images["golden-cn-beijing"] for run in ("up", "update"))

    assert seen["update"].run.code == 0, seen["update"].run.text
    assert after["id"] == before["id"]
    assert re.fullmatch(r"renamed-[0-9a-f]{8}", after["name"])
    assert (after["description"], after["tags"], after["resource_group"]) == (
        "another text",
        {"team": "infra", "tier": "gold"},
        "rg-two",
    )


def test_drift_is_found_and_put_back(seen: dict[str, Seen]) -> None:
    before, after = (seen[run].images["golden-cn-shenzhen"] for run in ("up", "update"))

    assert seen["update"].run.operations["golden-cn-shenzhen"] == "updated"
    assert (after["id"], after["name"]) == (before["id"], before["name"])
    assert after["tags"] == {"tier": "gold", "cost center": "7"}


def test_newer_source_is_there_before_the_older_one_goes(seen: dict[str, Seen]) -> None:
    newer = seen["newer"]

    assert newer.run.code == 0, newer.run.text
    assert newer.run.operations == {"golden-cn-beijing": "replaced", "golden-cn-shenzhen": "replaced"}
    assert {entry["copied_from"]["id"] for entry in newer.images.values()} == {NEWER_IMAGE["id"]}
    assert newer.images["golden-cn-beijing"]["resource_group"] == "rg-two"
    for region in ("cn-beijing", "cn-shenzhen"):
        older = seen["update"].images[f"golden-{region}"]
        made = newer.images[f"golden-{region}"]
        assert made["name"] != older["name"]
        usable = next(
            position
            for position, call in enumerate(newer.calls)
            if call["action"] == "DescribeImages" and call["params"].get("ImageId") == made["id"]
        )
        deleted = [
            position
            for position, call in enumerate(newer.calls)
            if call["action"] == "DeleteImage" and call["params"]["ImageId"] == older["id"]
        ]
        assert len(deleted) == 1
        assert deleted[0] > usable


def test_destroy(seen: dict[str, Seen]) -> None:
    assert seen["destroy"].run.code == 0, seen["destroy"].run.text
    assert seen["destroy"].images == {}


def test_encryption_replaces(stack: Stack, ecs: Cloud) -> None:
    """The new image has another name, so that the old one is there until it is usable."""
    stack.config(images={"golden": image("cn-beijing")})
    assert stack.up().code == 0
    (before,) = ecs.replicas()
    stack.config(images={"golden": image("cn-beijing", encrypted=True)})

    done = stack.up()

    assert done.code == 0, done.text
    (after,) = ecs.replicas()
    assert (before["encrypted"], after["encrypted"]) == (False, True)
    assert after["name"] != before["name"]
