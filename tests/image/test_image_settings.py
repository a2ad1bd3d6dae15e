"""ImageSettings, the companion of a native image copy: it joins the group, and reads group and encryption back."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.output import UNKNOWN

from components.clouds.account import WrongAccount
from components.clouds.alibaba.ecs import Ecs
from components.clouds.errors import InvalidInput
from components.image.companion import ImageMissing
from components.providers.image_settings import ImageSettingsProvider
from sandbox.core.accounts import ACCOUNT_ID
from sandbox.core.control_client import ControlClient
from tests.lifecycle.fixtures import now

REGION = "cn-beijing"
COPY: dict[str, Any] = {"region": REGION, "id": "m-copy", "copied_from": {"region": "cn-hangzhou", "id": "m-source"}}
REFERENCE = {"__provider": "a pickled reference"}
DECLARED: dict[str, Any] = {"image_id": "m-copy", "region": REGION, **REFERENCE}
OWNER = {"account": ACCOUNT_ID, "endpoint_kind": "loopback"}


@pytest.fixture
def companion(ecs: Ecs, control: ControlClient) -> ImageSettingsProvider:
    control.post("seed", {"images": [COPY]})
    provider = ImageSettingsProvider()
    provider.lifecycle.cloud, provider.lifecycle.clock = ecs, now(control)
    return provider


def joins(control: ControlClient) -> list[str]:
    return [call["params"]["ResourceGroupId"] for call in control.get("calls", action="JoinResourceGroup")]


def group(control: ControlClient) -> str:
    (image,) = control.get("inventory")["ecs"][REGION]
    return str(image["resource_group"])


def test_create_joins_the_group(companion: ImageSettingsProvider, control: ControlClient) -> None:
    made = companion.create({**DECLARED, "resource_group_id": "rg-one"})

    assert made.id == "m-copy"
    assert made.outs == {"image_id": "m-copy", "region": REGION, "resource_group_id": "rg-one", **OWNER}
    assert group(control) == "rg-one"


def test_create_joins_no_group_that_the_image_is_in_already(
    companion: ImageSettingsProvider, control: ControlClient
) -> None:
    control.post("seed", {"images": [{**COPY, "resource_group": "rg-one"}]})

    companion.create({**DECLARED, "resource_group_id": "rg-one"})

    assert joins(control) == []


def test_create_without_a_group_changes_nothing(companion: ImageSettingsProvider, control: ControlClient) -> None:
    companion.create({**DECLARED, "encrypted": False})

    assert joins(control) == []


def test_group_that_does_not_exist(companion: ImageSettingsProvider, control: ControlClient) -> None:
    control.post("seed", {"resource_groups": [{"id": "rg-one"}]})

    with pytest.raises(InvalidInput, match="moving Image m-copy in cn-beijing to resource group rg-two: "):
        companion.create({**DECLARED, "resource_group_id": "rg-two"})


def test_update_joins_another_group(companion: ImageSettingsProvider, control: ControlClient) -> None:
    olds = {**DECLARED, "resource_group_id": "rg-one"}
    companion.create(olds)

    updated = companion.update("m-copy", olds, {**olds, "resource_group_id": "rg-two"})

    assert updated.outs == {"image_id": "m-copy", "region": REGION, "resource_group_id": "rg-two"}
    assert group(control) == "rg-two"
    assert joins(control) == ["rg-one", "rg-two"]


def test_update_for_a_moved_module_changes_nothing(companion: ImageSettingsProvider, control: ControlClient) -> None:
    olds = {**DECLARED, "resource_group_id": "rg-one"}
    companion.create(olds)

    companion.update("m-copy", olds, {**olds, "__provider": "another reference"})

    assert joins(control) == ["rg-one"]


@pytest.mark.parametrize(
    ("declared", "reported"), [(True, "not encrypted, declared is True"), (False, "encrypted, declared is False")]
)
def test_other_encryption_is_a_warning(
    companion: ImageSettingsProvider,
    control: ControlClient,
    capsys: pytest.CaptureFixture[str],
    declared: bool,
    reported: str,
) -> None:
    control.post("seed", {"images": [{**COPY, "encrypted": not declared}]})

    companion.create({**DECLARED, "encrypted": declared})

    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"warning: Image m-copy in cn-beijing is {reported}. Next: ")


def test_declared_encryption_is_no_warning(
    companion: ImageSettingsProvider, control: ControlClient, capsys: pytest.CaptureFixture[str]
) -> None:
    control.post("seed", {"images": [{**COPY, "encrypted": True}]})

    companion.create({**DECLARED, "encrypted": True})

    assert capsys.readouterr().out == ""


def test_image_missing(companion: ImageSettingsProvider) -> None:
    with pytest.raises(ImageMissing, match=r"reading Image m-gone in cn-beijing: it is not there\. Next: run `up --re"):
        companion.create({**DECLARED, "image_id": "m-gone", "encrypted": True})


def test_read_finds_drift_of_group_and_encryption(companion: ImageSettingsProvider, control: ControlClient) -> None:
    control.post("seed", {"images": [{**COPY, "resource_group": "rg-other", "encrypted": True}]})
    outs = {**DECLARED, "resource_group_id": "rg-one", "encrypted": False}

    read = companion.read("m-copy", outs)

    drifted = {"image_id": "m-copy", "region": REGION, "resource_group_id": "rg-other", "encrypted": True}
    assert (read.id, read.outs, read.inputs) == ("m-copy", {**drifted, **OWNER}, drifted)
    assert companion.diff("m-copy", {**drifted, **REFERENCE}, outs).changes


def test_read_reports_only_what_is_declared(companion: ImageSettingsProvider, control: ControlClient) -> None:
    control.post("seed", {"images": [{**COPY, "resource_group": "rg-other", "encrypted": True}]})

    read = companion.read("m-copy", {**DECLARED, "resource_group_id": "rg-other"})

    assert read.inputs == {"image_id": "m-copy", "region": REGION, "resource_group_id": "rg-other"}


def test_read_of_an_image_that_is_gone(companion: ImageSettingsProvider) -> None:
    read = companion.read("m-gone", {**DECLARED, "image_id": "m-gone"})

    assert (read.id, read.outs) == ("", {})


@pytest.mark.parametrize("status", ["Creating", "UnAvailable", "CreateFailed", "Deprecated"])
def test_read_sees_images_of_every_status(
    companion: ImageSettingsProvider, control: ControlClient, status: str
) -> None:
    control.post("seed", {"images": [{**COPY, "status": status}]})

    assert companion.read("m-copy", DECLARED).id == "m-copy"


@pytest.mark.parametrize(
    ("changed", "replaces"),
    [
        ({"image_id": "m-other"}, ["image_id"]),
        ({"image_id": UNKNOWN}, ["image_id"]),
        ({"region": "cn-shenzhen"}, ["region"]),
        ({"resource_group_id": "rg-two"}, []),
        ({"encrypted": True}, []),
        ({"__provider": "another reference"}, []),
    ],
)
def test_diff(changed: dict[str, Any], replaces: list[str]) -> None:
    olds = {**DECLARED, "resource_group_id": "rg-one", "encrypted": False}

    difference = ImageSettingsProvider().diff("m-copy", olds, {**olds, **changed})

    assert (difference.changes, difference.replaces) == (True, replaces)


def test_diff_of_nothing() -> None:
    olds = {**DECLARED, "resource_group_id": "rg-one", "encrypted": False}

    assert not ImageSettingsProvider().diff("m-copy", olds, dict(olds)).changes


def test_check_leaves_out_what_is_not_given() -> None:
    result = ImageSettingsProvider().check({}, {**DECLARED, "resource_group_id": None})

    own = {key: value for key, value in DECLARED.items() if key != "__provider"}  # the SDK's server puts it back
    assert (result.inputs, result.failures) == (own, [])


ELSEWHERE = {
    "another account": {**OWNER, "account": "2"},
    "another kind of endpoint": {**OWNER, "endpoint_kind": "cloud"},
}


@pytest.mark.parametrize("owner", ELSEWHERE.values(), ids=ELSEWHERE)
def test_wrong_account_is_not_gone(companion: ImageSettingsProvider, owner: dict[str, str]) -> None:
    """The native resource would say so: what it is beside does not."""
    outs = {**DECLARED, "image_id": "m-gone", **owner}

    for act in (
        lambda: companion.read("m-gone", outs),
        lambda: companion.update("m-gone", outs, {**DECLARED, "image_id": "m-gone", "resource_group_id": "rg-1"}),
        lambda: companion.delete("m-gone", outs),
    ):
        with pytest.raises(
            WrongAccount, match=r"ing Image m-gone in cn-beijing: it belongs to account \d+.*; these cred"
        ):
            act()


def test_first_read_that_sees_the_image_records_the_owner(
    companion: ImageSettingsProvider, control: ControlClient
) -> None:
    read = companion.read("m-copy", DECLARED)
    outs = read.outs or {}
    companion.read("m-copy", outs)

    assert OWNER.items() <= outs.items()
    assert len(control.get("calls", action="GetCallerIdentity")) == 1


def test_region_that_gives_no_answer_keeps_the_companion(
    companion: ImageSettingsProvider, control: ControlClient, capsys: pytest.CaptureFixture[str]
) -> None:
    control.post("faults", {"service": "ecs", "action": "DescribeImages", "kind": "http_error", "count": None})
    outs = {**DECLARED, **OWNER, "resource_group_id": "rg-1"}

    reads = [companion.read("m-copy", outs) for _ in range(2)]

    assert [read.outs for read in reads] == [{key: outs[key] for key in outs if key != "__provider"}] * 2
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("warning: describing Images in cn-beijing: ")


def test_delete_deletes_nothing(companion: ImageSettingsProvider, control: ControlClient) -> None:
    """The image is the native resource's."""
    companion.delete("m-copy", DECLARED)

    assert control.get("calls") == []


def test_account_that_an_image_is_shared_with_is_no_owner(
    companion: ImageSettingsProvider, control: ControlClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sees the image; recorded as its owner, it would keep the right one from it."""
    describe = Ecs._thing
    monkeypatch.setattr(Ecs, "_thing", lambda ecs, entry: describe(ecs, {**entry, "ImageOwnerAlias": "others"}))

    read = companion.read("m-copy", DECLARED)

    assert read.id == "m-copy"
    assert not OWNER.keys() & (read.outs or {}).keys()
    assert control.get("calls", action="GetCallerIdentity") == []
