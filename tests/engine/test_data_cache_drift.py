"""What refresh finds, and what the next `up` does about it.

Four runs that most tests here look at: `up`; then, after somebody changed one replica and deleted another, a preview,
an `up` and another `up`.
"""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import Any

import pytest

from components.clouds.alibaba.connection import Connection
from components.clouds.alibaba.eci import Eci
from sandbox.core.accounts import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from tests.engine.harness import Cloud, Finished, Stack, replica, wait_for
from tests.lifecycle.replicas import use_keys

REGION = "cn-hangzhou"
DAY = 86400
MARGIN = 120
"""Seconds beyond those in which the cloud may list late."""


@dataclass
class Story:
    preview: Finished
    up: Finished
    again: Finished
    before: dict[str, dict[str, Any]]
    """The replicas by name, when all was well."""
    after: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def story(shared_stack: Stack, shared_cloud: Cloud) -> Story:
    stack, cloud = shared_stack, shared_cloud
    stack.environment["REPLICAS_CONSISTENCY_SECONDS"] = "4"  # for so long what is gone is looked for

    def look() -> dict[str, dict[str, Any]]:
        return {name.removesuffix(f"-{REGION}"): copy for name, copy in stack.named_copies(cloud).items()}

    settings: dict[str, Any] = {"retentionDays": 7, "tags": {"team": "ml"}, "resourceGroupId": "rg-acfmone"}
    stack.config(
        {
            "changed": replica(REGION, path="/changed", **settings),
            "gone": replica(REGION, path="/gone"),
            "unwatched": replica(REGION, path="/unwatched"),
            "untouched": replica(REGION, path="/untouched", **settings),
        }
    )
    first = stack.up()
    assert first.code == 0, first.text
    before = look()
    with pytest.MonkeyPatch.context() as environment:
        for variable in ("HTTP_PROXY", "http_proxy"):
            environment.delenv(variable, raising=False)
        use_keys(environment, ACCESS_KEY_ID, ACCESS_KEY_SECRET)
        somebody = Eci(Connection(endpoint=cloud.server.url))
        changed: dict[str, Any] = {"retention_days": 30, "resource_group_id": "rg-acfmtwo"}
        somebody.update_data_cache(
            REGION,
            before["changed"]["id"],
            client_token="by-hand-1",
            tags={"x": "y"},
            settings={"name": "by hand", **changed},
        )
        somebody.update_data_cache(REGION, before["unwatched"]["id"], client_token="by-hand-2", settings=changed)
        somebody.delete_data_cache(REGION, before["gone"]["id"], client_token="by-hand-3")
    cloud.server.control.advance(MARGIN)
    stack.age(MARGIN)
    preview, up = stack.preview(), stack.up()
    return Story(preview, up, stack.up("--expect-no-changes"), before, look())


def test_drift(story: Story) -> None:
    assert story.preview.operations["changed-cn-hangzhou"] == "update"
    assert story.up.operations["changed-cn-hangzhou"] == "updated"
    assert {**story.after["changed"], "expires": ""} == {**story.before["changed"], "expires": ""}


def test_only_what_drifted_is_touched(story: Story) -> None:
    assert story.preview.resources == {"to create": 1, "to update": 1, "unchanged": 8}
    assert story.up.resources == {"created": 1, "updated": 1, "unchanged": 8}
    assert story.after["untouched"] == story.before["untouched"]


def test_disappears(story: Story) -> None:
    gone = story.before["gone"]["id"]

    assert story.up.code == 0, story.up.text
    assert f"warning: gone-cn-hangzhou: {gone} in cn-hangzhou is gone, deleted by somebody else" in story.up.text
    assert story.after["gone"]["status"] == "Available"
    assert story.after["gone"]["id"] != gone


def test_undeclared_settings_are_not_watched(story: Story) -> None:
    assert "unwatched-cn-hangzhou" not in story.up.operations
    assert story.after["unwatched"]["id"] == story.before["unwatched"]["id"]
    assert story.after["unwatched"]["expires"] != story.before["unwatched"]["expires"]


def test_what_was_put_back_stays(story: Story) -> None:
    assert story.again.code == 0, story.again.text


def test_expired(stack: Stack, cloud: Cloud) -> None:
    """Without refresh it is a warning; with it, it is copied again."""
    stack.config({"weights": replica(REGION, retentionDays=1)})
    stack.up()
    gone = cloud.replicas(REGION)[0]["id"]
    cloud.server.control.advance(DAY + MARGIN)
    stack.age(DAY + MARGIN)

    warned = stack.up("--no-refresh")
    done = stack.up()

    assert warned.code == 0, warned.text
    assert "has expired. Next: run `up --refresh`, which copies it again." in warned.text
    assert done.code == 0, done.text
    assert f"{gone} in cn-hangzhou has expired" in done.text
    assert [copy["status"] for copy in cloud.replicas()] == ["Available"]


def test_refresh_reads_each_region_once(stack: Stack, cloud: Cloud) -> None:
    names = [f"set-{number:02}" for number in range(24)]
    stack.config({name: replica(REGION, path=f"/{name}") for name in names})
    stack.up()
    cloud.forget_calls()

    done = stack.run("refresh")

    assert done.code == 0, done.text
    # Two pages for the refresh, two for the table at its end.
    assert len(cloud.calls("DescribeDataCaches")) <= 4


def test_custom_bucket(stack: Stack, cloud: Cloud) -> None:
    """A cloud whose answers leave out other buckets than the default unless asked for them."""
    cloud.settings(ids_need_bucket=True)
    stack.config({"weights": replica(REGION, bucket="models")})

    done = stack.up()

    assert done.code == 0, done.text
    assert stack.up("--expect-no-changes").code == 0
    assert stack.destroy().code == 0
    assert cloud.replicas() == []


def test_listing_later_than_assumed_makes_no_other_copy(stack: Stack, cloud: Cloud) -> None:
    """Neither the run that started it, which is interrupted, nor the next one takes the copy for gone."""
    stack.environment["REPLICAS_CONSISTENCY_SECONDS"] = "0.1"
    cloud.settings(visible_after_seconds=3600)
    stack.config({"weights": replica(REGION)})
    stopped = stack.start("up", "--yes")
    wait_for(lambda: len(cloud.calls("DescribeDataCaches")) > 1)
    stopped.send_signal(signal.SIGINT)
    stopped.communicate(timeout=60)
    cloud.forget_calls()

    waiting = stack.start("up", "--yes")
    wait_for(lambda: len(cloud.calls("DescribeDataCaches")) > 8)  # the refresh is over, and the program waits
    cloud.server.control.advance(3600)
    text, _ = waiting.communicate(timeout=60)

    assert waiting.returncode == 0, text
    assert "in cn-hangzhou is not listed yet. It is kept" in text
    assert len(cloud.replicas()) == 1
    assert stack.run("refresh", "--expect-no-changes").code == 0
