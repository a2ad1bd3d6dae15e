"""DataCache replicas from nothing to usable to gone, on the real engine: three runs that most tests here look at."""

from __future__ import annotations

from typing import Any

import pytest

from components.lifecycle import mark
from tests.engine.harness import SOURCE, Cloud, Finished, Seen, Stack, replica

SETTINGS: dict[str, Any] = {
    "name": "corpus in Hangzhou",
    "bucket": "models",
    "path": "/models/v1",
    "retentionDays": 9,
    "resourceGroupId": "rg-acfmtest",
    "tags": {"team": "ml"},
}


@pytest.fixture(scope="module")
def seen(shared_stack: Stack, shared_cloud: Cloud) -> list[Seen]:
    """What `up`, the next `up`, and `destroy` did."""
    stack, cloud = shared_stack, shared_cloud

    def look(run: Finished) -> Seen:
        there = {copy["id"]: copy for copy in cloud.replicas()}
        return Seen(run, there, stack.named_rows(), cloud.take_calls())

    cloud.settings(copy_seconds=4)
    stack.config({"weights": replica("cn-hangzhou", "cn-shanghai"), "corpus": replica("cn-hangzhou", **SETTINGS)})
    return [look(stack.up()), look(stack.up("--expect-no-changes")), look(stack.destroy())]


def test_basic(seen: list[Seen]) -> None:
    up = seen[0]

    assert up.run.code == 0, up.run.text
    assert up.run.resources == {"created": 7}
    assert {copy["status"] for copy in up.cloud.values()} == {"Available"}
    assert up.rows.keys() == {"weights-cn-hangzhou", "weights-cn-shanghai", "corpus-cn-hangzhou"}
    assert {row["id"] for row in up.rows.values()} == set(up.cloud)


def test_progress(seen: list[Seen]) -> None:
    for region in ("cn-hangzhou", "cn-shanghai"):
        reported = [line for line in seen[0].run.text.splitlines() if f"weights-{region}" in line]
        assert any("copying: " in line and "% (Loading)" in line and "left" in line for line in reported)
        assert any("usable after" in line for line in reported)


def test_table(seen: list[Seen]) -> None:
    lines = [line.split() for line in seen[0].run.text.strip().splitlines()[-4:]]

    source = f"{SOURCE['region']}/{SOURCE['id']}"
    id_ = seen[0].rows["corpus-cn-hangzhou"]["id"]
    assert lines[0] == ["REPLICA", "SOURCE", "REGION", "ID", "STATUS", "SIZE", "EXPIRES"]
    assert lines[1][:7] == ["corpus", source, "cn-hangzhou", id_, "Available", "20", "GiB"]
    assert lines[1][7] == seen[0].cloud[id_]["expires"][:10]
    assert [line[0] for line in lines[2:]] == ["weights", "weights"]


def test_what_is_sent(seen: list[Seen]) -> None:
    calls = [call["params"] for call in seen[0].calls if call["action"] == "CopyDataCache"]
    params = next(params for params in calls if params.get("Bucket") == "models")

    inputs = seen[0].rows["corpus-cn-hangzhou"]["inputs"]
    tags = {params[f"Tag.{n}.Key"]: params[f"Tag.{n}.Value"] for n in (1, 2)}
    assert len(calls) == 3
    assert (params["RegionId"], params["DataCacheId"]) == (SOURCE["region"], SOURCE["id"])
    assert params["DestinationRegionId"] == "cn-hangzhou"
    assert (params["Name"], params["Path"]) == ("corpus in Hangzhou", "/models/v1")
    assert (params["RetentionDays"], params["ResourceGroupId"]) == ("9", "rg-acfmtest")
    assert params["ClientToken"] == inputs["copy_token"]
    assert tags == {"team": "ml", "pulumi-replica": mark.of(inputs)}


def test_unchanged(seen: list[Seen]) -> None:
    again = seen[1]

    assert again.run.code == 0, again.run.text
    assert again.run.resources == {"unchanged": 7}
    assert again.cloud == seen[0].cloud
    assert {call["action"] for call in again.calls} == {"DescribeDataCaches", "GetCallerIdentity"}


def test_destroy(seen: list[Seen]) -> None:
    destroy = seen[2]

    assert destroy.run.code == 0, destroy.run.text
    assert destroy.cloud == {}
    assert destroy.rows == {}


def test_destroy_while_copying(stack: Stack, cloud: Cloud) -> None:
    cloud.settings(copy_seconds=6)
    stack.config({"weights": {**replica("cn-hangzhou"), "readyTimeout": "1s"}})
    assert stack.up().code != 0

    done = stack.destroy()

    assert done.code == 0, done.text
    assert cloud.replicas() == []
