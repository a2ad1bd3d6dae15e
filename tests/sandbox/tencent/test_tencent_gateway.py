import time
from pathlib import Path
from typing import Any

import pytest
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

from sandbox.core.control_client import ControlClient
from sandbox.core.server import SandboxServer
from sandbox.tencent.cbs.errors import DOCUMENTED
from sandbox.tencent.errors import COMMON
from tests.references import tables
from tests.sandbox.tencent.cbs_sdk import BEIJING, GUANGZHOU, SEED, SHANGHAI, SOURCE, Cbs, refused
from tests.sandbox.tencent.raw_tc3 import Tc3Call

COPY = {"SnapshotId": SOURCE, "DestinationRegions": [BEIJING, SHANGHAI]}


def order(control: ControlClient, kind: str, **fields: Any) -> None:
    control.post("faults", {"kind": kind} | fields)


def test_documented_codes_are_the_references() -> None:
    assert {line.listed for line in tables.read("cbs-error-codes.tsv")} == {("200", code) for code in DOCUMENTED}


@pytest.mark.parametrize("secret", ["sandboxAccessKeySecret", "wrong"])
def test_every_answer_is_bare_json_of_status_200(server: SandboxServer, secret: str) -> None:
    answer = Tc3Call(secret=secret).send(server)

    # With `; charset=utf-8` behind it the SDK takes an error for a success.
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert list(answer.body) == ["Response"]
    assert len(answer.body["Response"]["RequestId"]) == 36


def test_error_has_the_vendors_shape(server: SandboxServer) -> None:
    response = Tc3Call(body={"Limit": 0}).send(server).body["Response"]

    assert set(response) == {"Error", "RequestId"}
    assert set(response["Error"]) == {"Code", "Message"}


def test_absolute_form_target_is_accepted(server: SandboxServer) -> None:
    assert Tc3Call(path="http://cbs.tencentcloudapi.com/").send(server).code is None


def test_request_id_is_new_for_every_call(server: SandboxServer) -> None:
    first, second = (Tc3Call().send(server).body["Response"]["RequestId"] for _ in range(2))

    assert first != second


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (Tc3Call(action="CreatePony"), "InvalidAction"),
        (Tc3Call(path="/elsewhere"), "InvalidAction"),
        (Tc3Call(action=""), "MissingParameter"),
        (Tc3Call(version=""), "MissingParameter"),
        (Tc3Call(version="2018-01-01"), "NoSuchVersion"),
        (Tc3Call(method="PUT"), "UnsupportedProtocol"),
        (Tc3Call(region=None), "MissingParameter"),
        (Tc3Call(region=""), "MissingParameter"),
        (Tc3Call(region="ap-nowhere"), "UnsupportedRegion"),
        (Tc3Call(region="cn-beijing"), "UnsupportedRegion"),
        (Tc3Call(content_type="text/plain"), "InvalidParameter"),
        (Tc3Call(body=b""), None),
        (Tc3Call(body=b"{nonsense"), "InvalidParameter"),
        (Tc3Call(body=b"\xff"), "InvalidParameter"),
        (Tc3Call(body=[]), "InvalidParameter"),
        (Tc3Call(body=7), "InvalidParameter"),
        (Tc3Call(body=b'{"Filters":' + b"[" * 100_000), "InvalidParameter"),
        (Tc3Call(body=b'{"Filters":' + b"[" * 500 + b"]" * 500 + b"}"), "InvalidParameter"),
        (Tc3Call(body={"Colour": "blue"}), "UnknownParameter"),
        (Tc3Call(body={"Filters": [{"Name": "encrypt", "Values": ["true"], "Colour": 1}]}), "UnknownParameter"),
        (Tc3Call(body={"Action": "DescribeSnapshots"}), "UnknownParameter"),
        (Tc3Call(body={"limit": 1}), "UnknownParameter"),
        (Tc3Call(body={"Limit": "1"}), "InvalidParameter"),
        (Tc3Call(body={"Limit": 1.5}), "InvalidParameter"),
        (Tc3Call(body={"Limit": True}), "InvalidParameter"),
        (Tc3Call(body={"Limit": None}), "InvalidParameter"),
        (Tc3Call(body={"SnapshotIds": SOURCE}), "InvalidParameter"),
        (Tc3Call(body={"SnapshotIds": [7]}), "InvalidParameter"),
        (Tc3Call(body={"SnapshotIds": ["\ud800"]}), "InvalidParameter"),
        (Tc3Call("ModifySnapshotAttribute", body={"SnapshotId": SOURCE, "IsPermanent": 1}), "InvalidParameter"),
        (Tc3Call("CopySnapshotCrossRegions", body=COPY | {"DestinationRegions": BEIJING}), "InvalidParameter"),
        (Tc3Call("DeleteSnapshots", body={"Colour": 1}), "UnknownParameter"),
    ],
)
def test_gateway_answers(server: SandboxServer, call: Tc3Call, code: str | None) -> None:
    answer = call.send(server)

    assert (answer.status, answer.content_type, answer.code) == (200, "application/json", code)
    assert answer.body["Response"]["RequestId"]


def test_error_names_the_parameter(server: SandboxServer) -> None:
    error = Tc3Call(body={"Filters": [{"Name": "encrypt"}]}).send(server).body["Response"]["Error"]

    assert error["Message"] == "The request is missing a required parameter `Filters.0.Values`."


def test_unknown_parameter_is_refused_in_a_form_too(server: SandboxServer) -> None:
    cbs = Cbs(server, signing="HmacSHA1")
    cbs.page(Limit=3)

    assert Tc3Call(method="GET", query="Colour=blue").send(server).code == "UnknownParameter"
    assert Tc3Call(method="GET", query="Limit=three").send(server).code == "InvalidParameter"
    assert Tc3Call(method="GET", query="Limit=3").send(server).code is None


def test_failure_of_the_sandbox_itself_is_an_internal_error(cbs: Cbs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.tencent.cbs.requests.DescribeSnapshots.of", lambda _: 1 / 0)

    assert refused(cbs.page) == "InternalError"


def test_calls_show_what_happened(cbs: Cbs, control: ControlClient) -> None:
    cbs.results(BEIJING, SHANGHAI)
    refused(cbs.delete, "snap-unknown0")
    first, second = control.get("calls", service="cbs")

    assert (first["action"], first["region"]) == ("CopySnapshotCrossRegions", GUANGZHOU)
    assert first["destination_regions"] == [BEIJING, SHANGHAI]
    assert (first["status"], first["code"], first["account"]) == (200, None, "1000000000000001")
    assert first["params"] == {
        "SnapshotId": SOURCE,
        "DestinationRegions.0": BEIJING,
        "DestinationRegions.1": SHANGHAI,
    }
    assert (second["status"], second["code"], second["region"]) == (200, "InvalidSnapshotId.NotFound", BEIJING)
    assert second["destination_regions"] == []


def test_inventory_shows_snapshots_by_region(cbs: Cbs, control: ControlClient) -> None:
    copy_id = cbs.copy(SnapshotName="n")
    cbs.modify(copy_id, BEIJING, IsPermanent=False, Deadline="2100-01-01T00:00:00Z")
    inventory = control.get("inventory")["cbs"]

    assert list(inventory) == [BEIJING, GUANGZHOU]
    (copy,), (source,) = inventory[BEIJING], inventory[GUANGZHOU]
    assert (copy["id"], copy["status"], copy["name"]) == (copy_id, "COPYING_FROM_REMOTE", "n")
    assert (copy["copied"], copy["copied_from"]) == (True, {"region": GUANGZHOU, "id": SOURCE})
    assert (copy["permanent"], copy["deadline"]) == (False, "2100-01-01T00:00:00.000Z")
    assert copy["account"] == "1000000000000001"
    assert (source["copied"], source["copied_from"], source["copying_to"]) == (False, None, [BEIJING])
    assert (source["permanent"], source["deadline"]) == (True, None)


def test_copy_continues_over_a_restart(tmp_path: Path) -> None:
    with SandboxServer(tmp_path) as server:
        server.control.post("seed", SEED)
        copy = Cbs(server).copy()
        server.control.advance(5)
    with SandboxServer(tmp_path) as server:
        assert Cbs(server).state(copy) == "NORMAL"


def test_seed_twice_is_as_good_as_once(cbs: Cbs, control: ControlClient) -> None:
    before = control.get("inventory"), cbs.one(SOURCE, GUANGZHOU).CreateTime
    cbs.modify(SnapshotName="changed")
    control.advance(60)
    control.post("seed", SEED)

    assert (control.get("inventory"), cbs.one(SOURCE, GUANGZHOU).CreateTime) == before


def test_copy_seeded_with_and_without_its_origin(cbs: Cbs, control: ControlClient) -> None:
    origin = {"region": GUANGZHOU, "id": SOURCE}
    snapshots = [
        {"region": BEIJING, "id": "snap-copied01", "copied_from": origin},
        {"region": BEIJING, "id": "snap-copied02", "copied": True},
    ]
    control.post("seed", {"snapshots": snapshots})

    assert [one.CopyFromRemote for one in cbs.page().SnapshotSet] == [True, True]
    assert [one["copied_from"] for one in control.get("inventory")["cbs"][BEIJING]] == [origin, None]


def test_drop_before_does_nothing_and_answers_nothing(cbs: Cbs, control: ControlClient) -> None:
    order(control, "drop_before", service="cbs")

    assert refused(cbs.copy) == "ClientNetworkError"
    assert cbs.ids() == []
    assert (control.get("calls")[0]["status"], control.get("calls")[0]["fault"]) == (None, "drop_before")


def test_drop_after_does_everything_and_answers_nothing(cbs: Cbs, control: ControlClient) -> None:
    order(control, "drop_after", action="CopySnapshotCrossRegions")

    assert refused(cbs.copy) == "ClientNetworkError"
    assert len(cbs.ids()) == 1
    assert cbs.codes() == ["ResourceInUse.CopySnapshotConflict"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_delay_makes_the_answer_late(cbs: Cbs, control: ControlClient, when: str) -> None:
    order(control, "delay", seconds=0.3, when=when)
    began = time.monotonic()
    copy = cbs.copy()

    assert time.monotonic() - began >= 0.3
    assert cbs.ids() == [copy]


def test_http_error_loses_the_code_as_any_status_but_200_does(cbs: Cbs, control: ControlClient) -> None:
    order(control, "http_error")
    assert refused(cbs.page) == "ServerNetworkError"
    order(control, "http_error", status=500, code="InternalError")

    assert refused(cbs.page) == "ServerNetworkError"
    assert [call["status"] for call in control.get("calls")] == [503, 500]


def test_throttle(cbs: Cbs, control: ControlClient) -> None:
    order(control, "throttle")

    assert refused(cbs.page) == "RequestLimitExceeded"


def test_non_json_answer(cbs: Cbs, control: ControlClient) -> None:
    order(control, "non_json")
    assert refused(cbs.page) == "ServerNetworkError"
    order(control, "non_json", status=200)

    assert refused(cbs.page) == "JSONDecodeError"


@pytest.mark.parametrize("code", sorted({*DOCUMENTED, *COMMON}))
def test_every_documented_error_reaches_the_client(cbs: Cbs, control: ControlClient, code: str) -> None:
    order(control, "error", code=code, region=GUANGZHOU, params={"DestinationRegions.0": BEIJING})
    with pytest.raises(TencentCloudSDKException) as caught:
        cbs.copy()

    assert (caught.value.code, caught.value.message) == (code, DOCUMENTED.get(code, COMMON.get(code)))
    assert caught.value.requestId == control.get("calls")[0]["request_id"]
    assert cbs.ids() == []


@pytest.mark.parametrize(
    "filters",
    [
        {"service": "eci"},
        {"action": "DeleteSnapshots"},
        {"region": BEIJING},
        {"params": {"SnapshotId": "snap-other000"}},
    ],
)
def test_fault_leaves_other_calls_alone(cbs: Cbs, control: ControlClient, filters: dict[str, Any]) -> None:
    order(control, "throttle", **filters)

    assert cbs.copy()


def test_region_error_needs_a_code(control: ControlClient) -> None:
    with pytest.raises(Exception, match="a fault of kind region_error needs code"):
        order(control, "region_error")


class Frozen:
    """Real time, that only a test moves on."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


def test_20_requests_a_second_are_served_per_account_and_action() -> None:
    wall = Frozen()
    with SandboxServer(wall=wall) as server:
        keys = [{"access_key_id": "other", "access_key_secret": "s"}]
        server.control.post("seed", SEED | {"accounts": [{"id": "2", "keys": keys}]})
        cbs = Cbs(server)
        for number in range(20):
            cbs.page(BEIJING if number % 2 else GUANGZHOU)

        assert refused(cbs.page, SHANGHAI) == "RequestLimitExceeded"
        assert cbs.copy()
        assert Cbs(server, "other", "s").ids() == []
        server.control.advance(3600)
        assert refused(cbs.page) == "RequestLimitExceeded"
        wall.now += 0.99
        assert refused(cbs.page) == "RequestLimitExceeded"
        wall.now += 0.02
        cbs.page()


def test_limit_can_be_changed() -> None:
    with SandboxServer(wall=Frozen()) as server:
        server.control.post("settings", {"requests_per_second": 1})
        cbs = Cbs(server)
        cbs.page()
        with pytest.raises(TencentCloudSDKException, match=r"equals to `2` in a second, which exceeds .* `1`"):
            cbs.page()


def test_requests_that_are_not_let_in_do_not_count() -> None:
    with SandboxServer(wall=Frozen()) as server:
        server.control.post("settings", {"requests_per_second": 1})
        refused(Cbs(server, secret="wrong").page)

        assert Cbs(server).ids() == []
