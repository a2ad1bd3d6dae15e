import http.client
import json
from typing import Any

import pytest
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException

from sandbox.core.claim import CannotServeError
from sandbox.core.control_client import ControlClient, ControlError, NoSandboxError
from sandbox.core.server import SandboxServer
from tests.sandbox.alibaba.eci_sdk import BEIJING, HANGZHOU, SEED, SOURCE, Eci, refused, source

EMPTY: dict[str, Any] = {key: {} for key in ("eci", "ecs", "ecs_snapshots", "disk_snapshots", "sts", "cbs", "tag")}
EMPTY |= {"cvm": {}, "cvm_snapshots": {}}


JSON = {"Content-Type": "application/json"}


def request(
    server: SandboxServer, method: str, path: str, body: str | None = None, headers: dict[str, str] = JSON
) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    answer = response.status, json.loads(response.read())
    connection.close()
    return answer


def test_health_names_the_process(server: SandboxServer, control: ControlClient) -> None:
    health = control.get("health")

    assert (health["status"], health["port"], health["state"]) == ("ok", server.port, None)


def test_inventory_shows_what_exists_by_service_and_region(eci: Eci, control: ControlClient) -> None:
    cache_id = eci.copy(tags={"a": "b"}, retention_days=1)

    inventory = control.get("inventory")["eci"]

    assert list(inventory) == [BEIJING, HANGZHOU]
    (copy,) = inventory[HANGZHOU]
    assert (copy["id"], copy["status"], copy["progress"]) == (cache_id, "Creating", "0%")
    assert copy["copied_from"] == {"region": BEIJING, "id": SOURCE}
    assert (copy["tags"], copy["size"], copy["name"]) == ({"a": "b"}, 30, "weights")
    assert (copy["bucket"], copy["path"], copy["account"]) == (
        "default",
        "/models/weights",
        "1000000000000001",
    )
    assert copy["expires"].endswith("Z")
    assert inventory[BEIJING][0]["copied_from"] is None


def test_inventory_of_an_empty_sandbox_names_its_services() -> None:
    with SandboxServer() as empty:
        assert empty.control.get("inventory") == EMPTY


def test_calls_show_what_happened(eci: Eci, control: ControlClient) -> None:
    eci.copy(client_token="t")
    refused(eci.delete, "edc-unknown")

    first, second = control.get("calls")

    assert set(first) == {
        *("index", "time", "service", "action", "region", "destination_region"),
        *("status", "code", "request_id", "account", "fault", "params"),
    }
    assert (first["index"], first["service"], first["action"]) == (1, "eci", "CopyDataCache")
    assert (first["region"], first["destination_region"], first["status"]) == (BEIJING, HANGZHOU, 200)
    assert first["params"]["ClientToken"] == "t"
    assert (second["status"], second["code"]) == (404, "InvalidParameter.DataCacheId.NotFound")


def test_calls_can_be_filtered(eci: Eci, control: ControlClient) -> None:
    eci.copy()
    eci.page()
    eci.page()

    assert [call["index"] for call in control.get("calls", action="DescribeDataCaches")] == [2, 3]
    assert [call["index"] for call in control.get("calls", since=2)] == [3]
    assert [call["index"] for call in control.get("calls", limit=1)] == [1]
    assert control.get("calls", service="ecs") == []
    with pytest.raises(ControlError, match="no filter colour"):
        control.get("calls", colour="blue")
    with pytest.raises(ControlError, match="since must be a whole number"):
        control.get("calls", since="x")


def test_calls_continue_counting_after_they_were_cleared(eci: Eci, control: ControlClient) -> None:
    eci.page()
    control.delete("calls")
    eci.page()

    assert [call["index"] for call in control.get("calls")] == [2]


def test_calls_hold_no_secrets(eci: Eci, control: ControlClient, available: str) -> None:
    eci.update(available, data_source=source("OSS", path="/a", accessKeySecret="hidden"))

    recorded = json.dumps(control.get("calls"))

    assert "hidden" not in recorded
    assert "ignature" not in recorded
    assert "sandboxAccessKeySecret" not in recorded


def test_reset_forgets_everything(eci: Eci, control: ControlClient) -> None:
    eci.copy(client_token="t")
    control.post("faults", {"kind": "throttle", "count": None})
    control.post("settings", {"copy_seconds": 7})
    control.post("clock", {"speed": 50})
    control.post("reset")

    assert control.get("inventory") == EMPTY
    assert control.get("calls") == control.get("faults") == []
    assert control.get("settings")["copy_seconds"] == 5
    assert control.get("clock")["speed"] == 1
    control.post("seed", SEED)
    assert eci.copy(client_token="t") in eci.ids()
    assert control.get("calls")[0]["index"] == 1


def test_seed_twice_is_as_good_as_once(control: ControlClient) -> None:
    before = control.get("inventory")
    control.post("seed", SEED)

    assert control.get("inventory") == before


def test_seed_puts_a_changed_resource_back(eci: Eci, control: ControlClient) -> None:
    eci.update(SOURCE, region_id=BEIJING, name="changed", size=99)
    control.post("seed", SEED)

    cache = eci.one(SOURCE, region_id=BEIJING)
    assert (cache.name, cache.size, cache.status) == ("weights", 30, "Available")


@pytest.mark.parametrize("status", ["Creating", "Loading", "Failed", "Updating", "UpdateFailed", "Deleting"])
def test_seeded_status_stays(eci: Eci, control: ControlClient, status: str) -> None:
    control.post("seed", {"data_caches": [{"region": HANGZHOU, "id": "edc-1", "status": status}]})
    control.advance(10**6)

    assert eci.one("edc-1").status == status


def test_seed_is_all_or_nothing(control: ControlClient) -> None:
    good = {"region": HANGZHOU, "id": "edc-1"}
    with pytest.raises(ControlError, match=r"data_caches\.1\.status: Input should be"):
        control.post("seed", {"data_caches": [good, good | {"status": "Sleeping"}]})

    assert HANGZHOU not in control.get("inventory")["eci"]


def test_settings_can_be_read_and_changed(control: ControlClient) -> None:
    control.post("settings", {"copy_seconds": 60, "regions": {HANGZHOU: {"copy_seconds": 9}}})
    control.post("settings", {"unique_paths": True, "regions": {BEIJING: {"delete_seconds": 3}}})

    values = control.get("settings")
    assert (values["copy_seconds"], values["update_seconds"], values["unique_paths"]) == (60, 5, True)
    assert set(values["regions"]) == {HANGZHOU, BEIJING}


def test_unknown_setting_is_refused_with_the_known_ones(server: SandboxServer) -> None:
    status, body = request(server, "POST", "/_sandbox/settings", '{"copy_second": 1}')

    assert (status, "copy_seconds" in body["known"]) == (400, True)
    assert body["error"].startswith("there is no setting copy_second, only copy_seconds, ")


@pytest.mark.parametrize("body", [{"copy_seconds": -1}, {"copy_seconds": "soon"}, {"regions": {"x": {"y": 1}}}])
def test_wrong_setting_changes_nothing(control: ControlClient, body: dict[str, Any]) -> None:
    before = control.get("settings")
    with pytest.raises(ControlError):
        control.post("settings", {"unique_paths": True} | body)

    assert control.get("settings") == before


def test_clock_can_be_moved_forward(control: ControlClient) -> None:
    before = control.get("clock")["epoch"]
    control.advance(3600)

    assert 3600 <= control.get("clock")["epoch"] - before < 3660


def test_clock_can_run_faster(eci: Eci, control: ControlClient) -> None:
    control.post("settings", {"copy_seconds": 3600})
    control.post("clock", {"speed": 100_000})
    cache_id = eci.copy()
    while eci.one(cache_id).status != "Available":
        pass

    assert control.get("clock")["speed"] == 100_000


@pytest.mark.parametrize("body", [{"advance": -1}, {"speed": 0}, {"fast": True}])
def test_wrong_clock_change_is_refused(control: ControlClient, body: dict[str, Any]) -> None:
    with pytest.raises(ControlError):
        control.post("clock", body)


def test_unknown_control_path_lists_the_known_ones(server: SandboxServer) -> None:
    status, body = request(server, "GET", "/_sandbox/nothing")

    assert status == 404
    assert body["known"]["/_sandbox/faults"] == ["DELETE", "GET", "POST"]


def test_wrong_method_is_refused(server: SandboxServer) -> None:
    assert request(server, "DELETE", "/_sandbox/seed") == (405, {"error": "/_sandbox/seed takes POST"})


FOREIGN_HOSTS = (
    *("evil.example", "evil.example:{port}", "127.0.0.1.evil.example:{port}", "localhost.evil.example", "", "127.1"),
    *("0.0.0.0:{port}", "192.168.1.2:{port}", "evil@127.0.0.1:{port}", "[::1", "169.254.169.254"),
)


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
@pytest.mark.parametrize(
    ("method", "name"), [("GET", "inventory"), ("POST", "reset"), ("DELETE", "calls"), ("PUT", "x")]
)
def test_foreign_host_is_refused(server: SandboxServer, method: str, name: str, host: str) -> None:
    """What a page gets that makes its own name point to this machine."""
    headers = {**JSON, "Host": host.format(port=server.port)}

    status, body = request(server, method, f"/_sandbox/{name}", "{}", headers)

    assert (status, list(body)) == (403, ["error"])
    assert server.control.get("inventory")["eci"]


@pytest.mark.parametrize(
    "host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}", "[::1]:{port}", "127.0.0.1"]
)
def test_loopback_host_and_its_own_page_are_served(server: SandboxServer, host: str) -> None:
    host = host.format(port=server.port)

    for headers in ({"Host": host}, {"Host": host, "Origin": f"http://{host}"}):
        assert request(server, "GET", "/_sandbox/health", None, headers)[0] == 200
        assert request(server, "POST", "/_sandbox/clock", "{}", {**headers, **JSON})[0] == 200


@pytest.mark.parametrize(
    "origin",
    [
        *(
            "http://evil.example",
            "null",
            "",
            "https://127.0.0.1:{port}",
            "http://127.0.0.1:1",
            "http://localhost:{port}",
        ),
        *("http://127.0.0.1:{port}.evil.example", "file://"),
    ],
)
@pytest.mark.parametrize(
    ("method", "name"), [("GET", "calls"), ("POST", "seed"), ("DELETE", "faults"), ("OPTIONS", "seed")]
)
def test_page_of_another_origin_is_refused(server: SandboxServer, method: str, name: str, origin: str) -> None:
    headers = {**JSON, "Origin": origin.format(port=server.port)}

    assert request(server, method, f"/_sandbox/{name}", "{}", headers)[0] == 403


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None]
)
@pytest.mark.parametrize("name", ["seed", "settings", "clock", "faults", "reset"])
def test_post_of_another_type_than_json_changes_nothing(
    server: SandboxServer, name: str, content_type: str | None
) -> None:
    """A page may send these types anywhere without asking."""
    headers = {"Content-Type": content_type} if content_type else {}

    status, body = request(server, "POST", f"/_sandbox/{name}", "{}", headers)

    assert (status, "takes application/json" in body["error"]) == (415, True)
    assert server.control.get("inventory")["eci"]


def test_json_may_name_its_charset(server: SandboxServer) -> None:
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}

    assert request(server, "POST", "/_sandbox/clock", "{}", headers)[0] == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(server: SandboxServer, method: str) -> None:
    assert request(server, method, "/_sandbox/reset", "{}")[0] == 405


def test_body_that_is_not_json_is_refused_in_one_line(server: SandboxServer) -> None:
    status, body = request(server, "POST", "/_sandbox/seed", "{nonsense")

    assert status == 400
    assert body["error"].startswith("the body is not JSON")
    assert "\n" not in body["error"]


@pytest.mark.parametrize("body", ["[]", "7", '"x"', "null"])
def test_json_of_another_form_is_refused(server: SandboxServer, body: str) -> None:
    for name in ("seed", "settings", "clock"):
        assert request(server, "POST", f"/_sandbox/{name}", body)[0] == 400


def test_address_that_is_not_loopback_is_refused() -> None:
    with pytest.raises(CannotServeError, match=r"loopback only, not on 0\.0\.0\.0"):
        SandboxServer(host="0.0.0.0")  # noqa: S104 - it is what must be refused


def test_taken_port_is_refused(server: SandboxServer) -> None:
    with pytest.raises(CannotServeError, match=f"cannot serve on port {server.port}"):
        SandboxServer(port=server.port).start()


def test_client_of_a_stopped_server_says_so() -> None:
    with SandboxServer() as stopped:
        pass

    with pytest.raises(NoSandboxError, match=f"no sandbox answers on 127.0.0.1:{stopped.port}"):
        stopped.control.get("health")


def test_failure_of_the_sandbox_itself_is_an_internal_error(eci: Eci, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.alibaba.eci.data_caches.take_page", lambda *_: 1 / 0)
    with pytest.raises(AlibabaCloudException) as caught:
        eci.page()

    assert (caught.value.code, caught.value.status_code) == ("InternalError", 500)
