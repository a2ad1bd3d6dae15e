"""create, read, update and delete of one copy: the real SDK over HTTP, with the sandbox's clock moved by the tests."""

from __future__ import annotations

from typing import Any

import pytest

from components.clouds.errors import InvalidInput, NotFound, PermissionDenied, TimedOut, Unreachable
from components.ecs_snapshot.lifecycle import DISK_ROWS
from components.lifecycle.copy_lifecycle import AdoptionRefused, CopyHasFailed
from components.lifecycle.outcome import OutcomeUnknown
from components.model.kind import LostCreation
from components.providers.ecs_snapshot import EcsSnapshotProvider
from sandbox.core.control_client import ControlClient
from tests.lifecycle.replicas import ECS_SNAPSHOT, REFERENCE, created, inputs, listed, lost

DAY = 86400


def fault(control: ControlClient, kind: str, action: str, **more: Any) -> None:
    control.post("faults", {"service": "ecs", "action": action, "kind": kind, **more})


def calls(control: ControlClient, action: str) -> list[dict[str, Any]]:
    return list(control.get("calls", action=action))


def there(control: ControlClient) -> list[dict[str, Any]]:
    """What the destination region holds."""
    return list(control.get("inventory")["disk_snapshots"].get("cn-hangzhou", []))


def plant(control: ControlClient, id_: str = "s-byhand", **more: Any) -> str:
    control.post("seed", {"disk_snapshots": [{"region": "cn-hangzhou", "id": id_, "disk": "d-byhand", **more}]})
    return id_


def change(provider: EcsSnapshotProvider, control: ControlClient, olds: dict[str, Any], **news: Any) -> dict[str, Any]:
    """Start a copy, wait until it is done, change it, and return what the cloud then has."""
    id_, outputs = listed(provider, **olds)
    control.advance(200)
    provider.update(id_, outputs, inputs(provider, **{**olds, **news}))
    return there(control)[0]


# -- create -----------------------------------------------------------------------------------------------------------


def test_basic(ecs_snapshots: EcsSnapshotProvider, control: ControlClient) -> None:
    """It returns while the copy runs, and everything that is declared was sent with it."""
    id_, outputs = created(ecs_snapshots, retention_days=7, tags={"team": "db"}, description="The ledger")

    (copy,) = there(control)
    assert (copy["id"], copy["status"], copy["name"], copy["retention_days"]) == (id_, "progressing", "ledger", 7)
    assert copy["tags"] == {"team": "db", "pulumi-replica": outputs["copy_token"]}
    assert copy["description"] == "The ledger"
    assert copy["copied_from"] == {"region": "cn-beijing", "id": ECS_SNAPSHOT}
    assert outputs["failure"] == ""
    assert ecs_snapshots.lifecycle.expires(outputs) == pytest.approx(outputs["accepted_at"] + 7 * DAY)


def test_key_of_the_destination(ecs_snapshots: EcsSnapshotProvider, control: ControlClient) -> None:
    control.post("seed", {"kms_keys": [{"region": "cn-hangzhou", "id": "key-1"}]})

    created(ecs_snapshots, encrypted=True, kms_key_id="key-1")

    assert [(copy["encrypted"], copy["kms_key_id"]) for copy in there(control)] == [(True, "key-1")]


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "http_error", "non_json", "throttle"])
def test_lost_answer_is_one_copy(ecs_snapshots: EcsSnapshotProvider, control: ControlClient, kind: str) -> None:
    fault(control, kind, "CopySnapshot", count=2)

    id_, outputs = created(ecs_snapshots)

    assert ecs_snapshots.lifecycle.find(lost(outputs)) == id_
    assert len({call["params"]["ClientToken"] for call in calls(control, "CopySnapshot")}) == 1
    assert [copy["id"] for copy in there(control)] == [id_]


def test_duplicate_of_a_name_is_no_obstacle(ecs_snapshots: EcsSnapshotProvider, control: ControlClient) -> None:
    other = plant(control, name="ledger")

    id_, outputs = created(ecs_snapshots)

    assert id_ != other
    assert ecs_snapshots.lifecycle.find(lost(outputs)) == id_


def test_create_finds_its_copy_when_no_answer_ever_comes(
    ecs_snapshots: EcsSnapshotProvider, control: ControlClient
) -> None:
    control.post("settings", {"visible_after_seconds": 20})
    fault(control, "drop_after", "CopySnapshot", count=None)

    id_, _ = created(ecs_snapshots)

    assert [copy["id"] for copy in there(control)] == [id_]


def test_create_says_when_the_outcome_is_unknown(ecs_snapshots: EcsSnapshotProvider, control: ControlClient) -> None:
    fault(control, "drop_before", "CopySnapshot", count=None)

    with pytest.raises(OutcomeUnknown, match=r"EcsSnapshot tagged pulumi-replica=\w+ in cn-hangzhou if there is one"):
        created(ecs_snapshots)


def test_throttled(ecs_snapshots: EcsSnapshotProvider, control: ControlClient) -> None:
    fault(control, "throttle", "CopySnapshot", count=5)

    created(ecs_snapshots)

    assert len(calls(control, "CopySnapshot")) == 6
    assert len(there(control)) == 1


def test_another_copy_of_the_disk_is_waited_for(
    ecs_snapshots: EcsSnapshotProvider, control: ControlClient, capsys: pytest.CaptureFixture[str]
) -> None:
    control.post("seed", {"disk_snapshots": [{"region": "cn-beijing", "id": "s-2zenewer"}]})
    created(ecs_snapshots)

    created(ecs_snapshots, source_id="s-2zenewer", name="newer")

    assert [copy["status"] for copy in there(control)] == ["accomplished", "progressing"]
    assert "waiting, within 2h: InvalidOperation.DiskHasUnfinishedSnapshotCopy" in capsys.readouterr().out


def test_another_copy_of_the_disk_that_never_ends(ecs_snapshots: EcsSnapshotProvider, control: ControlClient) -> None:
    control.post("settings", {"copy_seconds": 100_000})
    control.post("seed", {"disk_snapshots": [{"region": "cn-beijing", "id": "s-2zenewer"}]})
    created(ecs_snapshots)

    with pytest.raises(TimedOut, match=r"DiskHasUnfinishedSnapshotCopy: .*; waited 1m\. Next: .* or raise delete_time"):
        created(ecs_snapshots, source_id="s-2zenewer", delete_timeout="1m")


def test_missing_source(ecs_snapshots: EcsSnapshotProvider) -> None:
    with pytest.raises(NotFound, match=r"^copying EcsSnapshot s-nothing from cn-beijing to cn-hangzhou: "):
        created(ecs_snapshots, source_id="s-nothing")


def test_denied(ecs_snapshots: EcsSnapshotProvider, control: ControlClient) -> None:
    fault(control, "error", "CopySnapshot", code="Forbidden.RAM", status=403)

    with pytest.raises(PermissionDenied, match="Next: ask the account's administrator"):
        created(ecs_snapshots)


def test_dead_endpoint_is_reported_quickly(ecs_snapshots: EcsSnapshotProvider) -> None:
    object.__setattr__(ecs_snapshots.lifecycle.cloud.connection, "endpoint", "http://127.0.0.1:9")

    with pytest.raises(Unreachable, match=r"no connection to http://127\.0\.0\.1:9"):
        created(ecs_snapshots)


# -- read -------------------------------------------------------------------------------------------------------------


def test_unchanged(ecs_snapshots: EcsSnapshotProvider, control: ControlClient) -> None:
    settings = {"retention_days": 7, "tags": {"team": "db"}, "description": "The ledger"}
    id_, outputs = listed(ecs_snapshots, **settings)
    news = inputs(ecs_snapshots, **settings)
    control.advance(200)

    read = ecs_snapshots.read(id_, outputs)

    assert not ecs_snapshots.diff(id_, {**(read.outs or {}), **REFERENCE}, news).changes


def test_drift(ecs_snapshots: EcsSnapshotProvider, control: ControlClient) -> None:
    id_, outputs = created(ecs_snapshots, retention_days=7, tags={"team": "db"}, ignore_tags=["cost-*"])
    control.advance(200)
    mark = there(control)[0]["tags"]["pulumi-replica"]
    tags = {"team": "ops", "odd": "x", "cost-center": "7", "acs:own": "y", "pulumi-replica": mark}
    plant(control, id_, name="renamed", description="", retention_days=9, tags=tags)
    control.advance(20)  # a listing is as old as that

    read = ecs_snapshots.read(id_, outputs).inputs or {}

    assert (read["name"], read.get("description"), read["retention_days"]) == ("renamed", None, 9)
    assert read["tags"] == {"team": "ops", "odd": "x"}


def test_undeclared_retention_is_not_watched(ecs_snapshots: EcsSnapshotProvider, control: ControlClient) -> None:
    id_, outputs = created(ecs_snapshots)
    control.advance(200)
    plant(control, id_, name="ledger", retention_days=9)

    assert "retention_days" not in (ecs_snapshots.read(id_, outputs).inputs or {})


def test_copy_fails(ecs_snapshots: EcsSnapshotProvider, control: ControlClient) -> None:
    fault(control, "copy_fails", "CopySnapshot", reason="The disk broke.")
    id_, outputs = created(ecs_snapshots)
    control.advance(200)

    read = ecs_snapshots.read(id_, outputs)

    assert (read.outs or {})["failure"] == "failed"
    diff = ecs_snapshots.diff(id_, {**(read.outs or {}), **REFERENCE}, inputs(ecs_snapshots))
    assert (diff.replaces, diff.delete_before_replace) == (["failure"], True)


def test_disappears(
    ecs_snapshots: EcsSnapshotProvider, control: ControlClient, capsys: pytest.CaptureFixture[str]
) -> None:
    id_, outputs = listed(ecs_snapshots)
    control.advance(200)
    ecs_snapshots.lifecycle.cloud.delete_snapshot("cn-hangzhou", id_, force=False)
    control.advance(20)

    assert ecs_snapshots.read(id_, outputs).id == ""
    assert f"{id_} in cn-hangzhou is gone, deleted by somebody else" in capsys.readouterr().out


def test_expired(
    ecs_snapshots: EcsSnapshotProvider, control: ControlClient, capsys: pytest.CaptureFixture[str]
) -> None:
    id_, outputs = listed(ecs_snapshots, retention_days=1)
    control.advance(DAY + 1)

    assert ecs_snapshots.read(id_, outputs).id == ""
    assert f"{id_} in cn-hangzhou has expired" in capsys.readouterr().out


def test_retention_of_an_adopted_copy_counts_from_its_creation(
    ecs_snapshots: EcsSnapshotProvider, control: ControlClient
) -> None:
    id_ = plant(control, retention_days=10)
    control.advance(5 * DAY)
    _, outputs = created(ecs_snapshots, existing_id=id_, retention_days=10)

    read = ecs_snapshots.read(id_, outputs).outs or {}

    assert ecs_snapshots.lifecycle.expires(read) == pytest.approx(outputs["accepted_at"] + 5 * DAY, abs=60)


# -- update -----------------------------------------------------------------------------------------------------------


def test_update_in_place(ecs_snapshots: EcsSnapshotProvider, control: ControlClient) -> None:
    olds = {"retention_days": 7, "tags": {"team": "db", "tier": "gold"}}
    copy = change(ecs_snapshots, control, olds, name="renamed", retention_days=8, tags={"team": "ops"})

    assert (copy["name"], copy["retention_days"]) == ("renamed", 8)
    assert {key: value for key, value in copy["tags"].items() if key != "pulumi-replica"} == {"team": "ops"}
    assert len(calls(control, "CopySnapshot")) == 1
    (modified,) = calls(control, "ModifySnapshotAttribute")
    assert modified["region"] == "cn-hangzhou"  # the SDK's request has none
    assert "Description" not in modified["params"]  # it is unchanged


def test_tags_alone_are_one_call(ecs_snapshots: EcsSnapshotProvider, control: ControlClient) -> None:
    change(ecs_snapshots, control, {}, tags={"team": "ops"})

    assert [len(calls(control, f"{what}Resources")) for what in ("Tag", "Untag")] == [1, 0]
    assert calls(control, "ModifySnapshotAttribute") == []


def test_tags_of_others_stay(ecs_snapshots: EcsSnapshotProvider, control: ControlClient) -> None:
    settings = {"ignore_tags": ["cost-*"], "tags": {"team": "db"}}
    id_, outputs = listed(ecs_snapshots, **settings)
    control.advance(200)
    ecs_snapshots.lifecycle.cloud.tag_snapshot("cn-hangzhou", id_, {"cost-center": "7"})

    ecs_snapshots.update(id_, outputs, inputs(ecs_snapshots, **{**settings, "tags": {}}))

    assert there(control)[0]["tags"].keys() == {"cost-center", "pulumi-replica"}


def test_description_that_is_declared_no_more_is_the_default(
    ecs_snapshots: EcsSnapshotProvider, control: ControlClient
) -> None:
    copy = change(ecs_snapshots, control, {"description": "The ledger"}, description=None)

    assert copy["description"] == "Cross-region replica"


def test_retention_of_a_running_copy_is_changed_when_it_has_ended(
    ecs_snapshots: EcsSnapshotProvider, control: ControlClient
) -> None:
    id_, outputs = created(ecs_snapshots, retention_days=7)

    ecs_snapshots.update(id_, outputs, inputs(ecs_snapshots, retention_days=8))

    assert [(copy["status"], copy["retention_days"]) for copy in there(control)] == [("accomplished", 8)]


def test_half_done_update_is_repeated(ecs_snapshots: EcsSnapshotProvider, control: ControlClient) -> None:
    """Tags are put on by a call of their own: where the second one fails, both are sent again."""
    id_, outputs = listed(ecs_snapshots)
    control.advance(200)
    news = inputs(ecs_snapshots, name="renamed", tags={"team": "ops"})
    fault(control, "error", "ModifySnapshotAttribute", code="Forbidden.RAM", status=403)
    with pytest.raises(PermissionDenied):
        ecs_snapshots.update(id_, outputs, news)

    ecs_snapshots.update(id_, outputs, news)

    (copy,) = there(control)
    assert (copy["name"], copy["tags"]["team"]) == ("renamed", "ops")


def test_update_of_a_failed_copy(ecs_snapshots: EcsSnapshotProvider, control: ControlClient) -> None:
    fault(control, "copy_fails", "CopySnapshot", reason="The disk broke.")
    id_, outputs = created(ecs_snapshots)
    control.advance(200)
    fault(control, "error", "ModifySnapshotAttribute", code="InvalidSnapshotId.NotReady", status=400, count=None)

    with pytest.raises(CopyHasFailed, match="run `pulumi up --refresh`"):
        ecs_snapshots.update(id_, outputs, inputs(ecs_snapshots, name="renamed"))


# -- delete -----------------------------------------------------------------------------------------------------------


def test_delete_while_copying_cancels(ecs_snapshots: EcsSnapshotProvider, control: ControlClient) -> None:
    id_, outputs = created(ecs_snapshots)

    ecs_snapshots.delete(id_, outputs)

    assert there(control) == []
    assert len(calls(control, "DeleteSnapshot")) == 1


def test_delete_of_what_is_gone(ecs_snapshots: EcsSnapshotProvider, control: ControlClient) -> None:
    id_, outputs = listed(ecs_snapshots)
    control.advance(200)
    ecs_snapshots.lifecycle.cloud.delete_snapshot("cn-hangzhou", id_, force=False)

    ecs_snapshots.delete(id_, outputs)


@pytest.mark.parametrize("forced", [False, True])
def test_delete_of_what_disks_were_made_of(
    ecs_snapshots: EcsSnapshotProvider, control: ControlClient, *, forced: bool
) -> None:
    id_, outputs = listed(ecs_snapshots, force_delete=forced)
    control.advance(200)
    plant(control, id_, disks=["d-made"], tags=there(control)[0]["tags"])

    if forced:
        ecs_snapshots.delete(id_, outputs)
    else:
        with pytest.raises(InvalidInput, match=r"SnapshotCreatedDisk: .* or set force_delete"):
            ecs_snapshots.delete(id_, outputs)

    assert bool(there(control)) is not forced


def test_what_another_replica_is_by_now_is_not_deleted(
    ecs_snapshots: EcsSnapshotProvider, control: ControlClient
) -> None:
    id_, outputs = listed(ecs_snapshots)
    control.advance(200)
    plant(control, id_, tags={"pulumi-replica": "another"})

    ecs_snapshots.delete(id_, outputs)

    assert [copy["id"] for copy in there(control)] == [id_]


# -- adopt ------------------------------------------------------------------------------------------------------------


def test_adopt(ecs_snapshots: EcsSnapshotProvider, control: ControlClient) -> None:
    id_ = plant(control, name="made by hand", tags={"old": "tag"}, retention_days=3)

    adopted, outputs = created(ecs_snapshots, existing_id=id_, tags={"team": "db"}, retention_days=5)

    (copy,) = there(control)
    assert adopted == id_
    assert (copy["name"], copy["description"], copy["retention_days"]) == ("ledger", "Cross-region replica", 5)
    assert copy["tags"] == {"team": "db", "pulumi-replica": outputs["copy_token"]}
    assert calls(control, "CopySnapshot") == []


@pytest.mark.parametrize(("has", "kept"), [({}, "never expires"), ({"retention_days": 9}, "is kept for 9 days")])
def test_adoption_cannot_shorten_a_retention(
    ecs_snapshots: EcsSnapshotProvider, control: ControlClient, has: dict[str, Any], kept: str
) -> None:
    id_ = plant(control, tags={"old": "tag"}, **has)

    with pytest.raises(AdoptionRefused, match=f"it {kept}, declared are 5 days"):
        created(ecs_snapshots, existing_id=id_, retention_days=5)

    assert there(control)[0]["tags"] == {"old": "tag"}


def test_replica_is_not_adopted_by_another(ecs_snapshots: EcsSnapshotProvider, control: ControlClient) -> None:
    id_ = plant(control, tags={"pulumi-replica": "another"})

    with pytest.raises(AdoptionRefused, match="it is a replica already, tagged pulumi-replica=another"):
        created(ecs_snapshots, existing_id=id_)


# -- the source of a disk ---------------------------------------------------------------------------------------------


def test_source_of_a_disk_is_found_by_its_name(
    ecs_snapshots: EcsSnapshotProvider, control: ControlClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CreateSnapshot of the native resource has a token that is not kept: the name is the stack's own."""
    cloud = ecs_snapshots.lifecycle.cloud
    monkeypatch.setenv("REPLICAS_ECS_ENDPOINT", str(cloud.connection.endpoint))
    plant(control, "s-source", name="ledger-source-1a2b3c4d")
    plant(control, "s-other", name="ledger-source-1a2b3c4")
    row: dict[str, Any] = {"urn": "u", "type": "alicloud:ecs/ecsSnapshot:EcsSnapshot"}
    row["inputs"] = {"snapshotName": "ledger-source-1a2b3c4d"}
    row["provider"] = "urn:pulumi:s::p::pulumi:providers:alicloud::replicas-alicloud-cn-hangzhou::id"
    connected = DISK_ROWS.connect({"replicas:loopbackOnly": "true"})

    found = connected.find(LostCreation(row, [row], 0, frozenset()))

    assert found is not None
    assert found.id == "s-source"
    connected.delete("cn-hangzhou", "s-source", {})
    assert [copy["id"] for copy in there(control)] == ["s-other"]
