from typing import Any

import pytest
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException

from sandbox.core.control_client import ControlClient
from tests.sandbox.alibaba.eci_sdk import refused
from tests.sandbox.alibaba.ecs_sdk import BEIJING, HANGZHOU, IMAGE, SHANGHAI, Ecs, plant, plant_source


def test_cancelled_copy_vanishes_with_everything_made_of_it(ecs: Ecs, control: ControlClient) -> None:
    ecs.cancel(ecs.copy(destination_image_name="again"))

    assert ecs.ids(status="ALL") == []
    assert HANGZHOU not in control.get("inventory")["ecs_snapshots"]
    assert ecs.ids(region_id=BEIJING) == [IMAGE]
    assert ecs.copy(destination_image_name="again")


def test_waiting_copy_can_be_cancelled(ecs: Ecs, control: ControlClient) -> None:
    control.post("settings", {"copy_seconds": 1000})
    running, waiting, last = ecs.copy(), ecs.copy(), ecs.copy()
    ecs.cancel(waiting)

    assert ecs.statuses(running, last) == ["Creating", "Waiting"]
    control.advance(1000)
    assert ecs.statuses(running, last) == ["Available", "Creating"]


def test_next_copy_starts_when_the_running_one_is_cancelled_and_not_before(ecs: Ecs, control: ControlClient) -> None:
    control.post("settings", {"copy_seconds": 1000})
    running, waiting = ecs.copy(), ecs.copy()
    control.advance(500)
    ecs.cancel(running)
    control.advance(300)

    image = ecs.one(waiting)
    assert (image.status, image.progress) == ("Creating", "30%")


def test_source_can_be_deleted_after_the_copy_was_cancelled(ecs: Ecs) -> None:
    ecs.cancel(ecs.copy())
    ecs.delete(IMAGE, region_id=BEIJING)

    assert ecs.ids(region_id=BEIJING) == []


def test_finished_copy_cannot_be_cancelled(ecs: Ecs, copied: str) -> None:
    with pytest.raises(AlibabaCloudException, match="The image has completed copy") as caught:
        ecs.cancel(copied)

    assert (caught.value.code, caught.value.status_code) == ("IncorrectImageStatus", 400)
    assert ecs.ids() == [copied]


def test_failed_copy_cannot_be_cancelled(ecs: Ecs, control: ControlClient) -> None:
    control.post("faults", {"kind": "copy_fails"})
    image_id = ecs.copy()
    control.advance(5)

    with pytest.raises(AlibabaCloudException, match="The Image copy has been failed"):
        ecs.cancel(image_id)


def test_image_that_is_no_copy_cannot_be_cancelled(ecs: Ecs, control: ControlClient) -> None:
    plant(control, {"id": "m-1", "status": "Creating"})

    assert refused(ecs.cancel, "m-1") == ("ImageCreatedNotFromCopy", 400)
    assert refused(ecs.cancel, IMAGE, region_id=BEIJING) == ("ImageCreatedNotFromCopy", 400)


def test_copy_of_a_source_whose_copies_cannot_be_cancelled(ecs: Ecs, control: ControlClient) -> None:
    plant_source(control, copies_cancellable=False)
    image_id = ecs.copy()

    assert refused(ecs.cancel, image_id) == ("CancelNotSupported", 400)
    assert ecs.one(image_id).status == "Creating"


@pytest.mark.parametrize(
    ("fields", "code", "status"),
    [
        ({"region_id": None}, "MissingParameter", 400),
        ({"image_id": None}, "MissingParameter", 400),
        ({"region_id": "cn-nowhere"}, "InvalidRegionId.NotFound", 404),
        ({"region_id": BEIJING}, "InvalidImageId.NotFound", 404),
        ({"region_id": SHANGHAI}, "InvalidImageId.NotFound", 404),
        ({"image_id": "m-unknown"}, "InvalidImageId.NotFound", 404),
    ],
)
def test_cancel_refuses(ecs: Ecs, fields: dict[str, Any], code: str, status: int) -> None:
    image_id = ecs.copy()

    assert refused(ecs.cancel, **{"image_id": image_id} | fields) == (code, status)
    assert ecs.one(image_id).status == "Creating"
