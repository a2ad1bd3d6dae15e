"""create, read, update and delete of one snapshot copy: the real SDK over HTTP, with the sandbox's clock moved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from components.clouds.errors import (
    AccountBlocked,
    CredentialsMissing,
    InvalidInput,
    NotFound,
    NotReady,
    PermissionDenied,
    QuotaReached,
    TimedOut,
    Unreachable,
)
from components.clouds.tencent.cbs_snapshot import Snapshot
from components.lifecycle import copy_lifecycle, outcome
from components.lifecycle.copy_lifecycle import AdoptionRefused
from components.lifecycle.holders import Holders
from components.lifecycle.outcome import OutcomeUnknown
from components.lifecycle.start_by_name import SeveralCopies
from components.model.kind import Found, LostCreation
from components.providers.snapshot import SnapshotProvider
from sandbox.core.accounts import ACCOUNT_ID
from sandbox.core.control_client import ControlClient
from tests.lifecycle.replicas import DECLARED_SNAPSHOT, REFERENCE, SNAPSHOT, created, inputs, listed, lost
from tools.runner import healing
from tools.runner.repair import Pending, look_up
from tools.runner.stack import Stack

DEADLINE = "2099-01-31T00:00:00+08:00"
STACK = "0123456789abcdef0123456789abcdef"
SNAPSHOT_COPY = "pulumi-python:dynamic/tencent:SnapshotCopy"
BY_HAND = {"SnapshotName": "by hand", "IsPermanent": False, "Deadline": DEADLINE}


def fault(control: ControlClient, kind: str, action: str = "CopySnapshotCrossRegions", **more: Any) -> None:
    control.post("faults", {"service": "cbs", "action": action, "kind": kind, **more})


def calls(control: ControlClient, action: str = "CopySnapshotCrossRegions") -> list[dict[str, Any]]:
    return list(control.get("calls", action=action))


def in_beijing(control: ControlClient) -> list[dict[str, Any]]:
    return list(control.get("inventory")["cbs"].get("ap-beijing", []))


def foreign(control: ControlClient, name: str, **more: Any) -> str:
    """A copy of this name that somebody else made."""
    control.post(
        "seed", {"snapshots": [{"region": "ap-beijing", "id": "snap-foreign1", "name": name, "copied": True, **more}]}
    )
    return "snap-foreign1"


# -- create -----------------------------------------------------------------------------------------------------------


def test_create_returns_while_the_copy_runs(snapshots: SnapshotProvider, control: ControlClient) -> None:
    id_, outputs = created(snapshots)

    (copy,) = in_beijing(control)
    assert (copy["id"], copy["status"]) == (id_, "COPYING_FROM_REMOTE")
    assert copy["name"] == outputs["name"] == f"golden-ap-beijing-{outputs['copy_token'][:8]}"
    assert outputs["is_permanent"] is True
    assert len(calls(control, "DescribeSnapshots")) == 0


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        *(("drop_before", None), ("http_error", None), ("non_json", None)),
        ("error", "InternalError.ComponentError"),
        ("region_error", "InternalError.ComponentError"),
    ],
)
def test_create_sends_again_what_was_never_accepted(
    snapshots: SnapshotProvider, control: ControlClient, kind: str, code: str | None
) -> None:
    fault(control, kind, **({"code": code} if code else {}))
    begun = snapshots.lifecycle.clock()

    id_, _ = created(snapshots)

    assert [copy["id"] for copy in in_beijing(control)] == [id_]
    assert len(calls(control)) == 2
    assert snapshots.lifecycle.clock() - begun >= 60


@pytest.mark.parametrize("copy_seconds", [0, 100], ids=["finished", "running"])
@pytest.mark.parametrize("name", [None, "exact name"], ids=["default name", "exact name"])
@pytest.mark.parametrize("is_late", [False, True], ids=["listed at once", "listed late"])
def test_dropped_after_accept_is_one_replica(
    snapshots: SnapshotProvider, control: ControlClient, copy_seconds: int, name: str | None, is_late: bool
) -> None:
    """With a foreign copy of the same name there already."""
    control.post("settings", {"copy_seconds": copy_seconds, "visible_after_seconds": 20 if is_late else 0})
    other = foreign(control, "exact name")
    fault(control, "drop_after")

    id_, _ = created(snapshots, name=name)

    assert sorted(copy["id"] for copy in in_beijing(control)) == sorted([id_, other])
    assert id_ != other
    assert len(calls(control)) == 1


def test_conflict_after_a_lost_answer_is_our_own_copy(snapshots: SnapshotProvider, control: ControlClient) -> None:
    """Listed only after the search for it was given up, so it was asked for again."""
    control.post("settings", {"visible_after_seconds": 70, "copy_seconds": 1000})
    fault(control, "drop_after")

    id_, _ = created(snapshots)

    assert [copy["id"] for copy in in_beijing(control)] == [id_]
    assert [call["code"] for call in calls(control)][-1] is None


def test_conflict_with_a_copy_that_is_not_ours_is_waited_for(
    snapshots: SnapshotProvider, control: ControlClient, capsys: pytest.CaptureFixture[str]
) -> None:
    other, _ = created(snapshots, name="exact name")

    id_, _ = created(snapshots, name="exact name")

    assert sorted(copy["id"] for copy in in_beijing(control)) == sorted([id_, other])
    reported = "to ap-beijing: waiting, within 2h, for another copy of it to this region"
    assert capsys.readouterr().out.count(reported) == 1


def test_conflict_is_waited_for_within_the_timeout(snapshots: SnapshotProvider, control: ControlClient) -> None:
    created(snapshots)

    with pytest.raises(
        TimedOut, match=r"CopySnapshotConflict: .*; waited 30s for that copy, which is not this replica's"
    ):
        created(snapshots, delete_timeout="30s")

    assert len(in_beijing(control)) == 1


def test_several_new_copies_of_one_name_are_reported(snapshots: SnapshotProvider, control: ControlClient) -> None:
    fault(control, "drop_after")
    control.post("settings", {"visible_after_seconds": 10})
    declared = inputs(snapshots, name="exact name")
    advance = control.advance

    def sleep(seconds: float) -> None:
        foreign(control, "exact name")
        advance(seconds + 20)

    snapshots.lifecycle.sleep = sleep

    with pytest.raises(SeveralCopies, match="whether the copy was started is not known"):
        snapshots.create(declared)


def test_throttled(snapshots: SnapshotProvider, control: ControlClient) -> None:
    fault(control, "throttle", count=3)

    created(snapshots)

    assert len(calls(control)) == 4
    assert len(in_beijing(control)) == 1


def test_busy_source_is_waited_for(snapshots: SnapshotProvider, control: ControlClient) -> None:
    fault(control, "error", code="ResourceBusy", count=2)

    created(snapshots)

    assert len(calls(control)) == 3


def test_source_that_stays_busy_is_reported(snapshots: SnapshotProvider, control: ControlClient) -> None:
    fault(control, "error", code="ResourceBusy", count=None)
    snapshots.lifecycle.sleep = lambda seconds: control.advance(
        seconds + 60
    )  # a real second has room for 20 requests only

    with pytest.raises(NotReady, match="ResourceBusy: "):
        created(snapshots)


def test_refusal_after_a_lost_answer_does_not_undo_it(snapshots: SnapshotProvider, control: ControlClient) -> None:
    """The first attempt took the last place of the quota and is listed late."""
    control.post("settings", {"visible_after_seconds": 100})
    fault(control, "drop_after")
    fault(control, "error", code="InsufficientSnapshotQuota")

    with pytest.raises(OutcomeUnknown, match=r"InsufficientSnapshotQuota: .*whether the copy was started is not known"):
        created(snapshots)


def test_create_says_when_the_outcome_is_unknown(snapshots: SnapshotProvider, control: ControlClient) -> None:
    fault(control, "drop_before", count=None)

    with pytest.raises(OutcomeUnknown, match=r"delete the new Snapshot called 'golden-ap-beijing-\w{8}' in ap-beijing"):
        created(snapshots)


def test_region_of_the_answer_is_refused(snapshots: SnapshotProvider, control: ControlClient) -> None:
    fault(control, "region_error", code="InsufficientSnapshotQuota", region="ap-beijing", message="Full.")

    with pytest.raises(
        QuotaReached, match=r"from ap-guangzhou to ap-beijing: InsufficientSnapshotQuota: Full \(request"
    ):
        created(snapshots)

    assert in_beijing(control) == []
    assert len(calls(control)) == 1


def test_missing_source(snapshots: SnapshotProvider) -> None:
    with pytest.raises(NotFound, match=r"^copying Snapshot snap-nothing from ap-guangzhou to ap-beijing: "):
        created(snapshots, source_id="snap-nothing")


def test_no_balance(snapshots: SnapshotProvider, control: ControlClient) -> None:
    control.post("seed", {"accounts": [{"id": ACCOUNT_ID, "state": {"cbs": {"sufficient_balance": False}}}]})

    with pytest.raises(AccountBlocked, match="Next: the account's owner must top up"):
        created(snapshots)


def test_dead_endpoint_is_reported_quickly(snapshots: SnapshotProvider, control: ControlClient) -> None:
    object.__setattr__(snapshots.lifecycle.cloud.connection, "endpoint", "http://127.0.0.1:9")

    with pytest.raises(Unreachable, match=r"no connection to http://127\.0\.0\.1:9"):
        created(snapshots)
    del control


def test_wrong_keys(snapshots: SnapshotProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", "wrong")

    with pytest.raises(PermissionDenied, match=r"AuthFailure\.SignatureFailure.*Next: check TENCENTCLOUD_SECRET_ID"):
        created(snapshots)


def test_expired_token_is_read_again(snapshots: SnapshotProvider, control: ControlClient) -> None:
    fault(control, "error", "DescribeSnapshots", code="AuthFailure.TokenFailure")

    assert snapshots.lifecycle.cloud.find_by_name("ap-beijing", "x") == []
    assert len(calls(control, "DescribeSnapshots")) == 2


# -- the deadline -----------------------------------------------------------------------------------------------------


def test_deadline_is_set_with_the_copy(snapshots: SnapshotProvider, control: ControlClient) -> None:
    id_, outputs = listed(snapshots, deadline=DEADLINE)

    (copy,) = in_beijing(control)
    assert (copy["permanent"], copy["deadline"]) == (False, "2099-01-30T16:00:00.000Z")
    assert (outputs["is_permanent"], outputs["deadline"]) == (False, "2099-01-30T16:00:00+00:00")
    read = snapshots.read(id_, outputs)
    assert {**(read.outs or {}), **REFERENCE} == outputs


def test_deadline_that_cannot_be_set_yet_is_set_by_the_next_up(
    snapshots: SnapshotProvider, control: ControlClient, capsys: pytest.CaptureFixture[str]
) -> None:
    control.post("settings", {"modify_needs_normal": True})
    news = inputs(snapshots, deadline=DEADLINE)

    made = snapshots.create(news)

    outputs = {**(made.outs or {}), **REFERENCE}
    assert "the next `up` sets the deadline of golden-ap-beijing-" in capsys.readouterr().out
    assert snapshots.diff(made.id, outputs, news).changes is True
    control.advance(200)
    snapshots.update(made.id, outputs, news)
    assert in_beijing(control)[0]["permanent"] is False


def test_id_is_kept_where_the_deadline_finds_no_credentials(
    snapshots: SnapshotProvider, control: ControlClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_credentials(*_: object, **__: object) -> None:
        raise CredentialsMissing("no credentials", "set some")

    monkeypatch.setattr(snapshots.lifecycle.cloud, "modify", without_credentials)

    id_, outputs = created(snapshots, deadline=DEADLINE)

    assert [copy["id"] for copy in in_beijing(control)] == [id_]
    assert outputs["is_permanent"] is True


def test_passed_deadline_is_refused_for_a_new_replica_only(snapshots: SnapshotProvider) -> None:
    past = "2020-01-01T00:00:00Z"
    result = snapshots.check({}, {**DECLARED_SNAPSHOT, "deadline": past})

    assert [failure.property for failure in result.failures] == ["deadline"]
    assert snapshots.check(result.inputs, {**DECLARED_SNAPSHOT, "deadline": past}).failures == []


# -- read -------------------------------------------------------------------------------------------------------------


def test_read_of_an_unchanged_copy_is_no_change(snapshots: SnapshotProvider, control: ControlClient) -> None:
    id_, outputs = listed(snapshots)
    control.advance(200)

    result = snapshots.read(id_, outputs)

    assert {**(result.outs or {}), **REFERENCE} == outputs
    assert (
        snapshots.diff(id_, {**(result.outs or {}), **REFERENCE}, {**(result.inputs or {}), **REFERENCE}).changes
        is False
    )


def test_drift(snapshots: SnapshotProvider, control: ControlClient) -> None:
    id_, outputs = created(snapshots)
    control.advance(200)
    snapshots.lifecycle.cloud.modify("ap-beijing", id_, settings=BY_HAND)

    result = snapshots.read(id_, outputs)

    changed = {key: value for key, value in (result.inputs or {}).items() if value != outputs.get(key)}
    assert changed == {"name": "by hand", "is_permanent": False, "deadline": "2099-01-30T16:00:00+00:00"}


def test_disappears(snapshots: SnapshotProvider, control: ControlClient, capsys: pytest.CaptureFixture[str]) -> None:
    id_, outputs = listed(snapshots)
    control.advance(200)
    snapshots.lifecycle.cloud.delete_snapshot("ap-beijing", id_, with_bound_images=False)

    assert snapshots.read(id_, outputs).id == ""
    assert f"{id_} in ap-beijing is gone, deleted by somebody else" in capsys.readouterr().out


def test_expired(snapshots: SnapshotProvider, control: ControlClient, capsys: pytest.CaptureFixture[str]) -> None:
    id_, outputs = created(snapshots, deadline="2030-01-01T00:00:00Z")
    control.advance(8 * 365 * 86400)

    assert snapshots.read(id_, outputs).id == ""
    said = capsys.readouterr().out
    assert f"{id_} in ap-beijing has expired. Next: set a later deadline, or remove the region." in said


def test_fresh_copy_that_is_not_listed_is_not_gone(snapshots: SnapshotProvider, control: ControlClient) -> None:
    control.post("settings", {"visible_after_seconds": 30})
    id_, outputs = created(snapshots)

    assert snapshots.read(id_, outputs).id == id_


def test_reads_are_served_from_one_listing(snapshots: SnapshotProvider, control: ControlClient) -> None:
    ids = [f"snap-replica{number}" for number in range(105)]
    control.post("seed", {"snapshots": [{"region": "ap-beijing", "id": id_, "copied": True} for id_ in ids]})
    outputs = snapshots.lifecycle.outputs_of(inputs(snapshots), accepted_at=0)

    assert [snapshots.read(id_, outputs).id for id_ in ids] == ids
    assert len(calls(control, "DescribeSnapshots")) == 2


@pytest.mark.parametrize(
    "fault_", [{"kind": "error", "code": "UnauthorizedOperation"}, {"kind": "non_json", "status": 200}]
)
def test_read_error_is_not_gone(snapshots: SnapshotProvider, control: ControlClient, fault_: dict[str, Any]) -> None:
    id_, outputs = created(snapshots)
    control.advance(200)
    fault(control, action="DescribeSnapshots", count=None, **fault_)

    assert snapshots.read(id_, outputs).id == id_


# -- update -----------------------------------------------------------------------------------------------------------


def test_update(snapshots: SnapshotProvider, control: ControlClient) -> None:
    id_, outputs = created(snapshots)
    control.advance(200)
    news = {**inputs(snapshots, name="other", deadline=DEADLINE), "copy_token": outputs["copy_token"]}

    result = snapshots.update(id_, outputs, news)

    (copy,) = in_beijing(control)
    assert (copy["name"], copy["permanent"]) == ("other", False)
    assert (result.outs or {})["accepted_at"] == outputs["accepted_at"]
    back = {**inputs(snapshots, name="other"), "copy_token": outputs["copy_token"]}
    snapshots.update(id_, {**(result.outs or {}), **REFERENCE}, back)
    assert in_beijing(control)[0]["permanent"] is True
    assert len(calls(control, "ModifySnapshotAttribute")) == 2


def test_update_of_nothing_in_the_cloud_calls_nothing(snapshots: SnapshotProvider, control: ControlClient) -> None:
    id_, outputs = created(snapshots)

    result = snapshots.update(id_, outputs, {**outputs, "delete_timeout": "3h", "delete_bound_images": True})

    assert (result.outs or {})["delete_bound_images"] is True
    assert calls(control, "ModifySnapshotAttribute") == []


# -- delete -----------------------------------------------------------------------------------------------------------


def test_delete(snapshots: SnapshotProvider, control: ControlClient) -> None:
    id_, outputs = created(snapshots)
    control.advance(200)

    snapshots.delete(id_, outputs)

    assert in_beijing(control) == []


def test_delete_waits_for_a_running_copy(
    snapshots: SnapshotProvider, control: ControlClient, capsys: pytest.CaptureFixture[str]
) -> None:
    id_, outputs = created(snapshots)

    snapshots.delete(id_, outputs)

    assert in_beijing(control) == []
    said = capsys.readouterr().out
    assert f"deleting Snapshot {id_} in ap-beijing: waiting, within 2h, while it is COPYING_FROM_REMOTE" in said


def test_delete_gives_up_after_its_timeout(snapshots: SnapshotProvider, control: ControlClient) -> None:
    id_, outputs = created(snapshots, delete_timeout="30s")

    with pytest.raises(TimedOut, match=r"waited 30s for the running copy\. Next: "):
        snapshots.delete(id_, outputs)

    assert len(in_beijing(control)) == 1


def test_delete_of_what_is_gone(snapshots: SnapshotProvider, control: ControlClient) -> None:
    id_, outputs = listed(snapshots)
    control.advance(200)
    snapshots.delete(id_, outputs)

    snapshots.delete(id_, outputs)

    assert [call["code"] for call in calls(control, "DeleteSnapshots")] == [None, "InvalidSnapshotId.NotFound"]


def test_delete_of_what_is_recycled(snapshots: SnapshotProvider, control: ControlClient) -> None:
    """The API deletes only what is NORMAL; what the cloud removes by itself holds up nothing."""
    id_ = foreign(control, "recycled", state="TORECYCLE")

    snapshots.delete(id_, {**inputs(snapshots), "accepted_at": 0})

    assert calls(control, "DeleteSnapshots")[0]["code"] == "InvalidSnapshot.NotSupported"


def test_deletion_into_a_recycle_bin_is_done(
    snapshots: SnapshotProvider, control: ControlClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be listed there for days."""
    id_, outputs = created(snapshots)
    control.advance(200)
    begun = snapshots.lifecycle.clock()
    describe = snapshots.lifecycle.cloud.describe

    def recycled(region: str, groups: Mapping[str, str]) -> dict[str, Snapshot]:
        deleted = bool(calls(control, "DeleteSnapshots"))
        return {id_: Snapshot(id_, "TORECYCLE")} if deleted else describe(region, groups)

    monkeypatch.setattr(snapshots.lifecycle.cloud, "describe", recycled)  # the sandbox has no recycle bin

    snapshots.delete(id_, outputs)

    assert snapshots.lifecycle.clock() - begun < 60


def test_recycled_copy_is_replaced(snapshots: SnapshotProvider, control: ControlClient) -> None:
    id_, outputs = created(snapshots)
    control.post("seed", {"snapshots": [{"region": "ap-beijing", "id": id_, "copied": True, "state": "TORECYCLE"}]})

    read = snapshots.read(id_, outputs)

    result = snapshots.diff(id_, {**(read.outs or {}), **REFERENCE}, {**(read.inputs or {}), **REFERENCE})
    assert (result.replaces, result.delete_before_replace) == (["failure"], True)


def test_delete_with_bound_images(snapshots: SnapshotProvider, control: ControlClient) -> None:
    id_ = foreign(control, "with images", images=[{"id": "img-1", "name": "golden"}])
    outputs = {**inputs(snapshots), "accepted_at": 0}

    with pytest.raises(InvalidInput, match=r"SnapshotHasBindedImage.*set deleteBoundImages"):
        snapshots.delete(id_, outputs)
    snapshots.delete(id_, {**outputs, "delete_bound_images": True})

    assert in_beijing(control) == []


# -- adoption ---------------------------------------------------------------------------------------------------------


def test_adopt(snapshots: SnapshotProvider, control: ControlClient) -> None:
    other = foreign(control, "by hand")

    id_, outputs = created(snapshots, existing_id=other, deadline=DEADLINE)

    (copy,) = in_beijing(control)
    assert (id_, copy["name"], copy["permanent"]) == (other, outputs["name"], False)
    assert calls(control) == []


@pytest.mark.parametrize("adopter", [STACK, None], ids=["by today's", "by 0.1.0's"])
@pytest.mark.parametrize("stack", [STACK, None], ids=["today", "0.1.0"])
def test_replica_of_a_default_name_is_not_adopted_again(
    snapshots: SnapshotProvider, control: ControlClient, stack: str | None, adopter: str | None
) -> None:
    id_, _ = created(snapshots, stack_id=stack)

    with pytest.raises(AdoptionRefused, match=r"it is a replica already, called 'golden-ap-beijing-\w+'.* rename it"):
        created(snapshots, existing_id=id_, stack_id=adopter)
    dated = foreign(control, "golden-20261124")
    assert created(snapshots, existing_id=dated)[0] == dated


def adopted_twice(snapshots: SnapshotProvider, control: ControlClient) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Id and both rows of a snapshot whose entry, of an exact name, was renamed, or replaced with `--replace`."""
    id_ = foreign(control, "exact name")
    _, former = created(snapshots, name="exact name", existing_id=id_)
    _, outputs = created(snapshots, name="exact name", existing_id=id_)
    return id_, former, outputs


def test_what_was_just_adopted_is_not_deleted_under_its_former_name(
    snapshots: SnapshotProvider, control: ControlClient, capsys: pytest.CaptureFixture[str]
) -> None:
    id_, former, outputs = adopted_twice(snapshots, control)

    snapshots.delete(id_, former)
    assert [copy["id"] for copy in in_beijing(control)] == [id_]
    assert f"{id_} in ap-beijing is kept: another replica of this stack holds it" in capsys.readouterr().out
    snapshots.delete(id_, outputs)
    assert in_beijing(control) == []


@pytest.mark.parametrize("declared", [0, 1], ids=["renamed back", "renamed"])
def test_what_a_declared_row_holds_is_not_deleted_by_the_next_run(
    snapshots: SnapshotProvider, control: ControlClient, monkeypatch: pytest.MonkeyPatch, declared: int
) -> None:
    """The run that adopted it was stopped, and another process deletes the row that is not declared any more."""
    id_, *rows = adopted_twice(snapshots, control)
    monkeypatch.setattr(copy_lifecycle, "_holders", Holders())
    snapshots.diff(id_, rows[declared], rows[declared])

    snapshots.delete(id_, rows[1 - declared])

    assert [copy["id"] for copy in in_beijing(control)] == [id_]


@pytest.mark.parametrize("first", [0, 1], ids=["old first", "new first"])
def test_rows_that_the_runner_names_delete_a_thing_with_the_last_of_them(
    snapshots: SnapshotProvider, control: ControlClient, monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    """A destroy compares nothing before it deletes."""
    id_, *rows = adopted_twice(snapshots, control)
    named = json.dumps([("ap-beijing", id_, row["copy_token"]) for row in rows])
    monkeypatch.setattr(copy_lifecycle, "_holders", Holders(named))

    snapshots.delete(id_, rows[first])
    kept = [copy["id"] for copy in in_beijing(control)]
    snapshots.delete(id_, rows[1 - first])

    assert kept == [id_]
    assert in_beijing(control) == []


def test_what_another_stack_has_adopted_is_not_deleted(
    snapshots: SnapshotProvider,
    control: ControlClient,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its default name says so, also after a refresh."""
    id_ = foreign(control, "exact name")
    _, ours = created(snapshots, name="exact name", existing_id=id_)
    _, theirs = created(snapshots, existing_id=id_)
    monkeypatch.setattr(copy_lifecycle, "_holders", Holders())
    refreshed = snapshots.read(id_, ours)

    snapshots.delete(id_, {**(refreshed.outs or {}), **REFERENCE})

    assert [copy["name"] for copy in in_beijing(control)] == [theirs["name"]]
    said = f"warning: {id_} in ap-beijing is kept: it is another replica's, called '{theirs['name']}'. Next: "
    assert said in capsys.readouterr().out


def test_exact_name_that_looks_like_a_default_one_is_deleted(
    snapshots: SnapshotProvider, control: ControlClient
) -> None:
    id_, outputs = created(snapshots, name="golden-ap-beijing-20261124")
    control.advance(200)

    snapshots.delete(id_, outputs)

    assert in_beijing(control) == []


def test_adoption_of_what_does_not_exist(snapshots: SnapshotProvider) -> None:
    with pytest.raises(AdoptionRefused, match="there is no such Snapshot"):
        created(snapshots, existing_id="snap-nothing")


def test_replacement_cannot_adopt_what_it_replaces(snapshots: SnapshotProvider, control: ControlClient) -> None:
    other = foreign(control, "by hand")
    id_, outputs = created(snapshots, existing_id=other)

    with pytest.raises(AdoptionRefused, match="its existing_id still names it"):
        snapshots.diff(id_, outputs, {**inputs(snapshots, existing_id=other), "source_id": "snap-newer"})


# -- repair -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stack", [STACK, None], ids=["today", "0.1.0"])
def test_found_by_its_default_name(snapshots: SnapshotProvider, stack: str | None) -> None:
    id_, outputs = created(snapshots, stack_id=stack)

    assert snapshots.lifecycle.find(lost(outputs)) == id_
    assert snapshots.lifecycle.find(lost(outputs, recorded=id_)) is None


def test_found_by_an_exact_name_only_if_it_is_new(snapshots: SnapshotProvider, control: ControlClient) -> None:
    other = foreign(control, "exact name")
    control.advance(3600)
    started = snapshots.lifecycle.clock()
    declared = inputs(snapshots, name="exact name")

    assert snapshots.lifecycle.find(lost(declared, earliest=started)) is None
    made = snapshots.create(declared)
    assert snapshots.lifecycle.find(lost(declared, earliest=started)) == made.id
    assert made.id != other


def killed(declared: dict[str, Any], *, written: float = 0, others: frozenset[str] | None = None) -> LostCreation:
    """A creation that was started and not recorded, as repair finds it in a state that was last written at a moment."""
    row = {"urn": "urn::disk-ap-beijing", "type": SNAPSHOT_COPY, "inputs": declared}
    creation = Pending(row, datetime.fromtimestamp(written, UTC), others=others)
    return LostCreation(row, [], creation.earliest, frozenset(), creation.others)


@pytest.mark.parametrize("is_utc", [False, True], ids=["Beijing time", "UTC"])
@pytest.mark.parametrize("ahead", [-300, -240, -61, 61, 240, 300])
def test_exact_name_is_found_although_the_clocks_differ(
    snapshots: SnapshotProvider, control: ControlClient, monkeypatch: pytest.MonkeyPatch, ahead: int, *, is_utc: bool
) -> None:
    """By as much as the cloud lets a signature be off, and by the zone that its times do not name."""
    other = foreign(control, "exact name")
    control.advance(3600)
    sandbox_time = snapshots.lifecycle.clock
    snapshots.lifecycle.clock = lambda: sandbox_time() + ahead
    listed = snapshots.lifecycle.cloud.find_by_name

    def in_utc(region: str, name: str) -> list[Snapshot]:
        shift = timedelta(hours=8 if is_utc else 0)
        return [replace(one, created=one.created - shift) for one in listed(region, name) if one.created]

    monkeypatch.setattr(snapshots.lifecycle.cloud, "find_by_name", in_utc)
    declared = inputs(snapshots, name="exact name")

    assert snapshots.lifecycle.find(killed(declared)) is None
    made = snapshots.create(declared)
    assert snapshots.lifecycle.find(killed(declared)) == made.id
    assert made.id != other


def test_exact_name_is_found_long_after_the_kill(snapshots: SnapshotProvider, control: ControlClient) -> None:
    """A plain `pulumi up` has written the state since; the inputs have the moment that the copy was asked for."""
    declared = inputs(snapshots, name="exact name")
    made = snapshots.create(declared)
    control.advance(5 * 86400)

    assert snapshots.lifecycle.find(killed(declared, written=snapshots.lifecycle.clock())) == made.id


def test_copies_of_two_killed_runs_are_found_under_one_exact_name(
    snapshots: SnapshotProvider, control: ControlClient
) -> None:
    """Plain `pulumi up`, twice; the state was written when the second one began."""
    started = []
    for _ in range(2):
        declared = inputs(snapshots, name="exact name")
        started.append((snapshots.create(declared).id, declared))
        control.advance(3600)
    written = datetime.fromtimestamp(snapshots.lifecycle.clock() - 3600, UTC)
    pending = [Pending({"urn": "urn", "type": SNAPSHOT_COPY, "inputs": declared}, written) for _, declared in started]
    cloud = SimpleNamespace(find=lambda lost: Found(id_) if (id_ := snapshots.lifecycle.find(lost)) else None)
    stack = SimpleNamespace(rows=[], cloud=lambda _: cloud)

    find = healing.finder(cast("Stack", stack))
    found = look_up(pending, find, say=lambda _: None, waiter=snapshots.lifecycle.waiter)

    assert [found[index].id for index in range(2)] == [id_ for id_, _ in started]


def test_exact_name_that_was_there_before_is_not_found(
    snapshots: SnapshotProvider, control: ControlClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However new it is: the creation has written down what it saw of that name, before it asked for anything."""
    monkeypatch.setenv(outcome.FILE, str(tmp_path / "outcomes"))
    other = foreign(control, "exact name")
    declared = inputs(snapshots, name="exact name")
    fault(control, "error", code="InsufficientSnapshotQuota")
    with pytest.raises(QuotaReached):
        snapshots.create(declared)

    noted = outcome.others(tmp_path / "outcomes")

    assert noted == {declared["copy_token"]: {other}}
    assert snapshots.lifecycle.find(killed(declared, others=noted[declared["copy_token"]])) is None


def test_adoption_is_found_by_the_default_name_that_it_gave(
    snapshots: SnapshotProvider, control: ControlClient
) -> None:
    """What was adopted need be no copy; under an exact name nothing shows it, and it is adopted again."""
    by_hand = foreign(control, "by hand", copied=False)
    declared = inputs(snapshots, existing_id=by_hand)
    exact = inputs(snapshots, existing_id=by_hand, name="by hand")

    assert snapshots.lifecycle.find(lost(declared)) is None
    assert snapshots.lifecycle.find(lost(exact)) is None
    snapshots.create(declared)
    assert snapshots.lifecycle.find(lost(declared)) == by_hand
    assert snapshots.lifecycle.find(lost(declared, recorded=by_hand)) is None


def test_made_by_hand_is_no_copy(snapshots: SnapshotProvider, control: ControlClient) -> None:
    foreign(control, "exact name", copied=False)

    assert snapshots.lifecycle.find(lost(inputs(snapshots, name="exact name"))) is None
    assert SNAPSHOT in [entry["id"] for entry in control.get("inventory")["cbs"]["ap-guangzhou"]]
