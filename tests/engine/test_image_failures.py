"""Images of which one is refused and one fails: three runs that all tests here look at.

The first makes images; the second replaces one by a newer source's, adds two regions, of which one is refused and one
ends as CreateFailed, and removes one; the third has nothing in its way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.engine.harness import IMAGE, NEWER_IMAGE, Cloud, Finished, Stack, image, wait_for

PROGRAM = """
    import pulumi
    from components import ImageReplica
    from components.replica.settings import load, raw_config
    from probe import Probe
    replica = ImageReplica("golden", load(raw_config()).entries["images"]["golden"].args())
    Probe("after-region", uses=replica.regions["cn-beijing"].id)
    Probe("after-ready", opts=pulumi.ResourceOptions(depends_on=[replica.ready]))
    pulumi.export("ids", replica.ids)
    """


@dataclass
class Seen:
    """A run, and what was there after it."""

    run: Finished
    images: list[dict[str, Any]]
    rows: set[str]
    outputs: dict[str, Any]
    probes: set[str]
    deleted: list[str]
    pending: list[Any]

    def statuses(self, region: str) -> list[str]:
        return [entry["status"] for entry in self.images if entry["region"] == region]


@pytest.fixture(scope="module")
def seen(shared_stack: Stack, shared_ecs: Cloud) -> list[Seen]:
    stack, ecs = shared_stack, shared_ecs
    stack.program(PROGRAM)

    def up() -> Seen:
        ecs.forget_calls()
        run = stack.up()
        state = stack.state()
        return Seen(
            run=run,
            images=ecs.replicas(),
            rows={row["id"] for row in stack.rows() if row.get("id")},
            outputs=state["resources"][0]["outputs"],
            probes=set(stack.probes()),
            deleted=[call["region"] for call in ecs.calls("DeleteImage")],
            pending=state.get("pending_operations") or [],
        )

    stack.config(images={"golden": image("cn-beijing", "cn-qingdao", source=IMAGE)})
    seen = [up()]
    ecs.settings(copy_seconds=2)
    ecs.fault("error", code="QuotaExceed.Image", params={"DestinationRegionId": "cn-shanghai"})
    ecs.fault("copy_fails", params={"DestinationRegionId": "cn-shenzhen"})
    stack.config(images={"golden": image("cn-beijing", "cn-shanghai", "cn-shenzhen", source=NEWER_IMAGE)})
    seen.append(up())
    ecs.settings(copy_seconds=0)
    seen.append(up())
    return seen


def test_refused_copy_is_reported_with_code_message_and_request(seen: list[Seen]) -> None:
    text = seen[1].run.text

    assert seen[1].run.code != 0
    (reported,) = (error for error in seen[1].run.errors if "QuotaExceed.Image" in error)
    assert reported.startswith(
        "copying image m-bp1testsource00002 from cn-hangzhou to cn-shanghai: QuotaExceed.Image: "
    )
    assert "The Image Quota exceeds." in reported
    assert "request id: " in reported
    assert "Traceback" not in text


def test_failed_copy_is_reported_in_one_line(seen: list[Seen]) -> None:
    (failed,) = (entry["id"] for entry in seen[1].images if entry["region"] == "cn-shenzhen")

    reported = [error for error in seen[1].run.errors if failed in error]
    assert len(reported) == 1
    assert reported[0].startswith(
        f"waiting for golden to cn-shenzhen: {failed} in cn-shenzhen ended CreateFailed. Next: "
    )


def test_other_copies_finish(seen: list[Seen]) -> None:
    assert seen[1].statuses("cn-beijing") == ["Available", "Available"]


def test_nothing_is_deleted_while_something_is_missing(seen: list[Seen]) -> None:
    assert seen[1].deleted == []
    assert seen[1].statuses("cn-qingdao") == ["Available"]


def test_state_is_valid(seen: list[Seen]) -> None:
    assert "snapshot integrity" not in seen[1].run.text
    assert seen[1].pending == []
    assert seen[1].rows == {entry["id"] for entry in seen[1].images}


def test_outputs_of_the_last_good_run_are_kept(seen: list[Seen]) -> None:
    assert seen[1].outputs == seen[0].outputs


def test_dependent_of_one_region_is_created_only_once_that_is_usable(seen: list[Seen]) -> None:
    assert seen[0].probes == {"after-region", "after-ready"}


def test_next_up_heals(seen: list[Seen]) -> None:
    healed = seen[2]

    (failed,) = (entry["id"] for entry in seen[1].images if entry["region"] == "cn-shenzhen")
    assert healed.run.code == 0, healed.run.text
    assert f"repair: deleted {failed} in cn-shenzhen, whose copy had failed" in healed.run.text
    assert {(entry["region"], entry["status"]) for entry in healed.images} == {
        ("cn-beijing", "Available"),
        ("cn-shanghai", "Available"),
        ("cn-shenzhen", "Available"),
    }
    assert len(healed.images) == 3
    assert healed.rows == {entry["id"] for entry in healed.images}


@pytest.mark.parametrize("option", ["protect", "retain_on_delete"])
def test_image_that_is_to_stay_is_not_deleted_when_it_failed(stack: Stack, ecs: Cloud, option: str) -> None:
    stack.program(
        f"""
        import pulumi
        from components import ImageReplica
        from components.replica.settings import load, raw_config
        entry = load(raw_config()).entries["images"]["golden"]
        ImageReplica("golden", entry.args(), pulumi.ResourceOptions({option}=True))
        """
    )
    ecs.fault("copy_fails")
    stack.config(images={"golden": image("cn-beijing")})
    assert stack.up().code != 0

    done = stack.up()

    assert done.code != 0
    assert [entry["status"] for entry in ecs.replicas()] == ["CreateFailed"]
    assert ecs.calls("DeleteImage") == []


def test_nothing_is_deleted_while_another_run_has_the_lock(stack: Stack, ecs: Cloud) -> None:
    """The other run comes when this one has looked for locks already, as in a backend where it cannot look."""
    ecs.fault("copy_fails")
    stack.config(images={"golden": image("cn-beijing")})
    assert stack.up().code != 0
    ecs.forget_calls()
    ecs.fault("delay", "DescribeImages", when="after", seconds=2)

    run = stack.start("up", "--yes")
    wait_for(lambda: ecs.calls("DescribeImages"))
    stack.lock(host="another-host")
    text, _ = run.communicate(timeout=60)

    assert run.returncode != 0
    assert "is locked by" in text
    assert "Traceback" not in text
    assert ecs.calls("DeleteImage") == []
    assert [entry["status"] for entry in ecs.replicas()] == ["CreateFailed"]
