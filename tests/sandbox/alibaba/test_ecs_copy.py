from pathlib import Path
from typing import Any

import pytest
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from darabonba.exceptions import UnretryableException

from sandbox.core.control_client import ControlClient
from sandbox.core.server import SandboxServer
from tests.sandbox.alibaba.eci_sdk import refused
from tests.sandbox.alibaba.ecs_sdk import (
    BEIJING,
    HANGZHOU,
    IMAGE,
    OTHER_ACCOUNT,
    SEED,
    SHANGHAI,
    Ecs,
    plant,
    plant_source,
    set_state,
)

KEY = "e522b26d-abf6-4e0d-b5da-04b7000000aa"


def listed(control: ControlClient, region: str = HANGZHOU) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = control.get("inventory")["ecs"].get(region, [])
    return found


def test_copy_gets_an_id_of_its_own_in_the_destination_region(ecs: Ecs) -> None:
    image_id = ecs.copy()

    assert image_id.startswith("m-")
    assert len(image_id) == 22
    assert ecs.ids(status="ALL") == [image_id]
    assert ecs.ids(region_id=BEIJING) == [IMAGE]


def test_copy_carries_every_parameter(ecs: Ecs, control: ControlClient) -> None:
    plant(control, kms_keys=[{"region": HANGZHOU, "id": KEY}])
    image_id = ecs.copy(
        destination_image_name="golden-1.0:a_b",
        destination_description="made of gold",
        encrypted=True,
        kmskey_id=KEY,
        resource_group_id="rg-bp67acfmxazb4p",
        tags={"k1": "v1", "k2": ""},
    )

    image = ecs.one(image_id)
    assert (image.image_name, image.description) == ("golden-1.0:a_b", "made of gold")
    assert image.resource_group_id == "rg-bp67acfmxazb4p"
    assert [(tag.tag_key, tag.tag_value) for tag in image.tags.tag] == [("k1", "v1"), ("k2", "")]
    assert image.disk_device_mappings.disk_device_mapping[0].encrypted
    (entry,) = listed(control)
    assert (entry["encrypted"], entry["kms_key_id"], entry["tags"]) == (True, KEY, {"k1": "v1", "k2": ""})


def test_copy_inherits_size_but_neither_name_nor_tags(ecs: Ecs) -> None:
    image = ecs.one(ecs.copy())

    assert (image.size, image.image_name, image.description, image.tags.tag) == (40, "", "", [])
    assert image.is_copied
    assert not image.disk_device_mappings.disk_device_mapping[0].encrypted


def test_copy_runs_from_creating_to_available(ecs: Ecs, control: ControlClient) -> None:
    control.post("settings", {"copy_seconds": 1000})
    image_id = ecs.copy()
    control.advance(120)
    image = ecs.one(image_id)
    assert (image.status, image.progress) == ("Creating", "12%")
    control.advance(880)

    image = ecs.one(image_id)

    assert (image.status, image.progress) == ("Available", "100%")
    assert image.disk_device_mappings.disk_device_mapping[0].snapshot_id.startswith("s-")


def test_copies_to_one_region_queue_up(ecs: Ecs, control: ControlClient) -> None:
    control.post("settings", {"copy_seconds": 1000})
    copies = [ecs.copy(), ecs.copy(), ecs.copy()]
    seen = []
    for _ in range(4):
        seen.append(ecs.statuses(*copies))
        control.advance(1000)

    assert seen == [
        ["Creating", "Waiting", "Waiting"],
        ["Available", "Creating", "Waiting"],
        ["Available", "Available", "Creating"],
        ["Available", "Available", "Available"],
    ]


def test_queue_moves_on_while_nobody_looks(ecs: Ecs, control: ControlClient) -> None:
    control.post("settings", {"copy_seconds": 1000})
    copies = [ecs.copy() for _ in range(3)]
    control.advance(2400)

    assert ecs.statuses(*copies) == ["Available", "Available", "Creating"]
    assert ecs.one(copies[2]).progress == "40%"


def test_copies_to_different_regions_do_not_wait_for_each_other(ecs: Ecs) -> None:
    ecs.copy()
    elsewhere = ecs.copy(destination_region_id=SHANGHAI)

    assert ecs.one(elsewhere, region_id=SHANGHAI).status == "Creating"


def test_accounts_do_not_wait_for_each_other(ecs: Ecs, server: SandboxServer) -> None:
    theirs = {"region": BEIJING, "id": IMAGE, "account": "2"}
    server.control.post("seed", {"accounts": [OTHER_ACCOUNT], "images": [theirs]})
    ecs.copy()
    other = Ecs(server, "other", "s")

    assert other.one(other.copy()).status == "Creating"


def test_number_of_slots_can_be_set(ecs: Ecs, control: ControlClient) -> None:
    control.post("settings", {"image_copy_slots": 2})

    assert ecs.statuses(*[ecs.copy() for _ in range(3)]) == ["Creating", "Creating", "Waiting"]


def test_more_slots_start_the_waiting_from_now_on(ecs: Ecs, control: ControlClient) -> None:
    control.post("settings", {"copy_seconds": 1000})
    copies = [ecs.copy(), ecs.copy()]
    control.advance(500)
    assert ecs.statuses(*copies) == ["Creating", "Waiting"]
    control.post("settings", {"image_copy_slots": 5})

    assert [ecs.one(one).progress for one in copies] == ["50%", "0%"]


def test_queue_survives_a_restart(tmp_path: Path) -> None:
    with SandboxServer(tmp_path) as first:
        first.control.post("seed", SEED)
        first.control.post("settings", {"copy_seconds": 1000})
        copies = [Ecs(first).copy(), Ecs(first).copy()]
    with SandboxServer(tmp_path) as second:
        assert Ecs(second).statuses(*copies) == ["Creating", "Waiting"]
        second.control.advance(1500)

        assert [Ecs(second).one(one).progress for one in copies] == ["100%", "50%"]


def test_copy_may_end_at_once(ecs: Ecs, control: ControlClient) -> None:
    control.post("settings", {"copy_seconds": 0})

    assert ecs.statuses(*[ecs.copy() for _ in range(3)]) == ["Available"] * 3


def test_copy_of_a_source_seeded_to_fail_ends_as_create_failed(ecs: Ecs, control: ControlClient) -> None:
    plant_source(control, copy_outcome={"status": "CreateFailed", "reason": "disk broken"})
    image_id = ecs.copy()
    control.advance(5)

    image = ecs.one(image_id)
    assert (image.status, image.progress) == ("CreateFailed", "90%")
    (entry,) = listed(control)
    assert (entry["failure"], entry["snapshot"]) == ("disk broken", None)


def test_copy_fails_fault_makes_an_accepted_copy_fail(ecs: Ecs, control: ControlClient) -> None:
    control.post("faults", {"kind": "copy_fails", "service": "ecs", "reason": "lost"})
    failing, next_one = ecs.copy(), ecs.copy()
    control.advance(10)

    assert ecs.statuses(failing, next_one) == ["CreateFailed", "Available"]


def test_source_that_is_being_copied_can_be_copied_again(ecs: Ecs) -> None:
    ecs.copy()

    assert ecs.copy(destination_region_id=SHANGHAI)


def test_source_that_is_itself_a_running_copy_is_refused(ecs: Ecs) -> None:
    running, waiting = ecs.copy(), ecs.copy()

    for image_id in (running, waiting):
        fields = {"region_id": HANGZHOU, "destination_region_id": SHANGHAI, "image_id": image_id}
        assert refused(ecs.copy, **fields) == ("OperationDenied.ImageCopying", 403)


def test_finished_copy_can_be_a_source(ecs: Ecs, copied: str) -> None:
    assert ecs.copy(region_id=HANGZHOU, destination_region_id=SHANGHAI, image_id=copied)


@pytest.mark.parametrize("status", ["Creating", "Waiting", "UnAvailable", "CreateFailed", "Deprecated"])
def test_source_must_be_available(ecs: Ecs, control: ControlClient, status: str) -> None:
    plant_source(control, status=status)

    assert refused(ecs.copy) == ("IncorrectImageStatus", 400)


@pytest.mark.parametrize(
    ("fields", "code", "status"),
    [
        ({"region_id": None}, "MissingParameter", 400),
        ({"image_id": None}, "MissingParameter", 400),
        ({"region_id": "cn-nowhere"}, "SourceRegion.NotFound", 400),
        ({"destination_region_id": "cn-nowhere"}, "DestinationRegion.NotFound", 400),
        ({"destination_region_id": BEIJING}, "IncorrectDestinationRegion", 403),
        ({"destination_region_id": None}, "IncorrectDestinationRegion", 403),
        ({"image_id": "m-unknown"}, "InvalidImageId.NotFound", 404),
        ({"region_id": SHANGHAI}, "InvalidImageId.NotFound", 404),
        ({"destination_image_name": "x"}, "InvalidImageName.Malformed", 400),
        ({"destination_image_name": "x" * 129}, "InvalidImageName.Malformed", 400),
        ({"destination_image_name": "1x"}, "InvalidImageName.Malformed", 400),
        ({"destination_image_name": "_x"}, "InvalidImageName.Malformed", 400),
        ({"destination_image_name": "a b"}, "InvalidImageName.Malformed", 400),
        ({"destination_image_name": "a/b"}, "InvalidImageName.Malformed", 400),
        ({"destination_image_name": "aliyun-x"}, "InvalidImageName.Malformed", 400),
        ({"destination_image_name": "acs:x"}, "InvalidImageName.Malformed", 400),
        ({"destination_image_name": "xhttp://x"}, "InvalidImageName.Malformed", 400),
        ({"destination_image_name": "xhttps://"}, "InvalidImageName.Malformed", 400),
        ({"destination_description": "d" * 257}, "InvalidDescription.Malformed", 400),
        ({"destination_description": "http://d"}, "InvalidDescription.Malformed", 400),
        ({"destination_description": "https://d"}, "InvalidDescription.Malformed", 400),
        ({"kmskey_id": KEY}, "InvalidParameter.EncryptedIllegal", 400),
        ({"kmskey_id": KEY, "encrypted": False}, "InvalidParameter.EncryptedIllegal", 400),
        ({"kmskey_id": KEY, "encrypted": True}, "InvalidParameter.KMSKeyId.NotFound", 404),
        ({"encrypted": "maybe"}, "InvalidParameter.Encrypted", 400),
        ({"resource_group_id": "group"}, "InvalidResourceGroup.NotFound", 404),
        ({"tags": {"acs:k": "v"}}, "InvalidTagKey.Malformed", 400),
        ({"tags": {"": "v"}}, "InvalidTagKey.Malformed", 400),
        ({"tags": {"k": "http://v"}}, "InvalidTagValue.Malformed", 400),
        ({"tags": {str(number): "" for number in range(21)}}, "NumberExceed.Tags", 400),
        ({"client_token": "t" * 65}, "InvalidParameter.ClientToken", 400),
    ],
)
def test_copy_refuses(ecs: Ecs, control: ControlClient, fields: dict[str, Any], code: str, status: int) -> None:
    assert refused(ecs.copy, **fields) == (code, status)
    assert listed(control) == []


@pytest.mark.parametrize("name", ["ab", "中文镜像", "A.b:c_d-e", "x" * 128])
def test_names_that_are_accepted(ecs: Ecs, name: str) -> None:
    assert ecs.one(ecs.copy(destination_image_name=name)).image_name == name


@pytest.mark.parametrize("length", [1, 2, 256])
def test_description_has_1_to_256_characters(ecs: Ecs, length: int) -> None:
    assert ecs.one(ecs.copy(destination_description="d" * length)).description == "d" * length


def test_description_may_name_an_address_inside(ecs: Ecs) -> None:
    assert ecs.one(ecs.copy(destination_description="see http://x")).description == "see http://x"


@pytest.mark.parametrize(
    ("source", "code", "status"),
    [
        ({"encrypted": True}, "OperationDeined.EncryptedSnapshot", 403),
        ({"snapshot": {"created": "2013-07-14T23:59:59Z"}}, "InvalidSnapshot.TooOld", 403),
        ({"snapshot": {"state": "missing"}}, "InvalidSnapshotId.NotFound", 400),
        ({"snapshot": {"state": "restricted"}}, "OperationDenied", 403),
        ({"product_code": "cmjj000001"}, "OperationDenied.NotPublished", 403),
        ({"product_code": "cmjj000001", "published_in": [SHANGHAI]}, "OperationDenied.NotPublished", 403),
        ({"account": "9", "shared_with": ["1000000000000001"]}, "OperationDenied.SameRegionOnly", 403),
        ({"account": "9", "shared_with": ["8"]}, "InvalidImageId.NotFound", 404),
    ],
)
def test_sources_that_are_refused(
    server: SandboxServer, control: ControlClient, source: dict[str, Any], code: str, status: int
) -> None:
    plant_source(control, **source)

    assert refused(Ecs(server).copy) == (code, status)


def test_marketplace_source_goes_where_it_is_published(ecs: Ecs, control: ControlClient) -> None:
    plant_source(control, product_code="cmjj000001", published_in=[HANGZHOU])

    assert ecs.one(ecs.copy()).product_code == "cmjj000001"


def test_snapshot_of_the_first_good_day_is_copied(ecs: Ecs, control: ControlClient) -> None:
    plant_source(control, snapshot={"created": "2013-07-15T00:00:00Z"})

    assert ecs.copy()


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"regions_without_image_copy": [HANGZHOU]}, "RegionNotSupportCopy"),
        ({"regions_without_image_copy": [BEIJING]}, "RegionNotSupportCopy"),
        ({"regions_without_byok": [HANGZHOU]}, "InvalidRegion.NotSupport"),
    ],
)
def test_regions_that_do_not_copy(ecs: Ecs, control: ControlClient, settings: dict[str, Any], code: str) -> None:
    plant(control, kms_keys=[{"region": HANGZHOU, "id": KEY}])
    control.post("settings", settings)

    assert refused(ecs.copy, encrypted=True, kmskey_id=KEY) == (code, 403)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ({"image_quota": {HANGZHOU: 0}}, "QuotaExceed.Image"),
        ({"snapshot_quota": {HANGZHOU: 0}}, "QuotaExceed.Snapshot"),
        ({"image_max_size": 39}, "SizeExceed.Image"),
        ({"in_byok_white_list": False}, "UserNotInTheWhiteList"),
    ],
)
def test_limits_of_the_account(ecs: Ecs, control: ControlClient, state: dict[str, Any], code: str) -> None:
    plant(control, kms_keys=[{"region": HANGZHOU, "id": KEY}])
    set_state(control, **state)
    assert refused(ecs.copy, encrypted=True, kmskey_id=KEY) == (code, 403)
    set_state(control)

    assert ecs.copy(encrypted=True, kmskey_id=KEY)


def test_limits_leave_room_up_to_their_value(ecs: Ecs, control: ControlClient) -> None:
    set_state(control, image_quota={HANGZHOU: 1, BEIJING: 0}, snapshot_quota={HANGZHOU: 1}, image_max_size=40)
    control.post("settings", {"regions_without_image_copy": [SHANGHAI], "regions_without_byok": [HANGZHOU]})

    assert ecs.copy(encrypted=True)
    assert refused(ecs.copy) == ("QuotaExceed.Image", 403)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("disabled", "InvalidParameter.KMSKeyId.CMKNotEnabled"),
        ("unauthorized", "InvalidParameter.KMSKeyId.KMSUnauthorized"),
    ],
)
def test_keys_that_cannot_be_used(ecs: Ecs, control: ControlClient, state: str, code: str) -> None:
    plant(control, kms_keys=[{"region": HANGZHOU, "id": KEY, "state": state}])

    assert refused(ecs.copy, encrypted=True, kmskey_id=KEY) == (code, 403)


def test_key_must_be_one_of_the_destination(ecs: Ecs, control: ControlClient) -> None:
    plant(control, kms_keys=[{"region": BEIJING, "id": KEY}])

    assert refused(ecs.copy, encrypted=True, kmskey_id=KEY) == ("InvalidParameter.KMSKeyId.NotFound", 404)


def test_name_must_be_free_in_the_destination(ecs: Ecs, copied: str) -> None:
    assert refused(ecs.copy, destination_image_name="copied") == ("InvalidImageName.Duplicated", 400)
    assert ecs.copy(destination_image_name="copied", destination_region_id=SHANGHAI)
    ecs.delete(copied)
    assert ecs.copy(destination_image_name="copied")


def test_failed_copy_keeps_its_name(ecs: Ecs, control: ControlClient) -> None:
    control.post("faults", {"kind": "copy_fails"})
    ecs.copy(destination_image_name="taken")
    control.advance(5)

    assert refused(ecs.copy, destination_image_name="taken") == ("InvalidImageName.Duplicated", 400)


def test_seeded_resource_groups_are_the_only_ones(ecs: Ecs, control: ControlClient) -> None:
    plant(control, resource_groups=[{"id": "rg-one"}])

    assert refused(ecs.copy, resource_group_id="rg-two") == ("InvalidResourceGroup.NotFound", 404)
    assert ecs.one(ecs.copy(resource_group_id="rg-one")).resource_group_id == "rg-one"


def test_client_token_makes_one_copy(ecs: Ecs, control: ControlClient) -> None:
    first = ecs.copy(client_token="t", destination_image_name="once")

    assert ecs.copy(client_token="t", destination_image_name="once") == first
    assert len(listed(control)) == 1
    assert refused(ecs.copy, client_token="t") == ("IdempotentParameterMismatch", 400)


def test_dry_run_checks_everything_and_does_nothing(ecs: Ecs, control: ControlClient) -> None:
    assert refused(ecs.copy, dry_run=True) == ("DryRunOperation", 400)
    assert refused(ecs.copy, dry_run=True, image_id="m-unknown") == ("InvalidImageId.NotFound", 404)
    assert listed(control) == []


def test_copy_is_invisible_until_the_cloud_is_consistent(ecs: Ecs, control: ControlClient) -> None:
    control.post("settings", {"visible_after_seconds": 30})
    image_id = ecs.copy()

    assert ecs.ids(status="ALL") == []
    assert refused(ecs.cancel, image_id) == ("InvalidImageId.NotFound", 404)
    ecs.delete(image_id)
    assert [one["id"] for one in listed(control)] == [image_id]
    control.advance(30)
    assert ecs.ids() == [image_id]


def test_drop_after_accepts_the_copy_without_an_answer(ecs: Ecs, control: ControlClient) -> None:
    control.post("faults", {"kind": "drop_after", "service": "ecs", "action": "CopyImage", "region": BEIJING})
    with pytest.raises(UnretryableException):
        ecs.copy(destination_image_name="ambiguous")

    assert [one["name"] for one in listed(control)] == ["ambiguous"]
    assert refused(ecs.copy, destination_image_name="ambiguous") == ("InvalidImageName.Duplicated", 400)


@pytest.mark.parametrize("kind", ["drop_before", "non_json"])
def test_faults_that_lose_the_call(ecs: Ecs, control: ControlClient, kind: str) -> None:
    control.post("faults", {"kind": kind, "service": "ecs"})
    with pytest.raises(UnretryableException):
        ecs.copy()

    assert listed(control) == []


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        ({"kind": "throttle"}, "Throttling.User", 400),
        ({"kind": "http_error"}, "ServiceUnavailable", 503),
        ({"kind": "error", "code": "CancelNotSupported"}, "CancelNotSupported", 400),
        ({"kind": "error", "code": "InternalError", "status": 403}, "InternalError", 403),
    ],
)
def test_faults_that_are_answered(
    ecs: Ecs, control: ControlClient, fault: dict[str, Any], code: str, status: int
) -> None:
    control.post("faults", {"service": "ecs"} | fault)

    assert refused(ecs.copy) == (code, status)
    assert listed(control) == []


def test_inventory_says_where_a_copy_comes_from(ecs: Ecs, control: ControlClient) -> None:
    image_id = ecs.copy(destination_image_name="copied", tags={"a": "b"})

    (entry,) = listed(control)

    assert entry["copied_from"] == {"region": BEIJING, "id": IMAGE}
    assert (entry["id"], entry["status"], entry["progress"]) == (image_id, "Creating", "0%")
    assert (entry["name"], entry["tags"], entry["resource_group"]) == ("copied", {"a": "b"}, "")
    assert (entry["account"], entry["encrypted"], entry["kms_key_id"]) == ("1000000000000001", False, None)


def test_calls_name_service_and_both_regions(ecs: Ecs, control: ControlClient) -> None:
    ecs.copy()

    (call,) = control.get("calls", service="ecs", action="CopyImage")
    assert (call["region"], call["destination_region"], call["status"]) == (BEIJING, HANGZHOU, 200)


def test_copy_of_another_accounts_source_is_not_found(ecs: Ecs, server: SandboxServer) -> None:
    assert ecs.ids(region_id=BEIJING) == [IMAGE]
    server.control.post("seed", {"accounts": [OTHER_ACCOUNT]})

    with pytest.raises(AlibabaCloudException, match="The specified ImageId does not exist"):
        Ecs(server, "other", "s").copy()
