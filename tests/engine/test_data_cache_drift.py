"""What refresh finds, and what the next `up` does about it."""

from __future__ import annotations

from typing import Any

import pytest

from components.clouds.alibaba import Connection
from components.clouds.eci import Eci
from sandbox.accounts import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from tests.engine.harness import Cloud, Stack, replica
from tests.providers.replicas import use_keys

REGION = "cn-hangzhou"


@pytest.fixture
def eci(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Eci:
    """Somebody else with the same rights."""
    for variable in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(variable, raising=False)
    use_keys(monkeypatch, ACCESS_KEY_ID, ACCESS_KEY_SECRET)
    return Eci(Connection(endpoint=cloud.server.url))


def test_drift(stack: Stack, cloud: Cloud, eci: Eci) -> None:
    settings: dict[str, Any] = {"retentionDays": 7, "tags": {"team": "ml"}, "resourceGroupId": "rg-acfmone"}
    stack.config({"weights": replica(REGION, "cn-shanghai", **settings)})
    stack.up()
    before = cloud.replicas(REGION)[0]
    changed: dict[str, Any] = {
        "name": "by hand",
        "retention_days": 30,
        "tags": {"x": "y"},
        "resource_group_id": "rg-acfmtwo",
    }
    eci.update_data_cache(REGION, before["id"], client_token="by-hand", **changed)

    assert stack.preview().resources == {"to update": 1, "unchanged": 3}
    done = stack.up()

    assert done.resources == {"updated": 1, "unchanged": 3}
    after = cloud.replicas(REGION)[0]
    assert {**after, "expires": ""} == {**before, "expires": ""}
    assert stack.up("--expect-no-changes").code == 0


def test_disappears(stack: Stack, cloud: Cloud, eci: Eci) -> None:
    cloud.settings(visible_after_seconds=0)
    stack.config({"weights": replica(REGION, "cn-shanghai")})
    stack.up()
    gone = cloud.replicas(REGION)[0]["id"]
    eci.delete_data_cache(REGION, gone, client_token="by-hand")
    cloud.server.control.advance(120)
    stack.age()

    done = stack.up()

    assert done.code == 0, done.text
    assert f"warning: weights-cn-hangzhou: {gone} in cn-hangzhou is gone, deleted by somebody else" in done.text
    assert [copy["status"] for copy in cloud.replicas()] == ["Available", "Available"]
    assert cloud.replicas(REGION)[0]["id"] != gone


def test_expired(stack: Stack, cloud: Cloud) -> None:
    stack.config({"weights": replica(REGION, retentionDays=1)})
    stack.up()
    gone = cloud.replicas(REGION)[0]["id"]
    cloud.server.control.advance(86400 + 120)
    stack.age(86400 + 120)

    done = stack.up()

    assert done.code == 0, done.text
    assert f"{gone} in cn-hangzhou has expired" in done.text
    assert [copy["status"] for copy in cloud.replicas()] == ["Available"]


def test_expired_is_a_warning_without_refresh(stack: Stack, cloud: Cloud) -> None:
    stack.config({"weights": replica(REGION, retentionDays=1)})
    stack.up()
    cloud.server.control.advance(86400 + 120)
    stack.age(86400 + 120)

    done = stack.up("--no-refresh")

    assert done.code == 0, done.text
    assert "has expired. Next: run `up --refresh`, which copies it again." in done.text


def test_undeclared_settings_are_not_watched(stack: Stack, cloud: Cloud, eci: Eci) -> None:
    stack.config({"weights": replica(REGION)})
    stack.up()
    changed: dict[str, Any] = {"retention_days": 30, "resource_group_id": "rg-acfmtwo"}
    eci.update_data_cache(REGION, cloud.replicas()[0]["id"], client_token="by-hand", **changed)

    assert stack.up("--expect-no-changes").code == 0


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
