import threading
import time
from typing import Any

import pytest
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException, ServerException, ThrottlingException
from darabonba.exceptions import UnretryableException

from sandbox.alibaba.eci.errors import DOCUMENTED
from sandbox.core.control_client import ControlClient, ControlError
from sandbox.core.server import SandboxServer
from tests.sandbox.alibaba.eci_sdk import HANGZHOU, SEED, Eci, refused


def order(control: ControlClient, kind: str, **fields: Any) -> Any:
    (fault,) = control.post("faults", {"kind": kind} | fields)
    return fault


def test_drop_before_does_nothing_and_answers_nothing(eci: Eci, control: ControlClient) -> None:
    order(control, "drop_before", action="CopyDataCache")
    with pytest.raises(UnretryableException):
        eci.copy()

    assert eci.ids() == []
    assert (control.get("calls")[0]["status"], control.get("calls")[0]["fault"]) == (None, "drop_before")


def test_drop_after_does_everything_and_answers_nothing(eci: Eci, control: ControlClient) -> None:
    order(control, "drop_after", action="CopyDataCache")
    with pytest.raises(UnretryableException):
        eci.copy(client_token="t")
    (made,) = eci.ids()

    assert eci.copy(client_token="t") == made
    assert (control.get("calls")[0]["status"], control.get("calls")[0]["fault"]) == (200, "drop_after")


@pytest.mark.parametrize("when", ["before", "after"])
def test_delay_makes_the_answer_late(eci: Eci, control: ControlClient, when: str) -> None:
    order(control, "delay", seconds=0.3, when=when)
    began = time.monotonic()
    cache_id = eci.copy()

    assert time.monotonic() - began >= 0.3
    assert eci.ids() == [cache_id]


def test_delay_does_not_hold_up_other_calls(eci: Eci, control: ControlClient) -> None:
    order(control, "delay", seconds=20, action="CopyDataCache")
    eci.client._read_timeout = 100
    with pytest.raises(UnretryableException):
        eci.copy()
    eci.client._read_timeout = 5000

    assert eci.ids() == []


def test_http_error_is_a_server_error(eci: Eci, control: ControlClient) -> None:
    order(control, "http_error")
    with pytest.raises(ServerException) as caught:
        eci.page()

    assert (caught.value.code, caught.value.status_code) == ("ServiceUnavailable", 503)


def test_http_error_with_a_chosen_status(eci: Eci, control: ControlClient) -> None:
    order(control, "http_error", status=500, code="InternalError", message="Boom.")

    assert refused(eci.page) == ("InternalError", 500)


def test_throttle(eci: Eci, control: ControlClient) -> None:
    order(control, "throttle")

    assert refused(eci.page) == ("Throttling.User", 400)


def test_throttle_can_say_when_to_retry(eci: Eci, control: ControlClient) -> None:
    order(control, "throttle", retry_after_ms=1500)
    with pytest.raises(ThrottlingException) as caught:
        eci.page()

    assert caught.value.retry_after == 1500


@pytest.mark.parametrize("code", sorted(DOCUMENTED))
def test_every_documented_error_reaches_the_client(eci: Eci, control: ControlClient, code: str) -> None:
    order(control, "error", code=code)
    status, message = DOCUMENTED[code]
    with pytest.raises(AlibabaCloudException) as caught:
        eci.copy()

    assert (caught.value.code, caught.value.status_code) == (code, status)
    assert message in caught.value.message
    assert eci.ids() == []


def test_error_with_a_message_of_its_own(eci: Eci, control: ControlClient) -> None:
    order(control, "error", code="QuotaExceeded", message="Ten are enough.", status=403)
    with pytest.raises(Exception, match=r"Ten are enough\."):
        eci.copy()


def test_non_json_answer(eci: Eci, control: ControlClient) -> None:
    order(control, "non_json")
    with pytest.raises(UnretryableException):
        eci.page()


def test_copy_fails_makes_the_accepted_copy_end_as_failed(eci: Eci, control: ControlClient) -> None:
    order(control, "copy_fails", reason="snapshot lost", params={"DestinationRegionId": HANGZHOU})
    elsewhere = eci.copy(destination_region_id="cn-shanghai")
    failing = eci.copy()
    control.advance(5)

    assert eci.one(elsewhere, region_id="cn-shanghai").status == "Available"
    cache = eci.one(failing)
    assert (cache.status, cache.events[-1].type, cache.events[-1].message) == (
        "Failed",
        "Warning",
        "snapshot lost",
    )


def test_copy_fails_waits_for_a_copy_that_is_accepted(eci: Eci, control: ControlClient) -> None:
    order(control, "copy_fails")
    eci.page()
    refused(eci.copy, data_cache_id="edc-unknown")

    assert control.get("faults")[0]["hits"] == 0


@pytest.mark.parametrize(
    "filters",
    [
        {"service": "ecs"},
        {"action": "DeleteDataCache"},
        {"region": "cn-shanghai"},
        {"params": {"DestinationRegionId": "cn-shanghai"}},
        {"params": {"Name": "other"}},
    ],
)
def test_fault_leaves_other_calls_alone(eci: Eci, control: ControlClient, filters: dict[str, Any]) -> None:
    order(control, "throttle", **filters)

    assert eci.copy()


def test_fault_hits_the_call_it_describes(eci: Eci, control: ControlClient) -> None:
    order(
        control,
        "throttle",
        service="eci",
        action="CopyDataCache",
        region="cn-beijing",
        params={"DestinationRegionId": HANGZHOU},
    )

    assert refused(eci.copy) == ("Throttling.User", 400)


def test_fault_counts_down(eci: Eci, control: ControlClient) -> None:
    order(control, "throttle", count=2)
    for _ in range(2):
        assert refused(eci.page) == ("Throttling.User", 400)
    eci.page()

    (fault,) = control.get("faults")
    assert (fault["hits"], fault["remaining"]) == (2, 0)


def test_fault_without_a_count_stays(eci: Eci, control: ControlClient) -> None:
    order(control, "throttle", count=None)
    for _ in range(3):
        refused(eci.page)

    assert (control.get("faults")[0]["hits"], control.get("faults")[0]["remaining"]) == (3, None)


def test_calls_that_are_not_let_in_use_up_no_fault(server: SandboxServer, control: ControlClient) -> None:
    order(control, "throttle")

    assert refused(Eci(server, secret="wrong").page) == ("SignatureDoesNotMatch", 400)
    assert control.get("faults")[0]["hits"] == 0


def test_probability_repeats_with_its_seed(eci: Eci, control: ControlClient) -> None:
    def run() -> list[bool]:
        control.post("reset")
        control.post("seed", SEED)
        order(control, "throttle", count=None, probability=0.5, seed=7)
        return [_throttled(eci) for _ in range(12)]

    first = run()

    assert run() == first
    assert len(set(first)) == 2


def _throttled(eci: Eci) -> bool:
    try:
        eci.page()
    except AlibabaCloudException as error:
        return bool(error.code == "Throttling.User")
    return False


def test_faults_can_be_removed_one_by_one_and_all_at_once(control: ControlClient) -> None:
    first, second, third = control.post("faults", [{"kind": "throttle"}] * 3)
    assert [fault["id"] for fault in control.delete("faults", id=second["id"])] == [first["id"], third["id"]]

    assert control.delete("faults") == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"kind": "earthquake"}, "kind: Input should be"),
        ({"kind": "delay"}, "a fault of kind delay needs seconds"),
        ({"kind": "error"}, "a fault of kind error needs code"),
        ({"kind": "error", "code": "X", "status": 302}, "an error needs a status of 400 or more, or 200"),
        ({"kind": "throttle", "colour": "blue"}, "colour: Extra inputs are not permitted"),
        ({"kind": "throttle", "count": 0}, "count: Input should be greater than or equal to 1"),
    ],
)
def test_wrong_fault_is_refused(control: ControlClient, body: dict[str, Any], message: str) -> None:
    with pytest.raises(ControlError, match=message):
        control.post("faults", body)

    assert control.get("faults") == []


def test_silent_region_answers_again_when_the_fault_ends(eci: Eci, control: ControlClient) -> None:
    order(control, "silent", region=HANGZHOU, count=None, lasts=1.0)
    began = time.monotonic()
    with pytest.raises(UnretryableException):
        eci.copy(region_id=HANGZHOU)
    waited = time.monotonic() - began

    assert 0.5 < waited < 5
    assert eci.ids(region_id=HANGZHOU) == []
    assert control.get("calls")[0]["fault"] == "silent"


def test_silent_region_answers_again_when_the_fault_is_cleared(eci: Eci, control: ControlClient) -> None:
    order(control, "silent", count=None)
    threading.Timer(0.3, lambda: control.delete("faults")).start()
    with pytest.raises(UnretryableException):
        eci.page()

    assert eci.ids() == []


def test_fault_that_lasts_ends_by_itself(eci: Eci, control: ControlClient) -> None:
    order(control, "http_error", count=None, lasts=0.5)
    for _ in range(2):
        with pytest.raises(ServerException):
            eci.page()
    time.sleep(0.6)

    assert eci.ids() == []
    assert control.get("faults")[0]["hits"] == 2
