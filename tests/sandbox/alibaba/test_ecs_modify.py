from typing import Any

import pytest
from alibabacloud_ecs20140526 import models

from sandbox.core.control_client import ControlClient
from tests.sandbox.alibaba.eci_sdk import refused
from tests.sandbox.alibaba.ecs_sdk import BEIJING, IMAGE, SHANGHAI, Ecs, plant


def test_name_and_description_change_one_by_one(ecs: Ecs, copied: str) -> None:
    ecs.modify(copied, image_name="renamed", description="described")
    ecs.modify(copied, image_name="renamed2")
    ecs.modify(copied, description="described2")

    image = ecs.one(copied)
    assert (image.image_name, image.description) == ("renamed2", "described2")


def test_blank_does_not_blank(ecs: Ecs, copied: str) -> None:
    ecs.modify(copied, description="described")
    ecs.modify(copied, image_name="", description="")

    image = ecs.one(copied)
    assert (image.image_name, image.description) == ("copied", "described")


def test_family_and_boot_mode_change(ecs: Ecs, copied: str) -> None:
    ecs.modify(copied, image_family="web", boot_mode="UEFI")

    image = ecs.one(copied)
    assert (image.image_family, image.boot_mode, image.image_name) == ("web", "UEFI", "copied")


def test_image_is_deprecated_and_restored(ecs: Ecs, copied: str) -> None:
    ecs.modify(copied, status="Deprecated")
    assert ecs.ids() == []
    assert ecs.ids(status="Deprecated") == [copied]
    ecs.modify(copied, status="Available")

    assert ecs.ids() == [copied]


def test_deprecated_image_cannot_be_copied(ecs: Ecs) -> None:
    ecs.modify(IMAGE, region_id=BEIJING, status="Deprecated")

    assert refused(ecs.copy) == ("IncorrectImageStatus", 400)


def test_status_must_change(ecs: Ecs, copied: str) -> None:
    assert refused(ecs.modify, copied, status="Available") == ("ImageStatus.NotDeprecated", 403)
    ecs.modify(copied, status="Deprecated")
    assert refused(ecs.modify, copied, status="Deprecated") == ("ImageStatus.NotAvailable", 403)


def test_shared_image_cannot_be_deprecated(ecs: Ecs, control: ControlClient) -> None:
    plant(control, {"id": "m-1", "shared_with": ["2"]})

    assert refused(ecs.modify, "m-1", status="Deprecated") == ("ImageUseShared", 403)


def test_name_of_another_image_is_taken(ecs: Ecs, control: ControlClient, copied: str) -> None:
    plant(control, {"id": "m-1", "name": "taken"})

    assert refused(ecs.modify, copied, image_name="taken") == ("InvalidImageName.Duplicated", 400)
    ecs.modify(copied, image_name="copied")
    assert ecs.one(copied).image_name == "copied"


def test_image_that_is_being_copied_cannot_be_changed(ecs: Ecs) -> None:
    assert refused(ecs.modify, ecs.copy(), description="described") == ("InvalidStatus.ImageIsCreating", 403)


@pytest.mark.parametrize(
    ("fields", "code", "status"),
    [
        ({"region_id": None}, "MissingParameter", 400),
        ({"image_id": None}, "MissingParameter", 400),
        ({"region_id": "cn-nowhere"}, "InvalidRegionId.NotFound", 404),
        ({"region_id": SHANGHAI}, "InvalidImageId.NotFound", 404),
        ({"image_id": "m-unknown"}, "InvalidImageId.NotFound", 404),
        ({"image_name": "1"}, "InvalidImageName.Malformed", 400),
        ({"description": "x" * 257}, "InvalidDescription.Malformed", 400),
        ({"image_family": "1"}, "InvalidImageFamily.Malformed", 400),
        ({"boot_mode": "floppy"}, "InvalidBootMode.NotSupport", 400),
        ({"license_type": "mine"}, "InvalidLicenseType.NotSupported", 400),
        ({"features": models.ModifyImageAttributeRequestFeatures("v3")}, "InvalidParameter.FeaturesImdsSupport", 400),
        ({"status": "UnAvailable"}, "InvalidParameter.Status", 400),
        ({"image_name": "other", "dry_run": True}, "DryRunOperation", 400),
    ],
)
def test_modify_refuses(ecs: Ecs, copied: str, fields: dict[str, Any], code: str, status: int) -> None:
    assert refused(ecs.modify, **{"image_id": copied} | fields) == (code, status)
    assert ecs.one(copied).image_name == "copied"
