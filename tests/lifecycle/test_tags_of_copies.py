"""Tags and marks that the Tag service puts on in a call of its own, behind the copy: CBS snapshots, CVM images."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.clouds.errors import CloudError, InvalidInput, PermissionDenied
from components.hosts.dynamic import DynamicProvider
from components.lifecycle import copy_lifecycle
from components.lifecycle.copy_lifecycle import AdoptionRefused
from components.lifecycle.holders import Holders
from components.model.tag_rules import REPLICA_TAG
from components.model.tencent_tag_rules import MAX_TAGS
from sandbox.core.control_client import ControlClient
from tests.lifecycle.replicas import REFERENCE, created, inputs, listed, lost

STACK = "0123456789abcdef0123456789abcdef"
OTHER_STACK = "fedcba9876543210fedcba9876543210"
REGION = "ap-beijing"
BY_EXAMPLE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

Provider = DynamicProvider[Any]


@pytest.fixture(params=["snapshots", "cvm_images"])
def copies(request: pytest.FixtureRequest, control: ControlClient) -> Provider:
    found: Provider = request.getfixturevalue(request.param)
    control.post("settings", {"requests_per_second": 2000})
    return found


def fault(control: ControlClient, action: str = "ModifyResourceTags", **more: Any) -> None:
    control.post("faults", {"service": "tag", "action": action, **more})


def calls(control: ControlClient, action: str = "ModifyResourceTags") -> list[dict[str, Any]]:
    return list(control.get("calls", action=action))


def tags_of(provider: Provider, id_: str) -> dict[str, str]:
    return dict(provider.lifecycle.cloud.describe(REGION, {id_: ""})[id_].tags)


def tag(provider: Provider, id_: str, **tags: str) -> None:
    """As somebody does in the console."""
    provider.lifecycle.cloud.tag(REGION, id_, put=tags, take=())


def read(provider: Provider, id_: str, outputs: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Outputs and inputs after a refresh."""
    found = provider.read(id_, outputs)
    return {**(found.outs or {}), **REFERENCE}, {**(found.inputs or {}), **REFERENCE}


def foreign(provider: Provider, control: ControlClient, name: str = "by hand") -> str:
    is_snapshot = provider.lifecycle.thing == "Snapshot"
    id_ = "snap-byhand" if is_snapshot else "img-byhand"
    entry = {"region": REGION, "id": id_, "name": name, **({"copied": True} if is_snapshot else {})}
    control.post("seed", {"snapshots" if is_snapshot else "cvm_images": [entry]})
    return id_


REFUSALS = ("AuthFailure.UnauthorizedOperation", "InvalidAction", "UnknownToThisProject")
"""No permission, no such service here, and an unlisted code."""


def test_copy_has_its_tags_and_its_mark(copies: Provider, control: ControlClient) -> None:
    id_, outputs = created(copies, stack_id=STACK, tags={"team": "web"})

    assert tags_of(copies, id_) == {"team": "web", REPLICA_TAG: f"{STACK}.{outputs['copy_token']}"}
    assert outputs["tags"] == {"team": "web"}
    (call,) = calls(control)
    prefix = copies.lifecycle.cloud.tag_prefix
    assert call["params"]["Resource"] == f"qcs::cvm:{REGION}:uin/{outputs['account']}:{prefix}/{id_}"


def test_more_tags_than_one_call_takes(copies: Provider, control: ControlClient) -> None:
    tags = {f"key-{number}": "v" for number in range(MAX_TAGS)}

    id_, _ = created(copies, tags=tags)

    assert len(tags_of(copies, id_)) == 50
    assert len(calls(control)) == 5


def test_read_of_an_unchanged_copy_is_no_change(copies: Provider) -> None:
    id_, outputs = listed(copies, tags={"team": "web"})

    again, declared = read(copies, id_, outputs)

    assert again == outputs
    assert copies.diff(id_, again, declared).changes is False


def test_drift_of_tags_is_reverted(copies: Provider, control: ControlClient) -> None:
    id_, outputs = listed(copies, tags={"team": "web", "tier": "gold"})
    control.advance(200)
    copies.lifecycle.cloud.tag(REGION, id_, put={"team": "ml", "owner": "eve"}, take=["tier"])

    drifted, _ = read(copies, id_, outputs)
    assert drifted["tags"] == {"team": "ml", "owner": "eve"}
    copies.update(id_, drifted, outputs)

    assert tags_of(copies, id_).items() >= {"team": "web", "tier": "gold"}.items()
    assert "owner" not in tags_of(copies, id_)


def test_update_of_tags_changes_nothing_else(copies: Provider, control: ControlClient) -> None:
    id_, outputs = created(copies, tags={"team": "web", "tier": "gold"})
    control.advance(200)

    result = copies.update(id_, outputs, {**outputs, "tags": {"team": "ml"}})

    mark = {REPLICA_TAG: outputs["copy_token"]}
    assert tags_of(copies, id_) == {"team": "ml", **mark}
    assert (result.outs or {})["tags"] == {"team": "ml"}
    changed = {call["action"] for call in control.get("calls") if call["action"].startswith("Modify")}
    assert changed == {"ModifyResourceTags"}


def test_ignored_tags_are_no_drift_and_stay(copies: Provider, control: ControlClient) -> None:
    id_, outputs = listed(copies, tags={"team": "web"}, ignore_tags=["cost-*"])
    control.advance(200)
    tag(copies, id_, **{"cost-center": "7"})

    again, declared = read(copies, id_, outputs)
    assert copies.diff(id_, again, declared).changes is False
    copies.update(id_, again, {**declared, "tags": {"team": "ml"}})

    assert tags_of(copies, id_).items() >= {"team": "ml", "cost-center": "7"}.items()


def test_mark_that_somebody_has_removed_is_put_back(copies: Provider, control: ControlClient) -> None:
    id_, outputs = listed(copies)
    control.advance(200)
    copies.lifecycle.cloud.tag(REGION, id_, put={}, take=[REPLICA_TAG])

    again, declared = read(copies, id_, outputs)
    assert copies.diff(id_, again, declared).changes is True
    result = copies.update(id_, again, declared)

    assert tags_of(copies, id_) == {REPLICA_TAG: outputs["copy_token"]}
    assert not copies.diff(id_, {**(result.outs or {}), **REFERENCE}, declared).changes


@pytest.mark.parametrize("kind", ["http_error", "drop_after", "error"])
def test_tags_that_cannot_be_put_on_are_put_on_by_the_next_up(
    copies: Provider, control: ControlClient, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    """The id must not be lost for want of a tag."""
    more = {"code": "FailedOperation.PolicyEnforcedInvalid"} if kind == "error" else {}
    fault(control, kind=kind, count=None, **more)
    news = inputs(copies, tags={"team": "web"})

    made = copies.create(news)

    outputs = {**(made.outs or {}), **REFERENCE}
    assert "the next `up` sets the tags of golden-ap-beijing-" in capsys.readouterr().out
    control.delete("faults")
    control.advance(200)
    assert copies.diff(made.id, outputs, news).changes is True
    result = copies.update(made.id, outputs, news)
    assert tags_of(copies, made.id) == {"team": "web", REPLICA_TAG: news["copy_token"]}
    assert not copies.diff(made.id, {**(result.outs or {}), **REFERENCE}, news).changes


def test_throttled_tags(copies: Provider, control: ControlClient) -> None:
    fault(control, kind="throttle", count=3)

    id_, _ = created(copies)

    assert len(calls(control)) == 4
    assert REPLICA_TAG in tags_of(copies, id_)


@pytest.mark.parametrize("code", REFUSALS)
def test_copy_that_cannot_be_tagged_is_known_by_its_name(
    copies: Provider, control: ControlClient, capsys: pytest.CaptureFixture[str], code: str
) -> None:
    """It worked before there were marks in tags, and so it does without the permission, or without a Tag service."""
    fault(control, kind="error", code=code, count=None)
    news = inputs(copies)

    made = copies.create(news)
    copies.create(inputs(copies, region=REGION, source_id=news["source_id"], default_name="other"))

    outputs = {**(made.outs or {}), **REFERENCE}
    said = capsys.readouterr().out
    assert said.count("only their names show whose the copies in ap-beijing are. Next: ") == 1
    assert not copies.diff(made.id, outputs, news).changes
    again, declared = read(copies, made.id, outputs)
    assert not copies.diff(made.id, again, declared).changes
    assert copies.lifecycle.find(lost(outputs)) == made.id


def test_declared_tags_without_the_permission_are_an_error(copies: Provider, control: ControlClient) -> None:
    fault(control, kind="error", code="AuthFailure.UnauthorizedOperation", count=None)
    news = inputs(copies, tags={"team": "web"})
    made = copies.create(news)
    control.advance(200)

    with pytest.raises(
        PermissionDenied, match=r"^tagging .*Next: ask the account's administrator .*ModifyResourceTags"
    ):
        copies.update(made.id, {**(made.outs or {}), **REFERENCE}, news)


@pytest.mark.parametrize("code", REFUSALS)
def test_marks_are_not_looked_for_where_that_is_refused(
    snapshots: Provider, control: ControlClient, capsys: pytest.CaptureFixture[str], code: str
) -> None:
    id_, _ = created(snapshots, stack_id=STACK)
    created(snapshots, stack_id=STACK, name="exact", region="ap-shanghai")
    fault(control, "DescribeResourcesByTags", kind="error", code=code, count=None)

    assert [copy.id for copy in snapshots.lifecycle.marked(REGION, "", STACK)] == [id_]
    assert snapshots.lifecycle.marked("ap-shanghai", "", STACK) == []
    assert capsys.readouterr().out.count("marks in tags are not looked for") == 1


def test_marks_that_cannot_be_looked_for_are_an_error(snapshots: Provider, control: ControlClient) -> None:
    """Copies may exist: nothing may be taken for lost, or started again."""
    fault(control, "DescribeResourcesByTags", kind="http_error", count=None)

    with pytest.raises(CloudError):
        snapshots.lifecycle.marked(REGION, "", STACK)


def test_marked_copies_of_an_exact_name_are_those_of_the_stack(copies: Provider, control: ControlClient) -> None:
    id_, outputs = created(copies, stack_id=STACK, name="exact")
    control.advance(200)
    created(copies, stack_id=OTHER_STACK, name="other")
    control.advance(200)

    (marked,) = copies.lifecycle.marked(REGION, "", STACK)

    assert marked.id == id_
    assert copies.lifecycle.marked_token(marked, outputs) == outputs["copy_token"]
    assert copies.lifecycle.token_of_stack(marked, OTHER_STACK) == ""


def test_many_marks_are_listed_page_by_page(snapshots: Provider, control: ControlClient) -> None:
    entries = [
        {"region": REGION, "id": f"snap-{number}", "copied": True, "tags": {REPLICA_TAG: f"{STACK}.t{number}"}}
        for number in range(120)
    ]
    control.post("seed", {"snapshots": entries})

    assert len(snapshots.lifecycle.marked(REGION, "", STACK)) == 120
    assert len(calls(control, "DescribeResourcesByTags")) == 3


def test_found_by_its_mark_under_an_exact_name(copies: Provider, control: ControlClient) -> None:
    """However old it is, whatever was noted, and whose copy has that name, too."""
    id_, outputs = created(copies, name="exact", stack_id=STACK)
    control.advance(86400)

    now = copies.lifecycle.clock()
    assert copies.lifecycle.find(lost(outputs, earliest=now)) == id_
    theirs = {**outputs, "copy_token": "f" * 32, "stack_id": OTHER_STACK}
    assert copies.lifecycle.find(lost(theirs)) is None


def test_copy_of_an_exact_name_is_marked_by_another_stack(copies: Provider, control: ControlClient) -> None:
    id_, _ = created(copies, name="exact", stack_id=OTHER_STACK)
    control.advance(200)

    with pytest.raises(AdoptionRefused, match=rf"it is a replica already, tagged {REPLICA_TAG}={OTHER_STACK}\."):
        created(copies, name="exact", existing_id=id_, stack_id=STACK)


def test_what_another_stack_has_marked_is_not_deleted(
    copies: Provider, control: ControlClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Under its exact name, too, which nothing showed before."""
    id_, outputs = listed(copies, name="exact", stack_id=STACK)
    control.advance(200)
    tag(copies, id_, **{REPLICA_TAG: f"{OTHER_STACK}.{'f' * 32}"})
    monkeypatch.setattr(copy_lifecycle, "_holders", Holders())
    again, declared = read(copies, id_, outputs)
    assert not copies.diff(id_, again, declared).changes

    copies.delete(id_, again)

    assert tags_of(copies, id_)
    assert "is kept: it is another replica's, tagged pulumi-replica=" in capsys.readouterr().out


def test_adoption_marks_what_it_takes_over(copies: Provider, control: ControlClient) -> None:
    id_ = foreign(copies, control)
    tag(copies, id_, owner="eve")

    made, outputs = created(copies, existing_id=id_, name="by hand", stack_id=STACK, tags={"team": "web"})

    assert made == id_
    assert tags_of(copies, id_) == {"team": "web", REPLICA_TAG: f"{STACK}.{outputs['copy_token']}"}
    assert copies.lifecycle.find(lost(outputs)) == id_


def test_copy_of_an_earlier_version_is_left_as_it_is(copies: Provider, control: ControlClient) -> None:
    """It has no mark but its name, and others may have tagged it."""
    id_, outputs = listed(copies)
    control.advance(200)
    copies.lifecycle.cloud.tag(REGION, id_, put={"cost": "7"}, take=[REPLICA_TAG])
    old = {key: value for key, value in outputs.items() if key not in {"mark", "tags"}}

    again, declared = read(copies, id_, old)

    checked = copies.check(declared, declared).inputs
    assert not copies.diff(id_, again, {**checked, **REFERENCE}).changes
    assert tags_of(copies, id_) == {"cost": "7"}


_texts = st.text("aZ9_ +-=.:/@()[],;><\u4e2d\uff08*#\u00fc\n", max_size=6) | st.sampled_from(
    ["k" * 127, "k" * 128, "v" * 255, "v" * 256, " a", "a ", "qcs:a", "QCS:a", "Tencent-a", "project", "\u9879\u76ee"]
)


@BY_EXAMPLE
@given(st.dictionaries(_texts, _texts, min_size=1, max_size=3))
def test_check_accepts_exactly_the_tags_that_the_cloud_takes(
    snapshots: Provider, control: ControlClient, tags: dict[str, str]
) -> None:
    control.post("settings", {"requests_per_second": 1_000_000})
    cloud, id_ = snapshots.lifecycle.cloud, "snap-tagged"
    control.post("seed", {"snapshots": [{"region": REGION, "id": id_, "copied": True}]})
    declared = {"source_region": "ap-guangzhou", "source_id": "snap-source01", "region": REGION, "tags": tags}
    failures = snapshots.check({}, declared).failures

    try:
        cloud.tag(REGION, id_, put=tags, take=())
        is_taken = tags_of(snapshots, id_) == tags
    except InvalidInput:
        is_taken = False
    assert is_taken is (not failures)


@pytest.mark.parametrize(
    ("tags", "property_"),
    [
        ({REPLICA_TAG: "mine"}, f"tags.{REPLICA_TAG}"),
        ({f"key-{number}": "v" for number in range(MAX_TAGS + 1)}, "tags"),
        ({"team": 3}, "tags.team"),
        ({"team": ""}, "tags.team"),
        (["team"], "tags"),
    ],
)
def test_tags_that_are_refused_at_preview(copies: Provider, tags: Any, property_: str) -> None:
    declared = {"source_region": "ap-guangzhou", "source_id": "snap-1", "region": REGION, "tags": tags}

    assert [failure.property for failure in copies.check({}, declared).failures] == [property_]
