"""create, read, update and delete of one CVM image copy: the real SDK over HTTP, with the sandbox's clock moved."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from components.clouds.errors import (
    CredentialsMissing,
    InvalidInput,
    NotFound,
    NotReady,
    PermissionDenied,
    QuotaReached,
    TimedOut,
    Unreachable,
)
from components.lifecycle.copy_lifecycle import AdoptionRefused
from components.lifecycle.outcome import OutcomeUnknown
from components.lifecycle.start_by_name import SeveralCopies
from components.model.kind import LostCreation
from components.providers.cvm_image import CvmImageProvider
from sandbox.core.accounts import ACCOUNT_ID
from sandbox.core.control_client import ControlClient
from tests.lifecycle.replicas import CVM_IMAGE, REFERENCE, created, inputs, listed, lost
from tools.runner.repair import Pending

STACK = "0123456789abcdef0123456789abcdef"
CVM_IMAGE_COPY = "pulumi-python:dynamic/tencent:CvmImageCopy"


def fault(control: ControlClient, kind: str, action: str = "SyncImages", **more: Any) -> None:
    control.post("faults", {"service": "cvm", "action": action, "kind": kind, **more})


def calls(control: ControlClient, action: str = "SyncImages") -> list[dict[str, Any]]:
    return list(control.get("calls", action=action))


def in_beijing(control: ControlClient) -> list[dict[str, Any]]:
    return list(control.get("inventory")["cvm"].get("ap-beijing", []))


def foreign(control: ControlClient, name: str, **more: Any) -> str:
    """An image of this name that somebody else made."""
    image = {"region": "ap-beijing", "id": "img-foreign1", "name": name, **more}
    control.post("seed", {"cvm_images": [image]})
    return str(image["id"])


def source(control: ControlClient, **fields: Any) -> None:
    control.post("seed", {"cvm_images": [{"region": "ap-guangzhou", "id": CVM_IMAGE, "name": "golden", **fields}]})


# -- create -----------------------------------------------------------------------------------------------------------


def test_create_returns_while_the_copy_runs(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    id_, outputs = created(cvm_images)

    (copy,) = in_beijing(control)
    assert (copy["id"], copy["status"]) == (id_, "SYNCING")
    assert copy["name"] == outputs["name"] == f"golden-ap-beijing-{outputs['copy_token'][:8]}"
    assert [call["params"] for call in calls(control)] == [
        {
            "ImageIds.0": CVM_IMAGE,
            "DestinationRegions.0": "ap-beijing",
            "ImageName": outputs["name"],
            "ImageSetRequired": "true",
        }
    ]
    assert calls(control, "DescribeImages") == calls(control, "ModifyImageAttribute") == []


@pytest.mark.parametrize(
    ("kind", "code"),
    [("drop_before", None), ("http_error", None), ("non_json", None), ("error", "InternalServerError")],
)
def test_create_sends_again_what_was_never_accepted(
    cvm_images: CvmImageProvider, control: ControlClient, kind: str, code: str | None
) -> None:
    fault(control, kind, **({"code": code} if code else {}))
    begun = cvm_images.lifecycle.clock()

    id_, _ = created(cvm_images)

    assert [copy["id"] for copy in in_beijing(control)] == [id_]
    assert len(calls(control)) == 2
    assert cvm_images.lifecycle.clock() - begun >= 60


@pytest.mark.parametrize("copy_seconds", [0, 100], ids=["finished", "running"])
@pytest.mark.parametrize("name", [None, "exact name"], ids=["default name", "exact name"])
@pytest.mark.parametrize("is_late", [False, True], ids=["listed at once", "listed late"])
def test_dropped_after_accept_is_one_replica(
    cvm_images: CvmImageProvider, control: ControlClient, copy_seconds: int, name: str | None, is_late: bool
) -> None:
    control.post("settings", {"copy_seconds": copy_seconds, "visible_after_seconds": 20 if is_late else 0})
    fault(control, "drop_after")

    id_, _ = created(cvm_images, name=name)

    assert [copy["id"] for copy in in_beijing(control)] == [id_]
    assert len(calls(control)) == 1


def test_name_that_is_taken_after_a_lost_answer_is_our_own_copy(
    cvm_images: CvmImageProvider, control: ControlClient
) -> None:
    """Listed only after the search for it was given up, so it was asked for again; the source is free already."""
    control.post("settings", {"visible_after_seconds": 90, "copy_seconds": 0})
    fault(control, "drop_after")

    id_, _ = created(cvm_images)

    assert [copy["id"] for copy in in_beijing(control)] == [id_]
    assert [call["code"] for call in calls(control)] == [None, "InvalidImageName.Duplicate"]


def test_busy_source_after_a_lost_answer_is_our_own_copy(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    control.post("settings", {"visible_after_seconds": 90, "copy_seconds": 1000})
    fault(control, "drop_after")

    id_, _ = created(cvm_images)

    assert [copy["id"] for copy in in_beijing(control)] == [id_]
    assert [call["code"] for call in calls(control)] == [None, "FailedOperation.InvalidImageState"]


def test_copy_to_another_region_is_waited_for(
    cvm_images: CvmImageProvider, control: ControlClient, capsys: pytest.CaptureFixture[str]
) -> None:
    """An image is copied to one region at a time."""
    created(cvm_images, region="ap-shanghai")

    id_, _ = created(cvm_images)

    assert [copy["id"] for copy in in_beijing(control)] == [id_]
    assert capsys.readouterr().out.count("to ap-beijing: waiting, within 2h, for another copy of it\n") == 1


def test_copy_to_another_region_is_waited_for_within_the_timeout(
    cvm_images: CvmImageProvider, control: ControlClient
) -> None:
    created(cvm_images, region="ap-shanghai")

    with pytest.raises(TimedOut, match=r"InvalidImageState: .*; waited 30s for that copy, which is not this replica's"):
        created(cvm_images, delete_timeout="30s")

    assert in_beijing(control) == []


def test_source_that_is_being_made_is_waited_for(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    control.post("settings", {"create_seconds": 1000})
    control.post("seed", {"cvm_instances": [{"region": "ap-guangzhou", "id": "ins-1"}]})
    cvm = cvm_images.lifecycle.cloud
    made = cvm._send("", "ap-guangzhou", "CreateImage", {"ImageName": "fresh", "InstanceId": "ins-1"})

    created(cvm_images, source_id=made["ImageId"])

    assert {call["code"] for call in calls(control)} == {"InvalidImageId.IncorrectState", None}


def test_failed_source_is_reported(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    source(control, state="CREATEFAILED")
    cvm_images.lifecycle.sleep = lambda seconds: control.advance(seconds + 60)

    with pytest.raises(NotReady, match=r"IncorrectState: .*CREATEFAILED.* one that has failed stays so"):
        created(cvm_images)


def test_several_new_copies_of_one_name_are_reported(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    """Should names not be unique after all."""
    fault(control, "drop_after")
    control.post("settings", {"visible_after_seconds": 10})
    declared = inputs(cvm_images, name="exact name")
    advance = control.advance

    def sleep(seconds: float) -> None:
        foreign(control, "exact name")
        advance(seconds + 20)

    cvm_images.lifecycle.sleep = sleep

    with pytest.raises(SeveralCopies, match="whether the copy was started is not known"):
        cvm_images.create(declared)


def test_duplicate(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    other = foreign(control, "exact name")

    with pytest.raises(InvalidInput, match=r"InvalidImageName\.Duplicate: .*Next: set another name: .*existingId"):
        created(cvm_images, name="exact name")

    assert [copy["id"] for copy in in_beijing(control)] == [other]
    assert len(calls(control)) == 1


def test_throttled(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    fault(control, "throttle", count=3)

    created(cvm_images)

    assert len(calls(control)) == 4
    assert len(in_beijing(control)) == 1


def test_refusal_after_a_lost_answer_does_not_undo_it(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    control.post("settings", {"visible_after_seconds": 100})
    fault(control, "drop_after")
    fault(control, "error", code="ImageQuotaLimitExceeded")

    with pytest.raises(OutcomeUnknown, match=r"ImageQuotaLimitExceeded: .*whether the copy was started is not known"):
        created(cvm_images)


def test_create_says_when_the_outcome_is_unknown(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    fault(control, "drop_before", count=None)

    with pytest.raises(OutcomeUnknown, match=r"delete the new CvmImage called 'golden-ap-beijing-\w{8}' in ap-beijing"):
        created(cvm_images)


def test_answer_without_an_id_is_searched_for(
    cvm_images: CvmImageProvider, control: ControlClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is where ImageSetRequired is not sent, or not honoured."""
    cloud = cvm_images.lifecycle.cloud
    send = cloud._send

    def without_ids(doing: str, region: str, action: str, params: Any, **more: Any) -> dict[str, Any]:
        answer = send(doing, region, action, params, **more)
        return {**answer, "ImageSet": []} if action == "SyncImages" else answer

    monkeypatch.setattr(cloud, "_send", without_ids)

    id_, _ = created(cvm_images)

    assert [copy["id"] for copy in in_beijing(control)] == [id_]


@pytest.mark.parametrize(
    ("fields", "reported"),
    [
        ({"encrypted": True}, "EncryptedImagesNotSupported"),
        ({"whole_machine": True}, "InstanceImageNotSupport"),
        ({"type": "PUBLIC_IMAGE"}, r"InvalidParameterValue\.InvalidImageId"),
    ],
)
def test_source_that_cannot_be_copied(
    cvm_images: CvmImageProvider, control: ControlClient, fields: dict[str, Any], reported: str
) -> None:
    source(control, **fields)

    with pytest.raises(InvalidInput, match=rf"{reported}: .*Next: choose a custom image of this account"):
        created(cvm_images)


def test_missing_source(cvm_images: CvmImageProvider) -> None:
    with pytest.raises(NotFound, match=r"^copying CvmImage img-nothing from ap-guangzhou to ap-beijing: "):
        created(cvm_images, source_id="img-nothing")


def test_partial_failure(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    """One region's quota is no other region's."""
    control.post("seed", {"accounts": [{"id": ACCOUNT_ID, "state": {"cvm": {"image_quota": {"ap-beijing": 0}}}}]})

    with pytest.raises(QuotaReached, match=r"to ap-beijing: ImageQuotaLimitExceeded: .*delete unused images"):
        created(cvm_images)

    assert created(cvm_images, region="ap-shanghai")[0]


def test_dead_endpoint_is_reported_quickly(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    object.__setattr__(cvm_images.lifecycle.cloud.connection, "endpoint", "http://127.0.0.1:9")

    with pytest.raises(Unreachable, match=r"no connection to http://127\.0\.0\.1:9"):
        created(cvm_images)
    del control


def test_wrong_keys(cvm_images: CvmImageProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", "wrong")

    with pytest.raises(PermissionDenied, match=r"AuthFailure\.SignatureFailure.*Next: check TENCENTCLOUD_SECRET_ID"):
        created(cvm_images)


# -- the description --------------------------------------------------------------------------------------------------


def test_description_is_set_with_the_copy(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    id_, outputs = listed(cvm_images, description="Patched weekly")

    assert in_beijing(control)[0]["description"] == outputs["description"] == "Patched weekly"
    read = cvm_images.read(id_, outputs)
    assert {**(read.outs or {}), **REFERENCE} == outputs


def test_description_that_cannot_be_set_yet_is_set_by_the_next_up(
    cvm_images: CvmImageProvider, control: ControlClient, capsys: pytest.CaptureFixture[str]
) -> None:
    control.post("settings", {"modify_needs_normal": True})
    news = inputs(cvm_images, description="Patched weekly")

    made = cvm_images.create(news)

    outputs = {**(made.outs or {}), **REFERENCE}
    assert "the next `up` sets the description of golden-ap-beijing-" in capsys.readouterr().out
    assert cvm_images.diff(made.id, outputs, news).changes is True
    control.advance(200)
    cvm_images.update(made.id, outputs, news)
    assert in_beijing(control)[0]["description"] == "Patched weekly"


def test_id_is_kept_where_the_description_finds_no_credentials(
    cvm_images: CvmImageProvider, control: ControlClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_credentials(*_: object, **__: object) -> None:
        raise CredentialsMissing("no credentials", "set some")

    monkeypatch.setattr(cvm_images.lifecycle.cloud, "modify", without_credentials)

    id_, outputs = created(cvm_images, description="Patched weekly")

    assert [copy["id"] for copy in in_beijing(control)] == [id_]
    assert "description" not in outputs


# -- read -------------------------------------------------------------------------------------------------------------


def test_read_of_an_unchanged_copy_is_no_change(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    source(control, description="of the source")
    id_, outputs = listed(cvm_images)
    control.advance(200)

    result = cvm_images.read(id_, outputs)

    read = {**(result.outs or {}), **REFERENCE}
    assert read == outputs
    assert cvm_images.diff(id_, read, {**(result.inputs or {}), **REFERENCE}).changes is False


def test_drift(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    id_, outputs = created(cvm_images, description="Patched weekly")
    control.advance(200)
    by_hand = {"ImageName": "by hand", "ImageDescription": "mine"}
    cvm_images.lifecycle.cloud.modify("ap-beijing", id_, settings=by_hand)

    result = cvm_images.read(id_, outputs)

    changed = {key: value for key, value in (result.inputs or {}).items() if value != outputs.get(key)}
    assert changed == {"name": "by hand", "description": "mine"}


def test_disappears(cvm_images: CvmImageProvider, control: ControlClient, capsys: pytest.CaptureFixture[str]) -> None:
    id_, outputs = listed(cvm_images)
    control.advance(200)
    cvm_images.lifecycle.cloud.delete_image("ap-beijing", id_, with_snapshots=False)

    assert cvm_images.read(id_, outputs).id == ""
    assert f"{id_} in ap-beijing is gone, deleted by somebody else" in capsys.readouterr().out


def test_fresh_copy_that_is_not_listed_is_not_gone(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    control.post("settings", {"visible_after_seconds": 30})
    id_, outputs = created(cvm_images)

    assert cvm_images.read(id_, outputs).id == id_


def test_reads_are_served_from_one_listing(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    ids = [f"img-replica{number}" for number in range(105)]
    public = {"region": "ap-beijing", "id": "img-public", "type": "PUBLIC_IMAGE"}
    control.post("seed", {"cvm_images": [*({"region": "ap-beijing", "id": id_} for id_ in ids), public]})
    outputs = cvm_images.lifecycle.outputs_of(inputs(cvm_images), accepted_at=0)

    assert [cvm_images.read(id_, outputs).id for id_ in ids] == ids
    assert len(calls(control, "DescribeImages")) == 2


def test_one_unknown_id_hides_no_other(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    """The cloud refuses the whole call."""
    id_, _ = created(cvm_images)

    assert cvm_images.lifecycle.cloud.look_up("ap-beijing", {"img-gone": "", id_: ""}).keys() == {id_}
    assert cvm_images.lifecycle.cloud.look_up("ap-beijing", {"img-gone": ""}) == {}
    assert [call["code"] for call in calls(control, "DescribeImages")] == [
        *("InvalidImageId.NotFound", None, "InvalidImageId.NotFound")
    ]


@pytest.mark.parametrize(
    "fault_",
    [
        {"kind": "error", "code": "UnauthorizedOperation"},
        {"kind": "error", "code": "ResourceNotFound"},
        {"kind": "non_json", "status": 200},
    ],
)
def test_read_error_is_not_gone(cvm_images: CvmImageProvider, control: ControlClient, fault_: dict[str, Any]) -> None:
    id_, outputs = created(cvm_images)
    control.advance(200)
    fault(control, action="DescribeImages", count=None, **fault_)

    assert cvm_images.read(id_, outputs).id == id_


def test_copy_that_failed_is_replaced(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    source(control, copy_outcome={"state": "CREATEFAILED"})
    id_, outputs = created(cvm_images)
    control.advance(200)

    read = cvm_images.read(id_, outputs)

    result = cvm_images.diff(id_, {**(read.outs or {}), **REFERENCE}, {**(read.inputs or {}), **REFERENCE})
    assert (result.replaces, result.delete_before_replace) == (["failure"], True)


# -- update -----------------------------------------------------------------------------------------------------------


def test_update(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    id_, outputs = created(cvm_images)
    control.advance(200)
    news = {**inputs(cvm_images, name="other", description="new"), "copy_token": outputs["copy_token"]}

    result = cvm_images.update(id_, outputs, news)

    (copy,) = in_beijing(control)
    assert (copy["name"], copy["description"]) == ("other", "new")
    assert (result.outs or {})["accepted_at"] == outputs["accepted_at"]
    assert len(calls(control, "ModifyImageAttribute")) == 1


def test_update_to_a_name_that_is_taken(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    foreign(control, "exact name")
    id_, outputs = created(cvm_images)
    control.advance(200)

    with pytest.raises(InvalidInput, match=rf"^updating CvmImage {id_} in ap-beijing: InvalidImageName\.Duplicate"):
        cvm_images.update(id_, outputs, {**outputs, "name": "exact name"})


def test_update_waits_for_a_running_copy(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    control.post("settings", {"modify_needs_normal": True})
    id_, outputs = created(cvm_images)

    cvm_images.update(id_, outputs, {**outputs, "description": "new"})

    assert in_beijing(control)[0]["description"] == "new"


def test_update_of_nothing_in_the_cloud_calls_nothing(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    id_, outputs = created(cvm_images)

    result = cvm_images.update(id_, outputs, {**outputs, "delete_timeout": "3h", "delete_bound_snapshots": False})

    assert (result.outs or {})["delete_bound_snapshots"] is False
    assert calls(control, "ModifyImageAttribute") == []


# -- delete -----------------------------------------------------------------------------------------------------------


def test_delete(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    id_, outputs = created(cvm_images)
    control.advance(200)

    cvm_images.delete(id_, outputs)

    assert in_beijing(control) == []
    assert control.get("inventory")["cvm_snapshots"] == {}


def test_delete_keeps_the_snapshots_if_declared(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    id_, outputs = created(cvm_images, delete_bound_snapshots=False)
    control.advance(200)

    cvm_images.delete(id_, outputs)

    assert [one["image_id"] for one in control.get("inventory")["cvm_snapshots"]["ap-beijing"]] == [id_]


def test_delete_waits_for_a_running_copy(
    cvm_images: CvmImageProvider, control: ControlClient, capsys: pytest.CaptureFixture[str]
) -> None:
    id_, outputs = created(cvm_images)

    cvm_images.delete(id_, outputs)

    assert in_beijing(control) == []
    said = capsys.readouterr().out
    assert f"deleting CvmImage {id_} in ap-beijing: waiting, within 2h, while it is SYNCING" in said


def test_delete_gives_up_after_its_timeout(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    id_, outputs = created(cvm_images, delete_timeout="30s")

    with pytest.raises(TimedOut, match=r"waited 30s for the running copy\. Next: "):
        cvm_images.delete(id_, outputs)

    assert len(in_beijing(control)) == 1


def test_delete_of_what_is_gone(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    id_, outputs = listed(cvm_images)
    control.advance(200)
    cvm_images.delete(id_, outputs)

    cvm_images.delete(id_, outputs)

    assert [call["code"] for call in calls(control, "DeleteImages")] == [None, "InvalidImageId.NotFound"]


def test_delete_of_a_copy_that_failed(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    source(control, copy_outcome={"state": "CREATEFAILED"})
    id_, outputs = created(cvm_images)
    control.advance(200)

    cvm_images.delete(id_, outputs)

    assert in_beijing(control) == []


def test_delete_of_what_is_shared(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    id_ = foreign(control, "shared", shared_with=1)

    with pytest.raises(InvalidInput, match=r"InShared: .*Next: end the sharing of this image"):
        cvm_images.delete(id_, {**inputs(cvm_images, name="shared"), "accepted_at": 0})


# -- adoption ---------------------------------------------------------------------------------------------------------


def test_adopt(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    other = foreign(control, "by hand")

    id_, outputs = created(cvm_images, existing_id=other, description="ours")

    (copy,) = in_beijing(control)
    assert (id_, copy["name"], copy["description"]) == (other, outputs["name"], "ours")
    assert calls(control) == []


def test_snapshots_of_what_was_taken_over_stay(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    """Somebody may have made the image of them."""
    id_, outputs = created(cvm_images, existing_id=foreign(control, "by hand"))

    cvm_images.delete(id_, outputs)

    assert [one["image_id"] for one in control.get("inventory")["cvm_snapshots"]["ap-beijing"]] == [id_]


def test_replica_of_a_default_name_is_not_adopted_again(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    id_, _ = created(cvm_images, stack_id=STACK)

    with pytest.raises(AdoptionRefused, match=r"it is a replica already, called 'golden-ap-beijing-\w+'.* rename it"):
        created(cvm_images, existing_id=id_, stack_id=STACK)
    dated = foreign(control, "golden-20261124")
    assert created(cvm_images, existing_id=dated)[0] == dated


def test_adoption_of_what_does_not_exist(cvm_images: CvmImageProvider) -> None:
    with pytest.raises(AdoptionRefused, match="there is no such CvmImage"):
        created(cvm_images, existing_id="img-nothing")


def test_adoption_of_what_has_failed(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    with pytest.raises(AdoptionRefused, match="it is CREATEFAILED"):
        created(cvm_images, existing_id=foreign(control, "by hand", state="CREATEFAILED"))


# -- repair -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stack", [STACK, None], ids=["of a stack", "of none"])
def test_found_by_its_default_name(cvm_images: CvmImageProvider, stack: str | None) -> None:
    id_, outputs = created(cvm_images, stack_id=stack)

    assert cvm_images.lifecycle.find(lost(outputs)) == id_
    assert cvm_images.lifecycle.find(lost(outputs, recorded=id_)) is None


def killed(declared: dict[str, Any]) -> LostCreation:
    """A creation that was started and not recorded, as repair finds it in a state."""
    row = {"urn": "urn::web-ap-beijing", "type": CVM_IMAGE_COPY, "inputs": declared}
    creation = Pending(row, datetime.fromtimestamp(0, UTC))
    return LostCreation(row, [], creation.earliest, frozenset(), creation.others)


@pytest.mark.parametrize("ahead", [-300, 0, 300])
def test_found_by_an_exact_name_only_if_it_is_new(
    cvm_images: CvmImageProvider, control: ControlClient, ahead: int
) -> None:
    """However much the clocks differ, as far as the cloud lets a signature be off."""
    foreign(control, "exact name")
    control.advance(3600)
    sandbox_time = cvm_images.lifecycle.clock
    cvm_images.lifecycle.clock = lambda: sandbox_time() + ahead
    declared = inputs(cvm_images, name="exact name")

    assert cvm_images.lifecycle.find(killed(declared)) is None
    foreign(control, "another name")
    made = cvm_images.create(declared)
    assert cvm_images.lifecycle.find(killed(declared)) == made.id


def test_marked_copies_are_those_of_the_stack(cvm_images: CvmImageProvider, control: ControlClient) -> None:
    id_, outputs = created(cvm_images, stack_id=STACK)
    foreign(control, "golden-ap-beijing")

    (marked,) = cvm_images.lifecycle.marked("ap-beijing", "", STACK)

    assert marked.id == id_
    assert outputs["copy_token"].startswith(cvm_images.lifecycle.marked_token(marked, outputs))
