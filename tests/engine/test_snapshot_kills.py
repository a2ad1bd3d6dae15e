"""Snapshot runs that are killed or interrupted: nothing is lost, nothing is there twice. See `tests.engine.kills`.

The API has no token: a copy is found by its name, be it the default one or a user's, which others bear too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.engine.harness import NEWER_SNAPSHOT, Cloud, Stack, snapshot
from tests.engine.kills import Kind, MadeOnce, Operation, cases, nothing_is_lost_or_twice

COPY = "CopySnapshotCrossRegions"
EXACT = "weights of the day"


def changed(region: str, **settings: Any) -> dict[str, Any]:
    entry = snapshot("ap-beijing", "ap-shanghai")
    entry["destinations"][region] = settings
    return entry


def identity(copy: Mapping[str, Any]) -> tuple[str, str, str, bool]:
    """The last part of a default name is its token."""
    region, name = copy["region"], copy["name"]
    is_default = name.startswith(f"weights-{region}-") and len(name) == len(f"weights-{region}-") + 8
    return region, copy["copied_from"]["id"], "" if is_default else name, copy["permanent"]


def expected(entry: Mapping[str, Any]) -> set[Any]:
    source = entry["source"]["id"]
    return {
        (region, source, settings.get("name", ""), "deadline" not in settings)
        for region, settings in entry["destinations"].items()
    }


SNAPSHOTS = Kind(
    section="snapshots",
    base=snapshot("ap-beijing", "ap-shanghai"),
    operations={
        "create": Operation(changed("ap-singapore"), COPY, {"DestinationRegions.0": "ap-singapore"}),
        "create_exact": Operation(
            changed("ap-singapore", name=EXACT, deadline="2099-01-31T00:00:00Z"),
            COPY,
            {"DestinationRegions.0": "ap-singapore"},
        ),
        "replace": Operation(
            snapshot("ap-beijing", "ap-shanghai", source=NEWER_SNAPSHOT), COPY, {"DestinationRegions.0": "ap-beijing"}
        ),
        "update": Operation(
            changed("ap-beijing", name="renamed"),
            "ModifySnapshotAttribute",
            region="ap-beijing",
            # It is over at once: only the look at its replica afterwards can be caught.
            after={"action": "DescribeSnapshots", "region": "ap-beijing"},
        ),
        "delete": Operation(
            snapshot("ap-beijing"),
            "DeleteSnapshots",
            region="ap-shanghai",
            # The first look comes before the call, the second sees that it is done.
            after={"action": "DescribeSnapshots", "region": "ap-shanghai", "count": 2},
        ),
    },
    foreign=[
        {
            "region": "ap-singapore",
            "id": "snap-foreign1",
            "name": EXACT,
            "copied": True,
            "created": "2026-01-31T00:00:00Z",
        },
        {"region": "ap-beijing", "id": "snap-foreign2", "name": "renamed", "copied": True},
    ],
    seeded=("id", "region", "name", "size", "copied_from"),
    identity=identity,
    expected=expected,
    usable="NORMAL",
)


def is_core(operation: str, moment: str, process: str, name: str) -> bool:
    return (operation, moment, process, name) in {
        ("create", "inside", "cli", "SIGKILL"),
        ("create_exact", "before", "cli", "SIGKILL"),
        ("create_exact", "inside", "program", "SIGKILL"),
        ("delete", "inside", "cli", "SIGKILL"),
    }


@pytest.fixture(scope="session")
def made_once() -> MadeOnce:
    return MadeOnce(SNAPSHOTS)


@pytest.fixture
def running(stack: Stack, cbs: Cloud, made_once: MadeOnce) -> Stack:
    made_once.put_back(stack, cbs)
    return stack


@pytest.mark.parametrize(("operation", "moment", "process", "name"), list(cases(SNAPSHOTS, is_core)))
def test_nothing_lost_nothing_twice(
    running: Stack, cbs: Cloud, operation: str, moment: str, process: str, name: str
) -> None:
    nothing_is_lost_or_twice(SNAPSHOTS, running, cbs, SNAPSHOTS.operations[operation], moment, process, name)
