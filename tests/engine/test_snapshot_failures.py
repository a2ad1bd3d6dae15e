"""Copies of several regions of which one is refused: three runs that all tests here look at.

The first makes replicas, slowly and through throttling; the second replaces them by a newer snapshot's, adds a region
and removes one, and is refused in one region; the third has nothing in its way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.engine.harness import NEWER_SNAPSHOT, SNAPSHOT, Cloud, Finished, Stack, snapshot

PROGRAM = """
    import pulumi
    from components import SnapshotReplica
    from components.replica.settings import load, raw_config
    from probe import Probe
    replica = SnapshotReplica("disk", load(raw_config()).entries["snapshots"]["disk"].args())
    Probe("after-region", uses=replica.regions["ap-beijing"].id)
    Probe("after-ready", opts=pulumi.ResourceOptions(depends_on=[replica.ready]))
    Probe("at-once", uses=replica.regions["ap-beijing"].resource.id)
    Probe("after-component", opts=pulumi.ResourceOptions(depends_on=[replica]))
    pulumi.export("ids", replica.ids)
    """


@dataclass
class Seen:
    """A run, and what was there after it."""

    run: Finished
    copies: dict[str, dict[str, Any]]
    """The replicas by id."""
    calls: list[dict[str, Any]]
    rows: set[str]
    outputs: dict[str, Any]
    probes: dict[str, float]

    def sources(self, region: str) -> list[Any]:
        return [copy["copied_from"] for copy in self.copies.values() if copy["region"] == region]

    def called(self, action: str) -> list[dict[str, Any]]:
        return [call for call in self.calls if call["action"] == action]


@pytest.fixture(scope="module")
def seen(shared_stack: Stack, shared_cbs: Cloud) -> list[Seen]:
    stack, cbs = shared_stack, shared_cbs
    stack.program(PROGRAM)

    def up() -> Seen:
        cbs.forget_calls()
        run = stack.up()
        return Seen(
            run,
            {copy["id"]: copy for copy in cbs.replicas()},
            cbs.server.control.get("calls"),
            {row["id"] for row in stack.rows()},
            stack.state()["resources"][0]["outputs"],
            stack.probes(),
        )

    cbs.settings(copy_seconds=3, regions={"ap-shanghai": {"copy_seconds": 6}})
    cbs.fault("throttle", count=2)
    cbs.fault("throttle", "DescribeSnapshots", count=2)
    stack.config(snapshots={"disk": snapshot("ap-beijing", "ap-shanghai", "ap-chengdu")})
    first = up()
    cbs.fault("region_error", code="InsufficientSnapshotQuota", region="ap-shanghai")
    regions = ("ap-beijing", "ap-shanghai", "ap-singapore")
    stack.config(snapshots={"disk": snapshot(*regions, source=NEWER_SNAPSHOT)})
    second = up()
    return [first, second, up()]


def test_throttled(seen: list[Seen]) -> None:
    first = seen[0]

    assert first.run.code == 0, first.run.text
    refused = [call["action"] for call in first.calls if call["code"] == "RequestLimitExceeded"]
    assert sorted(refused) == ["CopySnapshotCrossRegions"] * 2 + ["DescribeSnapshots"] * 2
    assert len(first.copies) == 3


def test_dependents_wait(seen: list[Seen]) -> None:
    probes = seen[0].probes
    waited = {label: at - probes["at-once"] for label, at in probes.items()}

    assert waited["after-component"] < 2
    assert 2 < waited["after-region"] < 5
    assert waited["after-ready"] > 5


def test_partial_failure(seen: list[Seen]) -> None:
    """The good ones are kept, the bad one is one clean line, and the next `up` copies only the missing one."""
    _, failed, healed = seen

    assert failed.run.code != 0
    assert "Traceback" not in failed.run.text
    (reported,) = [error for error in failed.run.errors if "InsufficientSnapshotQuota" in error]
    source = NEWER_SNAPSHOT["id"]
    assert reported.startswith(
        f"copying Snapshot {source} from ap-guangzhou to ap-shanghai: InsufficientSnapshotQuota: "
        "Insufficient snapshot quota (request "
    )
    assert reported.endswith("Next: delete unused snapshots in this region, or have the quota raised.")
    assert failed.sources("ap-singapore") == [NEWER_SNAPSHOT]
    assert any(error.startswith("1 of 3 replicas are not usable (disk to ap-shanghai)") for error in failed.run.errors)
    assert healed.run.code == 0, healed.run.text
    copied = [call["params"]["DestinationRegions.0"] for call in healed.called("CopySnapshotCrossRegions")]
    assert copied == ["ap-shanghai"]


def test_create_fails_while_others_wait(seen: list[Seen]) -> None:
    """A removed region and dependents are there too: nothing is deleted, the state is valid, the outputs are kept."""
    first, failed, healed = seen

    usable = [line for line in failed.run.text.splitlines() if "usable after" in line]
    assert [region for region in ("ap-beijing", "ap-singapore") if not any(region in line for line in usable)] == []
    assert failed.called("DeleteSnapshots") == []
    assert first.copies.keys() < failed.copies.keys()
    assert failed.rows == set(failed.copies)
    assert failed.outputs == first.outputs
    assert {copy["region"] for copy in healed.copies.values()} == {"ap-beijing", "ap-shanghai", "ap-singapore"}
    assert len(healed.copies) == 3


def test_replacement_fails_then_succeeds(seen: list[Seen]) -> None:
    first, failed, healed = seen

    assert first.sources("ap-shanghai") == failed.sources("ap-shanghai") == [SNAPSHOT]
    assert healed.sources("ap-shanghai") == [NEWER_SNAPSHOT]
    assert healed.rows == set(healed.copies)
