"""The rules of CopyImage: each by itself, and all of them against the local cloud, which reads the same reference."""

from __future__ import annotations

from typing import Any

import pytest
from alibabacloud_ecs20140526 import models
from hypothesis import HealthCheck, event, example, given, settings
from pulumi.output import UNKNOWN
from Tea.exceptions import TeaException

from components.image.fields import SETTINGS, violations
from components.model.copy_fields import COPY
from sandbox.alibaba.region_names import REGION_NAMES
from sandbox.core.control_client import ControlClient
from tests.image import image_declarations as declarations
from tests.lifecycle.replicas import DECLARED_IMAGE, IMAGE
from tests.sandbox.alibaba.ecs_sdk import Ecs as Sdk

BY_EXAMPLE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
HASH = "-0123abcd"
TEXTS = [name for name, field in {**COPY, **SETTINGS}.items() if field.type is str and name != "delete_timeout"]
REFUSED = {
    *("InvalidImageName.Malformed", "InvalidDescription.Malformed", "InvalidParameter.EncryptedIllegal"),
    *("InvalidResourceGroup.NotFound", "NumberExceed.Tags", "InvalidTagKey.Malformed", "InvalidTagValue.Malformed"),
}


def broken(**declared: Any) -> dict[str, str]:
    return {found.property: found.reason for found in violations({**DECLARED_IMAGE, **declared})}


def test_nothing_is_wrong_with_the_least() -> None:
    assert broken() == {}


@pytest.mark.parametrize("key", [name for name, field in COPY.items() if field.required])
@pytest.mark.parametrize("given", [{}, {"value": None}])
def test_required(key: str, given: dict[str, Any]) -> None:
    declared: dict[str, Any] = {name: value for name, value in DECLARED_IMAGE.items() if name != key}

    found = violations(declared | ({key: None} if given else {}))

    assert [(one.property, one.reason) for one in found] == [(key, "is required")]


@pytest.mark.parametrize("key", TEXTS)
@pytest.mark.parametrize("value", ["", " ", 7, True, ["a"]])
def test_texts(key: str, value: Any) -> None:
    reason = broken(**{"encrypted": True, key: value})[key]

    assert reason.startswith("must not be empty" if isinstance(value, str) else "must be text, got")


@pytest.mark.parametrize(
    ("declared", "reported"),
    [
        ({"name": "n"}, {"name": "has 2 to 119 characters, this one 1: the image is called <name>-<hash>"}),
        ({"name": "n" * 120}, {"name": "has 2 to 119 characters, this one 120: the image is called <name>-<hash>"}),
        ({"name": "Aliyun-x"}, {"name": "must not begin with 'aliyun' or 'acs:'"}),
        ({"name": "a-http://x"}, {"name": "must not contain 'http://' or 'https://'"}),
        ({"description": "x"}, {"description": "has 2 to 256 characters, this one 1"}),
        ({"description": "x" * 257}, {"description": "has 2 to 256 characters, this one 257"}),
        ({"description": "HTTPS://x"}, {"description": "must not begin with http:// or https://"}),
        ({"kms_key_id": "key-1"}, {"kms_key_id": "needs `encrypted: true` beside it"}),
        ({"kms_key_id": "k", "encrypted": False}, {"kms_key_id": "needs `encrypted: true` beside it"}),
        (
            {"resource_group_id": "group"},
            {"resource_group_id": "must be an id such as 'rg-bp67acfmxazb4p', got 'group'"},
        ),
        ({"tags": {f"k{n}": "" for n in range(21)}}, {"tags": "21 tags, at most 20"}),
        (
            {"tags": {"acs:x": "", "a": 1}},
            {
                "tags.acs:x": "a key must not start with 'acs:' or 'aliyun'",
                "tags.a": "a value must be text: put it in quotes",
            },
        ),
        ({"encrypted": "yes"}, {"encrypted": "must be true or false, got 'yes'"}),
        ({"force_delete": 1}, {"force_delete": "must be true or false, got 1"}),
        ({"delete_auto_snapshot": "no"}, {"delete_auto_snapshot": "must be true or false, got 'no'"}),
        ({"region": "Beijing"}, {"region": "'Beijing' is not a region id such as 'cn-hangzhou'"}),
    ],
)
def test_rule(declared: dict[str, Any], reported: dict[str, str]) -> None:
    assert broken(**declared) == reported


@pytest.mark.parametrize("name", ["1st", "_a", "a b", "\u00fcber", "\u0394elta", "a\n"])
def test_letters_are_those_of_the_reference(name: str) -> None:
    assert broken(name=name)["name"].startswith("begins with a letter (A to Z or Chinese)")


@pytest.mark.parametrize(
    "declared",
    [
        {"name": "n" * 119},
        {"name": "\u955c\u50cf:1.0_x"},
        {"description": "\u63cf\u8ff0"},
        {"description": "see http://x"},
        {"encrypted": True, "kms_key_id": "e522b26d-abf6-4e0d-b5da-04b7"},
        {"encrypted": False, "force_delete": True, "delete_auto_snapshot": False},
        {"tags": {f"k{n}": "" for n in range(20)}},
        {"resource_group_id": "rg-bp67acfmxazb4p"},
        {"delete_timeout": "1h30m"},
    ],
)
def test_allowed(declared: dict[str, Any]) -> None:
    assert broken(**declared) == {}


def test_source_region_is_no_destination() -> None:
    assert "is the source region" in broken(region="cn-hangzhou")["region"]


def test_timeout() -> None:
    assert broken(delete_timeout="soon")["delete_timeout"].startswith("'soon' is not a duration")


@pytest.mark.parametrize("key", [*TEXTS, "encrypted", "tags", "force_delete", "delete_auto_snapshot", "delete_timeout"])
def test_unknown_passes(key: str) -> None:
    assert broken(**{"encrypted": UNKNOWN, key: UNKNOWN}) == {}


def test_unknown_encryption_may_go_with_a_key() -> None:
    assert broken(encrypted=UNKNOWN, kms_key_id="key-1") == {}


@pytest.mark.parametrize("region", sorted(REGION_NAMES.keys() - {DECLARED_IMAGE["source_region"]}))
def test_every_region_is_accepted(region: str) -> None:
    assert broken(region=region) == {}


def carried_out(sdk: Sdk, declared: dict[str, Any]) -> bool:
    """Copy as the native plugin does, and join the group as the companion does: whether the cloud takes it all."""
    name = declared.get("name")
    try:
        id_ = sdk.copy(
            region_id=DECLARED_IMAGE["source_region"],
            image_id=IMAGE,
            destination_region_id=DECLARED_IMAGE["region"],
            destination_image_name=f"{name}{HASH}" if name else None,
            destination_description=declared.get("description"),
            encrypted=declared.get("encrypted"),
            kmskey_id=declared.get("kms_key_id"),
            tags=declared.get("tags"),
        )
        if group := declared.get("resource_group_id"):
            sdk.client.join_resource_group(
                models.JoinResourceGroupRequest(
                    region_id=DECLARED_IMAGE["region"],
                    resource_id=id_,
                    resource_type="image",
                    resource_group_id=group,
                )
            )
    except TeaException as refusal:
        event(refusal.code)
        if refusal.code not in REFUSED:
            raise
        return False
    return True


@pytest.fixture
def sdk(control: ControlClient) -> Sdk:
    control.post("settings", {"copy_seconds": 0})
    control.post("seed", {"kms_keys": [{"region": DECLARED_IMAGE["region"], "id": "key-enabled"}]})
    return Sdk(control)


def forget_images(control: ControlClient) -> None:
    """A name is taken for as long as its image is there."""
    control.post("reset")
    control.post("settings", {"copy_seconds": 0})
    control.post(
        "seed",
        {
            "images": [{"region": DECLARED_IMAGE["source_region"], "id": IMAGE}],
            "kms_keys": [{"region": DECLARED_IMAGE["region"], "id": "key-enabled"}],
        },
    )


@BY_EXAMPLE
@example({"name": "\u00fcber"})
@example({"description": "HTTP://x"})
@example({"resource_group_id": "rg-a_b"})
@given(declarations.anything)
def test_law_rules_and_cloud_agree(sdk: Sdk, control: ControlClient, declared: dict[str, Any]) -> None:
    forget_images(control)

    assert carried_out(sdk, declared) is (broken(**declared) == {})


@BY_EXAMPLE
@given(declarations.settings)
def test_what_obeys_the_rules_is_accepted(sdk: Sdk, control: ControlClient, declared: dict[str, Any]) -> None:
    forget_images(control)

    assert broken(**declared) == {}
    assert carried_out(sdk, declared)


@pytest.mark.parametrize("declared", [{"name": "n"}, {"description": "x"}])
def test_too_short_is_refused_by_us_alone(sdk: Sdk, declared: dict[str, Any]) -> None:
    """A name is long enough with its hash; the local cloud answers what was recorded, the reference says 2."""
    assert broken(**declared)
    assert carried_out(sdk, declared)
