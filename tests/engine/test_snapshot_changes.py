"""What a change of the declaration, and what somebody else's hand, previews and does: one replica, as far as needed.

Five runs that all tests here look at: `up`, a preview of nothing, a preview of many changes, their `up`, and the `up`
after somebody changed one replica and deleted another, and after one is over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from components.clouds.tencent.cbs import Cbs
from components.clouds.tencent.connection import Connection
from sandbox.core.accounts import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from tests.engine.harness import NEWER_SNAPSHOT, SNAPSHOT, Cloud, Finished, Stack, snapshot

DEADLINE = "2099-01-31T00:00:00+08:00"
PASSED = "2020-01-31T00:00:00+08:00"


def before() -> dict[str, Any]:
    return {
        "grown": snapshot("ap-beijing"),
        "shrunk": snapshot("ap-beijing", "ap-shanghai"),
        "renamed": snapshot("ap-shanghai", "ap-singapore"),
        "mortal": snapshot("ap-chengdu"),
        "immortal": snapshot("ap-chongqing", deadline=DEADLINE),
        "moved": snapshot("ap-nanjing"),
        "expiring": snapshot("ap-mumbai", deadline=DEADLINE),
    }


def after() -> dict[str, Any]:
    renamed = snapshot("ap-shanghai", "ap-singapore")
    renamed["destinations"]["ap-shanghai"] = {"name": "other"}
    return {
        "grown": snapshot("ap-beijing", "ap-tokyo"),
        "shrunk": snapshot("ap-beijing"),
        "renamed": renamed,
        "mortal": snapshot("ap-chengdu", deadline=DEADLINE),
        "immortal": snapshot("ap-chongqing"),
        "moved": snapshot("ap-nanjing", source=NEWER_SNAPSHOT),
        "expiring": snapshot("ap-mumbai", deadline=DEADLINE),
    }


@dataclass
class Story:
    nothing: Finished
    preview: Finished
    up: Finished
    healed: Finished
    copies: list[dict[str, dict[str, Any]]]
    """The replicas by name of their row, after the first `up`, the changes, and the healing."""
    previewed_calls: list[dict[str, Any]]
    up_calls: list[dict[str, Any]]
    by_hand: dict[str, str]
    """The ids that somebody renamed and deleted, and the one that the cloud deleted."""


@pytest.fixture(scope="module")
def story(shared_stack: Stack, shared_cbs: Cloud) -> Story:
    stack, cbs = shared_stack, shared_cbs
    stack.environment["REPLICAS_CONSISTENCY_SECONDS"] = "4"  # for so long what is gone is looked for
    copies = []

    def look() -> None:
        copies.append(stack.named_copies(cbs))
        assert len(copies[-1]) == len(cbs.replicas())

    def calls() -> list[dict[str, Any]]:
        return [call for call in cbs.take_calls() if not call["action"].startswith("Describe")]

    stack.config(snapshots=before())
    first = stack.up()
    assert first.code == 0, first.text
    look()
    reordered = dict(reversed(before().items()))
    reordered["shrunk"]["destinations"] = dict(reversed(reordered["shrunk"]["destinations"].items()))
    reordered["grown"]["readyTimeout"] = "3h"
    stack.config(snapshots=reordered)
    calls()
    nothing = stack.preview()
    stack.config(snapshots=after())
    preview = stack.preview()
    previewed_calls = calls()
    up = stack.up()
    look()
    up_calls = calls()

    names = {"renamed": "mortal-ap-chengdu", "gone": "grown-ap-tokyo", "expired": "expiring-ap-mumbai"}
    by_hand = {key: copies[-1][name]["id"] for key, name in names.items()}
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TENCENTCLOUD_SECRET_ID", ACCESS_KEY_ID)
        environment.setenv("TENCENTCLOUD_SECRET_KEY", ACCESS_KEY_SECRET)
        environment.delenv("HTTP_PROXY", raising=False)
        environment.delenv("http_proxy", raising=False)
        somebody = Cbs(Connection(cbs.server.url))
        somebody.modify("ap-chengdu", by_hand["renamed"], settings={"SnapshotName": "by hand", "IsPermanent": True})
        for region, key in (("ap-tokyo", "gone"), ("ap-mumbai", "expired")):
            somebody.delete_snapshot(region, by_hand[key], with_bound_images=False)
    cbs.server.control.advance(120)
    stack.age()
    stack.config(snapshots=after() | {"expiring": snapshot("ap-mumbai", deadline=PASSED)})
    healed = stack.up()
    look()
    return Story(nothing, preview, up, healed, copies, previewed_calls, up_calls, by_hand)


def test_preview_of_nothing_shows_no_row_and_no_output(story: Story) -> None:
    assert story.nothing.resources == {"unchanged": 18}
    assert "Outputs" not in story.nothing.text
    assert "SnapshotCopy" not in story.nothing.text
    assert "SnapshotReplica" not in story.nothing.text


def test_previews(story: Story) -> None:
    assert story.preview.code == 0, story.preview.text
    assert story.preview.operations == {
        "grown-ap-tokyo": "create",
        "shrunk-ap-shanghai": "delete",
        "renamed-ap-shanghai": "update",
        "mortal-ap-chengdu": "update",
        "immortal-ap-chongqing": "update",
        "moved-ap-nanjing": "replace",
    }
    assert story.previewed_calls == []


def test_add_region(story: Story) -> None:
    assert story.up.resources == {"created": 1, "deleted": 1, "updated": 3, "replaced": 1, "unchanged": 13}
    assert story.copies[1]["grown-ap-tokyo"]["status"] == "NORMAL"
    assert story.copies[1]["grown-ap-beijing"] == story.copies[0]["grown-ap-beijing"]


def test_remove_region(story: Story) -> None:
    assert "shrunk-ap-shanghai" not in story.copies[1]
    assert story.copies[1]["shrunk-ap-beijing"] == story.copies[0]["shrunk-ap-beijing"]


def test_update_in_place(story: Story) -> None:
    renamed, mortal, immortal = (
        (story.copies[0][name], story.copies[1][name])
        for name in ("renamed-ap-shanghai", "mortal-ap-chengdu", "immortal-ap-chongqing")
    )

    assert renamed[1] == {**renamed[0], "name": "other"}
    assert mortal[1] == {**mortal[0], "permanent": False, "deadline": "2099-01-30T16:00:00.000Z"}
    assert immortal[0]["permanent"] is False
    assert immortal[1] == {**immortal[0], "permanent": True, "deadline": None}
    assert story.copies[1]["renamed-ap-singapore"] == story.copies[0]["renamed-ap-singapore"]


def test_replace(story: Story) -> None:
    """The old one continuesly when the new one is usable."""
    old, new = story.copies[0]["moved-ap-nanjing"], story.copies[1]["moved-ap-nanjing"]

    assert (old["copied_from"], new["copied_from"]) == (SNAPSHOT, NEWER_SNAPSHOT)
    assert new["status"] == "NORMAL"
    actions = [call["action"] for call in story.up_calls]
    assert actions.count("CopySnapshotCrossRegions") == actions.count("DeleteSnapshots") == 2
    assert actions[-2:] == ["DeleteSnapshots", "DeleteSnapshots"]


def test_drift(story: Story) -> None:
    name = "mortal-ap-chengdu"

    assert story.healed.code == 0, story.healed.text
    assert story.healed.operations[name] == "updated"
    assert story.copies[2][name] == story.copies[1][name]
    assert story.copies[2][name]["id"] == story.by_hand["renamed"]


def test_disappears(story: Story) -> None:
    gone = story.by_hand["gone"]

    assert f"{gone} in ap-tokyo is gone, deleted by somebody else. Next: the next `up` copies it again" in (
        story.healed.text
    )
    assert story.healed.operations["grown-ap-tokyo"] == "created"
    assert story.copies[2]["grown-ap-tokyo"]["id"] != gone
    assert story.healed.resources == {"created": 1, "updated": 1, "unchanged": 15}


def test_expired(story: Story) -> None:
    """The cloud has deleted it; it is a warning, and neither an error nor a new copy."""
    reported = f"expiring to ap-mumbai: its deadline {PASSED} has passed, so it is not kept any more. Next: "

    assert story.healed.code == 0, story.healed.text
    assert reported in story.healed.text
    assert "expiring-ap-mumbai" in story.copies[1]
    assert "expiring-ap-mumbai" not in story.copies[2]
