"""CVM's images, called with the vendor's own SDK: copies over time, listings, changes, deletions, instances."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.core.control_client import ControlClient
from tests.sandbox.tencent.cbs_sdk import BEIJING, GUANGZHOU, SHANGHAI, refused
from tests.sandbox.tencent.cvm_sdk import INSTANCE, SOURCE, SOURCE_SEED, Cvm


def seed(control: ControlClient, **fields: Any) -> None:
    control.post("seed", {"cvm_images": [SOURCE_SEED | fields]})


def test_copy_from_syncing_to_normal(cvm: Cvm, control: ControlClient) -> None:
    copy = cvm.copy(ImageName="golden dr")

    assert (cvm.state(copy), cvm.state(SOURCE, GUANGZHOU)) == ("SYNCING", "SYNCING")
    control.advance(2.5)
    assert cvm.one(copy).SyncPercent == 50
    control.advance(2.5)
    image = cvm.one(copy)
    assert (image.ImageState, image.SyncPercent, image.ImageName) == ("NORMAL", None, "golden dr")
    assert (image.ImageDescription, image.ImageSize, image.ImageType) == ("Golden", 50, "PRIVATE_IMAGE")
    assert image.CreatedTime.endswith("Z")
    assert cvm.state(SOURCE, GUANGZHOU) == "NORMAL"


def test_copy_to_several_regions(cvm: Cvm) -> None:
    made = cvm.answered(BEIJING, SHANGHAI)

    assert [one.Region for one in made] == [BEIJING, SHANGHAI]
    assert cvm.ids(BEIJING) + cvm.ids(SHANGHAI) == [one.ImageId for one in made]


def test_no_id_is_answered_unless_it_is_asked_for(cvm: Cvm) -> None:
    assert cvm.answered(ImageSetRequired=False) == []
    assert len(cvm.ids(BEIJING)) == 1


def test_copy_without_a_name_has_the_source_s(cvm: Cvm) -> None:
    assert cvm.one(cvm.copy()).ImageName == "golden"


def test_source_of_a_running_copy_cannot_be_copied(cvm: Cvm, control: ControlClient) -> None:
    cvm.copy(BEIJING)

    assert refused(cvm.copy, SHANGHAI) == "FailedOperation.InvalidImageState"
    control.post("settings", {"concurrent_image_syncs": True})
    assert cvm.copy(SHANGHAI)


def test_name_is_unique_in_its_region_only(cvm: Cvm, control: ControlClient) -> None:
    cvm.copy(BEIJING, ImageName="one")
    control.advance(10)

    assert refused(cvm.copy, BEIJING, ImageName="one") == "InvalidImageName.Duplicate"
    assert cvm.copy(SHANGHAI, ImageName="one")


def test_name_of_a_copy_that_is_not_listed_yet_is_taken(cvm: Cvm, control: ControlClient) -> None:
    control.post("settings", {"visible_after_seconds": 30, "copy_seconds": 0})
    cvm.copy(ImageName="one")

    assert cvm.ids() == []
    assert refused(cvm.copy, ImageName="one") == "InvalidImageName.Duplicate"


def test_dry_run_of_a_copy_makes_nothing(cvm: Cvm) -> None:
    assert refused(cvm.copy, DryRun=True) == "DryRunOperation"
    assert cvm.ids() == []


@pytest.mark.parametrize(
    ("outcome", "state"), [("CREATEFAILED", "CREATEFAILED"), ("STUCK", "SYNCING"), ("VANISHED", None)]
)
def test_copy_that_ends_otherwise(cvm: Cvm, control: ControlClient, outcome: str, state: str | None) -> None:
    seed(control, copy_outcome={"state": outcome})
    cvm.copy()
    control.advance(1000)

    assert [one.ImageState for one in cvm.page().ImageSet] == ([state] if state else [])


def test_filters(cvm: Cvm, control: ControlClient) -> None:
    other = {"region": GUANGZHOU, "id": "img-public", "name": "TencentOS", "type": "PUBLIC_IMAGE"}
    control.post("seed", {"cvm_images": [other]})
    seed(control, tags={"team": "web"})

    assert cvm.filtered("image-type", "PRIVATE_IMAGE") == [SOURCE]
    assert cvm.filtered("image-name", "OLD") == [SOURCE]
    assert cvm.filtered("image-id", SOURCE, "img-nothing") == [SOURCE]
    assert cvm.filtered("tag-key", "team") == cvm.filtered("tag:team", "web", "ml") == [SOURCE]
    assert cvm.filtered("tag:team", "ml") == []
    assert set(cvm.ids(GUANGZHOU)) == {SOURCE, "img-public"}


def test_pages(cvm: Cvm, control: ControlClient) -> None:
    images = [{"region": BEIJING, "id": f"img-{n}", "created": f"2026-01-0{n}T00:00:00Z"} for n in range(1, 4)]
    control.post("seed", {"cvm_images": images})

    first, second = cvm.page(Limit=2), cvm.page(Limit=2, Offset=2)

    assert (first.TotalCount, second.TotalCount) == (3, 3)
    assert [one.ImageId for one in [*first.ImageSet, *second.ImageSet]] == ["img-3", "img-2", "img-1"]


def test_one_unknown_id_refuses_the_whole_call(cvm: Cvm) -> None:
    assert refused(cvm.page, GUANGZHOU, ImageIds=[SOURCE, "img-nothing"]) == "InvalidImageId.NotFound"


def test_modify(cvm: Cvm) -> None:
    cvm.modify(ImageName="other", ImageDescription="new", ImageFamily="web", ImageDeprecated=True)

    image = cvm.one(SOURCE, GUANGZHOU)
    assert (image.ImageName, image.ImageDescription, image.ImageFamily) == ("other", "new", "web")
    assert image.ImageDeprecated is True
    cvm.modify(ImageName="other")


def test_modify_of_what_is_syncing(cvm: Cvm, control: ControlClient) -> None:
    copy = cvm.copy()

    cvm.modify(copy, BEIJING, ImageDescription="new")
    control.post("settings", {"modify_needs_normal": True})
    assert refused(cvm.modify, copy, BEIJING, ImageDescription="newer") == "InvalidImageId.IncorrectState"


@pytest.mark.parametrize("with_snapshots", [False, True])
def test_deletion_leaves_the_snapshot_unless_it_is_asked_for(
    cvm: Cvm, control: ControlClient, *, with_snapshots: bool
) -> None:
    copy = cvm.copy()
    control.advance(10)

    cvm.delete(copy, DeleteBindedSnap=with_snapshots)

    assert cvm.ids() == []
    left = [one["image_id"] for one in control.get("inventory")["cvm_snapshots"].get(BEIJING, [])]
    assert left == ([] if with_snapshots else [copy])


def test_neither_end_of_a_running_copy_can_be_deleted(cvm: Cvm) -> None:
    copy = cvm.copy()

    assert refused(cvm.delete, copy) == "InvalidImageId.IncorrectState"
    assert refused(cvm.delete, SOURCE, region=GUANGZHOU) == "InvalidImageId.IncorrectState"


def test_deletion_is_of_all_or_none(cvm: Cvm) -> None:
    assert refused(cvm.delete, SOURCE, "img-nothing", region=GUANGZHOU) == "InvalidImageId.NotFound"
    assert refused(cvm.delete, SOURCE, region=GUANGZHOU, DryRun=True) == "DryRunOperation"
    assert cvm.ids(GUANGZHOU) == [SOURCE]


def test_image_of_an_instance(cvm: Cvm, control: ControlClient) -> None:
    tags = [{"ResourceType": "image", "Tags": [{"Key": "team", "Value": "web"}]}]
    made = cvm.create(ImageDescription="of an instance", TagSpecification=tags)

    assert cvm.state(made, GUANGZHOU) == "CREATING"
    assert refused(cvm.copy, ImageIds=[made]) == "InvalidImageId.IncorrectState"
    control.advance(5)
    image = cvm.one(made, GUANGZHOU)
    assert (image.ImageState, image.ImageDescription) == ("NORMAL", "of an instance")
    assert [(tag.Key, tag.Value) for tag in image.Tags] == [("team", "web")]
    assert cvm.copy(ImageIds=[made])


def test_image_of_an_instance_needs_one(cvm: Cvm) -> None:
    assert refused(cvm.create, InstanceId=None) == "MissingParameter"
    assert refused(cvm.create, InstanceId=INSTANCE, ForcePoweroff="maybe") == "InvalidParameterValue"
    assert refused(cvm.create, SnapshotIds=["snap-1"]) == "InvalidParameterValue"


def test_writes_have_half_of_the_usual_limit(cvm: Cvm, control: ControlClient) -> None:
    control.post("settings", {"requests_per_second": 4})

    codes = [refused(cvm.copy, DryRun=True) for _ in range(3)]

    assert codes == ["DryRunOperation", "DryRunOperation", "RequestLimitExceeded"]
