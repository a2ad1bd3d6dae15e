"""Repair of a state that a killed run left behind, case by case."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from components.lifecycle.waiting import Waiter
from components.model.kind import Found
from tools.runner import repair

TYPE = "pulumi-python:dynamic/alibaba:DataCacheCopy"
URN = f"urn:pulumi:test::replicas::component${TYPE}::w-cn-hangzhou"
PARENT = "urn:pulumi:test::replicas::component::w"
PROVIDER = "urn:pulumi:test::replicas::pulumi:providers:pulumi-python::default"
INPUTS = {
    "source_region": "cn-beijing",
    "source_id": "edc-s",
    "region": "cn-hangzhou",
    "path": "/v1",
    "__provider": "p",
}
STARTED = datetime(2026, 1, 1, tzinfo=UTC)


def row(token: str, id_: str | None = None, **changed: Any) -> dict[str, Any]:
    made = {
        "urn": URN,
        "type": "pulumi-python:dynamic/alibaba:DataCacheCopy",
        "custom": True,
        "parent": PARENT,
        "provider": f"{PROVIDER}::1",
    }
    inputs = {**INPUTS, "copy_token": token, **changed}
    return {**made, "inputs": inputs, **({"id": id_, "outputs": inputs} if id_ else {})}


def state(*rows: dict[str, Any], pending: list[dict[str, Any]]) -> dict[str, Any]:
    others = [
        {"urn": PARENT, "type": "replicas:index:DataCacheReplica"},
        {"urn": PROVIDER, "type": "pulumi:providers:pulumi-python", "id": "1", "delete": True},
        {"urn": PROVIDER, "type": "pulumi:providers:pulumi-python", "id": "2"},
    ]
    operations = [{"resource": one, "type": "creating"} for one in pending]
    manifest = {"time": STARTED.isoformat()}
    return {"manifest": manifest, "resources": [*others, *rows], "pending_operations": operations}


def repaired(deployment: dict[str, Any], *found: str | None) -> tuple[list[tuple[str, bool]], str, dict[str, Any]]:
    pending = repair.pending_copies(deployment)
    ids = {index: Found(id_) for index, id_ in enumerate(found) if id_}
    after, said = repair.repaired(deployment, pending, ids)
    rows = [(one["id"], bool(one.get("delete"))) for one in after["resources"] if one["type"] == TYPE]
    assert after["pending_operations"] == []
    return rows, "\n".join(said), after


def test_fresh_create_is_recorded_at_the_end() -> None:
    rows, said, after = repaired(state(pending=[row("t1")]), "edc-1")

    assert rows == [("edc-1", False)]
    assert said == "w-cn-hangzhou: found edc-1 and recorded it"
    recorded = after["resources"][-1]
    assert recorded["outputs"]["copy_token"] == "t1"
    assert recorded["outputs"]["accepted_at"] == STARTED.timestamp()
    assert recorded["outputs"]["__provider"] == "p"
    assert (recorded["parent"], recorded["provider"]) == (PARENT, f"{PROVIDER}::2")


def test_what_is_recorded_names_nothing_that_is_gone() -> None:
    """The engine refuses a state in which a row depends on one that an entry's removal has deleted meanwhile."""
    gone = {"dependencies": ["identity", PARENT], "propertyDependencies": {"path": ["gone"]}, "deletedWith": "gone"}

    _, _, after = repaired(state(pending=[{**row("t1"), **gone, "parent": "gone"}]), "edc-1")

    recorded = after["resources"][-1]
    assert (recorded["dependencies"], recorded["propertyDependencies"]) == ([PARENT], {"path": []})
    assert not recorded.keys() & {"parent", "deletedWith"}


def test_a_destroyed_stack_has_nothing_to_record_a_copy_with() -> None:
    deployment = state(pending=[row("t1")])
    (creation,) = repair.pending_copies(deployment)

    assert repair.can_be_recorded(creation, deployment["resources"])
    assert not repair.can_be_recorded(creation, [])


def test_never_accepted_is_dropped() -> None:
    rows, said, _ = repaired(state(pending=[row("t1")]), None)

    assert rows == []
    assert "was never accepted by the cloud" in said


def test_create_inside_a_replacement_takes_the_old_ones_place() -> None:
    rows, said, _ = repaired(state(row("t0", "edc-0"), pending=[row("t1", path="/v2")]), "edc-1")

    assert rows == [("edc-1", False), ("edc-0", True)]
    assert "put it in place of edc-0" in said


def test_copy_of_what_exists_already_is_recorded_for_deletion() -> None:
    """A plain `up` ran in between, and made the copy again."""
    rows, said, _ = repaired(state(row("t2", "edc-2"), pending=[row("t1")]), "edc-1")

    assert rows == [("edc-2", False), ("edc-1", True)]
    assert "recorded for deletion" in said


def test_create_after_a_deletion_takes_the_row_of_what_is_gone() -> None:
    """A heal deletes first: the row that is still there stands for nothing."""
    rows, said, _ = repaired(state({**row("t0", "edc-0"), "pendingReplacement": True}, pending=[row("t1")]), "edc-1")

    assert rows == [("edc-1", False)]
    assert "in place of one that is deleted already" in said


def test_recorded_already() -> None:
    rows, said, _ = repaired(state(row("t1", "edc-1"), pending=[row("t1")]), "edc-1")

    assert rows == [("edc-1", False)]
    assert "is recorded already" in said


def test_two_killed_runs() -> None:
    rows, _, _ = repaired(state(pending=[row("t1"), row("t2")]), "edc-1", "edc-2")

    assert rows == [("edc-1", False), ("edc-2", True)]


def test_journal_adds_what_the_state_does_not_know() -> None:
    journal = [repair.Pending(row(token), STARTED) for token in ("pending", "recorded", "lost")]
    deployment = state(row("recorded", "edc-1"), pending=[row("pending")])

    found = repair.pending_copies(deployment, journal)

    assert [creation.token for creation in found] == ["pending", "lost"]


def test_other_operations_stay() -> None:
    deployment = state(pending=[])
    deployment["pending_operations"] = [{"resource": {"urn": "u", "type": "aws:s3:Bucket"}, "type": "creating"}]

    assert repair.pending_copies(deployment) == []
    assert repair.repaired(deployment, [], {})[0] == deployment


class Cloud:
    """Lists these tokens' copies, each from a moment on."""

    def __init__(self, **listed_from: float) -> None:
        self.listed_from = listed_from
        self.now = STARTED.timestamp()
        self.said: list[str] = []

    def find(self, creation: repair.Pending) -> Found | None:
        token = creation.token
        return Found(f"edc-{token}") if self.now - STARTED.timestamp() >= self.listed_from.get(token, 1e9) else None

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def look_up(self, *tokens: str) -> dict[int, str]:
        pending = [repair.Pending(row(token), STARTED) for token in tokens]
        waiter = Waiter(clock=lambda: self.now, sleep=self.sleep)
        found = repair.look_up(pending, self.find, say=self.said.append, waiter=waiter)
        return {index: each.id for index, each in found.items()}


def test_listed_at_once() -> None:
    cloud = Cloud(a=0, b=0)

    assert cloud.look_up("a", "b") == {0: "edc-a", 1: "edc-b"}
    assert cloud.said == []


def test_listed_late() -> None:
    assert Cloud(a=0, b=30).look_up("a", "b") == {0: "edc-a", 1: "edc-b"}


def test_none_is_accepted_after_a_minute() -> None:
    """Counted from now: the request of a killed run may have been sent a moment ago."""
    cloud = Cloud()
    cloud.now += 120

    assert cloud.look_up("a") == {}
    assert cloud.now - STARTED.timestamp() == 180
    assert len(cloud.said) == 1


def test_none_is_accepted_at_once_of_what_began_long_ago() -> None:
    cloud = Cloud()
    cloud.now += 3 * 3600

    assert cloud.look_up("a") == {}
    assert cloud.now - STARTED.timestamp() == 3 * 3600


def test_what_may_have_waited_for_another_copy_is_looked_for() -> None:
    """A creation waits within its delete_timeout, and only then sends its request."""
    cloud = Cloud()
    cloud.now += 3600

    assert cloud.look_up("a") == {}
    assert cloud.now - STARTED.timestamp() == 3600 + 60


def test_last_written() -> None:
    assert repair.last_written({"manifest": {"time": "2026-01-01T00:00:00.123456789Z"}}).microsecond == 123456
    assert (
        repair.last_written({"manifest": {"time": "2026-01-01T08:00:00.1+08:00"}}).timestamp()
        == STARTED.timestamp() + 0.1
    )
    assert repair.last_written({"manifest": {"time": "2026-01-01T00:00:00Z"}}) == STARTED
