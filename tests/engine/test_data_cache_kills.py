"""DataCache runs that are killed or interrupted: nothing is lost, nothing is there twice. See `tests.engine.kills`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.engine.harness import Cloud, Stack, replica
from tests.engine.kills import Kind, MadeOnce, Operation, cases, nothing_is_lost_or_twice

REGIONS = ("cn-hangzhou", "cn-shanghai", "cn-shenzhen")


def changed(region: str, **settings: Any) -> dict[str, Any]:
    entry = replica("cn-hangzhou", "cn-shanghai", path="/v1")
    entry["destinations"][region] = {"path": "/v1", **settings}
    return entry


def expected(entry: Mapping[str, Any]) -> set[Any]:
    return {
        (region, settings["path"], settings.get("name", f"weights-{region}"))
        for region, settings in entry["destinations"].items()
    }


DATA_CACHES = Kind(
    section="dataCaches",
    base=replica("cn-hangzhou", "cn-shanghai", path="/v1"),
    operations={
        "create": Operation(changed("cn-shenzhen"), "CopyDataCache", {"DestinationRegionId": "cn-shenzhen"}),
        "replace": Operation(
            changed("cn-hangzhou", path="/v2"), "CopyDataCache", {"DestinationRegionId": "cn-hangzhou"}
        ),
        "update": Operation(
            changed("cn-hangzhou", name="renamed"),
            "UpdateDataCache",
            {"RegionId": "cn-hangzhou"},
            # It is over at once: only the look at its replica afterwards can be caught.
            after={"action": "DescribeDataCaches", "params": {"RegionId": "cn-hangzhou"}},
        ),
        "delete": Operation(replica("cn-hangzhou", path="/v1"), "DeleteDataCache", {"RegionId": "cn-shanghai"}),
    },
    foreign=[
        {"region": region, "id": f"edc-foreign{number}", "path": "/v1", "name": f"weights-{region}", "size": 20}
        for number, region in enumerate(REGIONS)
    ],
    seeded=("id", "region", "name", "path", "tags", "size", "copied_from"),
    identity=lambda copy: (copy["region"], copy["path"], copy["name"]),
    expected=expected,
    usable="Available",
)


def is_core(operation: str, moment: str, process: str, name: str) -> bool:
    return (operation, moment, process, name) in {
        ("create", "inside", "cli", "SIGKILL"),
        ("create", "after", "cli", "SIGKILL"),
        ("create", "inside", "provider", "SIGKILL"),
        ("create", "inside", "program", "SIGTERM"),
        ("replace", "inside", "cli", "SIGKILL"),
        ("replace", "after", "program", "SIGINT"),
        ("delete", "inside", "cli", "SIGKILL"),
    }


@pytest.fixture(scope="session")
def made_once() -> MadeOnce:
    return MadeOnce(DATA_CACHES)


@pytest.fixture
def running(stack: Stack, cloud: Cloud, made_once: MadeOnce) -> Stack:
    made_once.put_back(stack, cloud)
    return stack


@pytest.mark.parametrize(("operation", "moment", "process", "name"), list(cases(DATA_CACHES, is_core)))
def test_nothing_lost_nothing_twice(
    running: Stack, cloud: Cloud, operation: str, moment: str, process: str, name: str
) -> None:
    nothing_is_lost_or_twice(DATA_CACHES, running, cloud, DATA_CACHES.operations[operation], moment, process, name)
