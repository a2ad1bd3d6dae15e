"""What a change of the declaration previews, and what it does: one replica is touched, and only as far as needed.

Each kind of change is made to an entry of its own, so that one run of the engine shows them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from components.lifecycle import mark
from tests.engine.harness import NEWER, SOURCE, Cloud, Finished, Stack, replica

SETTINGS: dict[str, Any] = {"path": "/models/v1", "retentionDays": 7, "tags": {"team": "ml", "tier": "gold"}}


def declared() -> dict[str, Any]:
    return replica("cn-hangzhou", "cn-shanghai", **SETTINGS)


def with_region(region: str, **changed: Any) -> dict[str, Any]:
    entry = declared()
    entry["destinations"][region] = {**SETTINGS, **changed}
    return entry


CHANGES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "region-added": (with_region("cn-shenzhen"), {"cn-shenzhen": "create"}),
    "region-removed": (replica("cn-hangzhou", **SETTINGS), {"cn-shanghai": "delete"}),
    "retention": (with_region("cn-hangzhou", retentionDays=9), {"cn-hangzhou": "update"}),
    "tags": (with_region("cn-hangzhou", tags={"team": "x"}), {"cn-hangzhou": "update"}),
    "name": (with_region("cn-hangzhou", name="other"), {"cn-hangzhou": "update"}),
    "bucket": (with_region("cn-hangzhou", bucket="other"), {"cn-hangzhou": "update"}),
    "size": (with_region("cn-hangzhou", size=40), {"cn-hangzhou": "update"}),
    "path": (with_region("cn-hangzhou", path="/v2"), {"cn-hangzhou": "replace"}),
    "source": ({**declared(), "source": NEWER}, {"cn-hangzhou": "replace", "cn-shanghai": "replace"}),
    "regions-reordered": (
        {"source": SOURCE, "destinations": dict(reversed(declared()["destinations"].items()))},
        {},
    ),
    "tags-reordered": (with_region("cn-hangzhou", tags={"tier": "gold", "team": "ml"}), {}),
    "timeout": ({**declared(), "readyTimeout": "3h"}, {}),
}


@dataclass
class Story:
    """Previews of nothing and of what is refused, a preview of all changes, their `up`, and a preview after it."""

    nothing: Finished
    refused: Finished
    preview: Finished
    up: Finished
    after: Finished
    copies: list[dict[str, dict[str, Any]]]
    """The replicas by name of their row, before and after the changes."""
    tokens: dict[str, str]
    previewed_calls: list[dict[str, Any]]
    up_calls: list[dict[str, Any]]


@pytest.fixture(scope="module")
def story(shared_stack: Stack, shared_cloud: Cloud) -> Story:
    stack, cloud = shared_stack, shared_cloud

    def calls() -> list[dict[str, Any]]:
        return [call for call in cloud.take_calls() if call["action"] != "DescribeDataCaches"]

    before = {name: declared() for name in CHANGES}
    stack.config(before)
    first = stack.up()
    assert first.code == 0, first.text
    copies = [stack.named_copies(cloud)]
    calls()
    nothing = stack.preview()
    unbound = {key: value for key, value in SETTINGS.items() if key != "retentionDays"}
    stack.config(before | {"retention": replica("cn-hangzhou", "cn-shanghai", **unbound)})
    refused = stack.preview()
    stack.config({name: changed for name, (changed, _) in CHANGES.items()})
    preview = stack.preview()
    previewed_calls = calls()
    up = stack.up()
    copies.append(stack.named_copies(cloud))
    tokens = {name: mark.of(row["inputs"]) for name, row in stack.named_rows().items()}
    up_calls = calls()
    return Story(
        nothing, refused, preview, up, stack.preview("--expect-no-changes"), copies, tokens, previewed_calls, up_calls
    )


def test_preview_of_nothing_shows_no_row_and_no_output(story: Story) -> None:
    assert set(story.nothing.resources) == {"unchanged"}
    assert "Outputs" not in story.nothing.text
    assert "DataCacheCopy" not in story.nothing.text
    assert "DataCacheReplica" not in story.nothing.text


def test_previews(story: Story) -> None:
    expected = {f"{name}-{region}": what for name, (_, touched) in CHANGES.items() for region, what in touched.items()}
    counts = {"to create": 1, "to delete": 1, "to update": 5, "to replace": 3}

    assert story.preview.operations == expected
    assert {what: count for what, count in story.preview.resources.items() if what != "unchanged"} == counts
    assert story.previewed_calls == []


def test_retention_cannot_be_unset(story: Story) -> None:
    assert story.refused.code != 0
    assert "cannot be unset (it was " in story.refused.text
    assert "Traceback" not in story.refused.text


def test_only_what_changed_is_touched(story: Story) -> None:
    touched = {f"{name}-{region}" for name, (_, regions) in CHANGES.items() for region in regions}
    counts = {"created": 1, "deleted": 1, "updated": 5, "replaced": 3}

    assert story.up.code == 0, story.up.text
    assert {what: count for what, count in story.up.resources.items() if what != "unchanged"} == counts
    before, after = story.copies
    assert [name for name in before if name not in touched and before[name] != after.get(name)] == []
    assert story.after.code == 0, story.after.text


def test_add_and_remove_region(story: Story) -> None:
    assert story.copies[1]["region-added-cn-shenzhen"]["status"] == "Available"
    assert "region-removed-cn-shanghai" not in story.copies[1]
    assert len(story.copies[1]) == len(story.copies[0])


def test_update_in_place(story: Story) -> None:
    before, after = story.copies

    def pair(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        return before[f"{name}-cn-hangzhou"], after[f"{name}-cn-hangzhou"]

    named, tagged, kept = pair("name"), pair("tags"), pair("retention")
    assert named[1] == {**named[0], "name": "other"}
    token = story.tokens["tags-cn-hangzhou"]
    assert tagged[1] == {**tagged[0], "tags": {"team": "x", "pulumi-replica": token}}
    assert kept[1]["id"] == kept[0]["id"]
    assert kept[1]["expires"] > kept[0]["expires"]


def test_replace(story: Story) -> None:
    """The old ones continuely when the new ones are usable."""
    before, after = story.copies

    assert (before["path-cn-hangzhou"]["path"], after["path-cn-hangzhou"]["path"]) == ("/models/v1", "/v2")
    assert after["source-cn-hangzhou"]["copied_from"] == NEWER
    assert {after[name]["status"] for name in ("path-cn-hangzhou", "source-cn-hangzhou")} == {"Available"}
    copied = [call["index"] for call in story.up_calls if call["action"] == "CopyDataCache"]
    deleted = [call["index"] for call in story.up_calls if call["action"] == "DeleteDataCache"]
    assert (len(copied), len(deleted)) == (4, 4)
    assert max(copied) < min(deleted)


def test_preview_calls_no_copy(stack: Stack, cloud: Cloud) -> None:
    stack.config({"weights": declared()})
    stack.plain("stack", "init", "test")

    assert stack.preview().resources == {"to create": 5}
    assert cloud.server.control.get("calls") == []
