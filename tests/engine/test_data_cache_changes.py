"""What a change of the declaration previews, and what it does: one replica is touched, and only as far as needed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.harness import NEWER, SOURCE, Cloud, Stack, replica

SETTINGS: dict[str, Any] = {"path": "/models/v1", "retentionDays": 7, "tags": {"team": "ml", "tier": "gold"}}


def declared() -> dict[str, Any]:
    return replica("cn-hangzhou", "cn-shanghai", **SETTINGS)


def with_region(region: str, **changed: Any) -> dict[str, Any]:
    entry = declared()
    entry["destinations"][region] = {**SETTINGS, **changed}
    return entry


@pytest.fixture
def running(stack: Stack) -> Stack:
    stack.config({"weights": declared()})
    done = stack.up()
    assert done.code == 0, done.text
    return stack


def previewed(stack: Stack, entry: dict[str, Any]) -> dict[str, int]:
    stack.config({"weights": entry})
    done = stack.preview()
    assert done.code == 0, done.text
    return done.resources


def test_previews(running: Stack) -> None:
    """One stack for all of these: each preview changes nothing, so the next starts from the same state."""
    reordered = {"source": SOURCE, "destinations": dict(reversed(declared()["destinations"].items()))}
    other_tags = {"tier": "gold", "team": "ml"}

    assert previewed(running, with_region("cn-shenzhen")) == {"to create": 1, "unchanged": 4}
    assert previewed(running, replica("cn-hangzhou", **SETTINGS)) == {"to delete": 1, "unchanged": 3}
    assert previewed(running, with_region("cn-hangzhou", retentionDays=9)) == {"to update": 1, "unchanged": 3}
    assert previewed(running, with_region("cn-hangzhou", tags={"team": "x"})) == {
        "to update": 1,
        "unchanged": 3,
    }
    assert previewed(running, with_region("cn-hangzhou", name="other")) == {"to update": 1, "unchanged": 3}
    assert previewed(running, with_region("cn-hangzhou", bucket="other")) == {"to update": 1, "unchanged": 3}
    assert previewed(running, with_region("cn-hangzhou", path="/v2")) == {"to replace": 1, "unchanged": 3}
    assert previewed(running, {**declared(), "source": NEWER}) == {"to replace": 2, "unchanged": 2}
    assert previewed(running, reordered) == {"unchanged": 4}
    assert previewed(running, with_region("cn-hangzhou", tags=other_tags)) == {"unchanged": 4}
    assert previewed(running, {**declared(), "readyTimeout": "3h"}) == {"unchanged": 4}


def test_preview_of_nothing_shows_no_row_and_no_output(running: Stack) -> None:
    text = running.preview().text

    assert "Outputs" not in text
    assert "DataCacheCopy" not in text
    assert "DataCacheReplica" not in text


def test_preview_calls_no_copy(stack: Stack, cloud: Cloud) -> None:
    stack.config({"weights": declared()})

    assert stack.preview().resources == {"to create": 4}
    assert cloud.server.control.get("calls") == []


def test_add_region(running: Stack, cloud: Cloud) -> None:
    before = {copy["id"] for copy in cloud.replicas()}
    running.config({"weights": with_region("cn-shenzhen")})

    assert running.up().resources == {"created": 1, "unchanged": 4}
    assert before < {copy["id"] for copy in cloud.replicas()}
    assert [copy["status"] for copy in cloud.replicas("cn-shenzhen")] == ["Available"]


def test_remove_region(running: Stack, cloud: Cloud) -> None:
    kept = cloud.replicas("cn-hangzhou")
    running.config({"weights": replica("cn-hangzhou", **SETTINGS)})

    assert running.up().resources == {"deleted": 1, "unchanged": 3}
    assert cloud.replicas() == kept


def test_update_in_place(running: Stack, cloud: Cloud) -> None:
    before = cloud.replicas("cn-hangzhou")[0]
    running.config({"weights": with_region("cn-hangzhou", name="other", tags={"team": "x"}, retentionDays=9)})

    assert running.up().resources == {"updated": 1, "unchanged": 3}
    after = cloud.replicas("cn-hangzhou")[0]
    token = running.rows()[0]["inputs"]["copy_token"]
    assert (after["id"], after["name"]) == (before["id"], "other")
    assert after["tags"] == {"team": "x", "pulumi-replica": token}
    assert after["expires"] > before["expires"]
    assert running.up("--expect-no-changes").code == 0


def test_replace(running: Stack, cloud: Cloud) -> None:
    before = cloud.replicas("cn-hangzhou")[0]
    running.config({"weights": with_region("cn-hangzhou", path="/models/v2")})
    cloud.forget_calls()

    assert running.up().resources == {"replaced": 1, "unchanged": 3}
    after = cloud.replicas("cn-hangzhou")
    assert [(copy["path"], copy["status"]) for copy in after] == [("/models/v2", "Available")]
    assert after[0]["id"] != before["id"]
    order = [call["action"] for call in cloud.server.control.get("calls") if call["action"] != "DescribeDataCaches"]
    assert order == ["CopyDataCache", "DeleteDataCache"]


def test_retention_cannot_be_taken_away(running: Stack) -> None:
    settings = {key: value for key, value in SETTINGS.items() if key != "retentionDays"}
    running.config({"weights": replica("cn-hangzhou", "cn-shanghai", **settings)})

    done = running.preview()

    assert done.code != 0
    assert "cannot be taken away once set" in done.text
    assert "Traceback" not in done.text
