"""Whose credentials these are, how it is found out, and which copies they may not be used on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from components.clouds import account, endpoints
from components.clouds.account import AccountUnknown, Caller, WrongAccount
from components.clouds.alibaba import connection as alibaba
from components.clouds.alibaba.eci import Eci
from components.clouds.alibaba.ecs import Ecs
from components.clouds.alibaba.sts import Sts
from components.clouds.endpoints import EndpointRefused
from components.clouds.errors import InvalidInput, Unavailable
from components.clouds.service import UNKNOWN_SECONDS, Service
from components.clouds.tencent import connection as tencent
from components.clouds.tencent.cbs import Cbs
from components.clouds.tencent.service import TencentService
from sandbox.core.accounts import ACCOUNT_ID
from sandbox.core.control_client import ControlClient
from sandbox.core.server import SandboxServer
from tests.lifecycle.replicas import use_keys

OTHER = "2000000000000002"
KEYS = [
    {"access_key_id": "root", "access_key_secret": "s"},
    {"access_key_id": "user", "access_key_secret": "s", "user": "eve"},
    {"access_key_id": "role", "access_key_secret": "s", "user": "deployer", "security_token": "t"},
]
DOING = "deleting DataCache edc-1 in cn-hangzhou"


def service(kind: type[Service], server: SandboxServer, control: ControlClient) -> Service:
    connection: Any = tencent.Connection if kind is Cbs else alibaba.Connection
    return kind(connection(server.url), sleep=control.advance, clock=lambda: control.get("clock")["epoch"])


def asked(control: ControlClient) -> int:
    return len(control.get("calls", action="GetCallerIdentity"))


@pytest.mark.parametrize("kind", [Eci, Ecs, Cbs])
def test_it_is_asked_once(kind: type[Service], server: SandboxServer, control: ControlClient) -> None:
    called = service(kind, server, control)

    for region in ("ap-beijing", "ap-tokyo") if kind is Cbs else ("cn-hangzhou", "cn-beijing"):
        assert called.caller(region) == Caller(ACCOUNT_ID, "loopback")
    assert asked(control) == 1


@pytest.mark.parametrize("kind", [Eci, Cbs])
@pytest.mark.parametrize("key", KEYS, ids=lambda key: key["access_key_id"])
def test_users_and_roles_are_of_their_account(
    kind: type[Service],
    key: Mapping[str, str],
    server: SandboxServer,
    control: ControlClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    control.post("seed", {"accounts": [{"id": OTHER, "keys": KEYS}]})
    use_keys(monkeypatch, key["access_key_id"], "s", key.get("security_token", ""))
    monkeypatch.setenv("TENCENTCLOUD_SECRET_ID", key["access_key_id"])
    monkeypatch.setenv("TENCENTCLOUD_SECRET_KEY", "s")
    monkeypatch.setenv("TENCENTCLOUD_TOKEN", key.get("security_token", ""))

    assert service(kind, server, control).caller("ap-beijing").account == OTHER


@pytest.mark.parametrize("kind", [Eci, Cbs])
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "error", "code": "InvalidAction.NotFound", "status": 404},
        {"kind": "http_error", "status": 503},
        {"kind": "drop_before"},
        {"kind": "non_json", "status": 200},
    ],
    ids=lambda fault: fault["kind"],
)
def test_what_does_not_say_it_leaves_it_unknown_for_a_while(
    kind: type[Service], fault: Mapping[str, Any], server: SandboxServer, control: ControlClient
) -> None:
    control.post("faults", {"service": "sts", "action": "GetCallerIdentity", "count": None, **fault})
    called = service(kind, server, control)

    region = "ap-beijing" if kind is Cbs else "cn-hangzhou"
    unknown = called.caller(region)

    assert (unknown.account, unknown.owner) == ("", {"endpoint_kind": "loopback"})
    assert unknown.problem is not None
    before = asked(control)
    assert called.caller(region) is unknown
    assert asked(control) == before
    control.delete("faults")
    control.advance(UNKNOWN_SECONDS)
    assert called.caller(region).account == ACCOUNT_ID


def answering(monkeypatch: pytest.MonkeyPatch, **answers: Any) -> list[tuple[str, str, str]]:
    """Answer by action; returns service, version and action of each request."""
    seen: list[tuple[str, str, str]] = []

    def attempt(
        called: TencentService, _doing: str, _client: object, _region: str, action: str, _: object
    ) -> dict[str, Any]:
        seen.append((called.name, called.version, action))
        if isinstance(answer := answers[action], Exception):
            raise answer
        return dict(answer)

    monkeypatch.setattr(TencentService, "_attempt", attempt)
    return seen


def refusal(kind: type[Exception]) -> Exception:
    fields = {"doing": "asking", "code": "UnauthorizedOperation", "message": "m", "next_step": "n"}
    return kind(**fields)


def test_cam_is_asked_where_sts_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = answering(monkeypatch, GetCallerIdentity=refusal(InvalidInput), GetUserAppId={"OwnerUin": OTHER, "Uin": "3"})

    assert Cbs(tencent.Connection("http://127.0.0.1:1", "id", "key")).caller("ap-beijing").account == OTHER
    assert seen == [("sts", "2018-08-13", "GetCallerIdentity"), ("cam", "2019-01-16", "GetUserAppId")]


def test_cam_is_not_asked_where_sts_gives_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = answering(monkeypatch, GetCallerIdentity=refusal(Unavailable))

    called = Cbs(tencent.Connection("http://127.0.0.1:1", "id", "key"), sleep=lambda _: None)

    assert called.caller("ap-beijing").account == ""
    assert {action for _, _, action in seen} == {"GetCallerIdentity"}


@pytest.mark.parametrize(
    ("config", "environment", "asked_at"),
    [
        ({}, {}, None),
        ({}, {"REPLICAS_ECI_ENDPOINT": "https://gateway.example"}, "https://gateway.example"),
        ({"replicas:endpoints": '{"eci": "a", "sts": "b"}'}, {}, "b"),
        ({}, {"REPLICAS_ECI_ENDPOINT": "a", "REPLICAS_STS_ENDPOINT": "c"}, "c"),
        ({"replicas:loopbackOnly": "true"}, {"REPLICAS_ECI_ENDPOINT": "http://127.0.0.1:1"}, "http://127.0.0.1:1"),
    ],
)
def test_where_it_is_asked(config: dict[str, str], environment: dict[str, str], asked_at: str | None) -> None:
    """At an endpoint of its own, else at the service's: only the vendor's own service has its own STS beside it."""
    connection = alibaba.Connection.from_config("eci", config, environment)

    assert connection.of_identity().endpoint == asked_at


@pytest.mark.usefixtures("control")
def test_host_of_sts() -> None:
    sts = Sts(alibaba.Connection().of_identity("sts.aliyuncs.com"))

    assert sts._host(sts._connected("cn-hangzhou", "GetCallerIdentity")) == "sts.aliyuncs.com"


def test_guarded_stack_asks_on_loopback_only() -> None:
    environment = {"REPLICAS_ECI_ENDPOINT": "http://127.0.0.1:1", "REPLICAS_STS_ENDPOINT": "sts.aliyuncs.com"}

    with pytest.raises(EndpointRefused, match=r"sts\.aliyuncs\.com is not a loopback address"):
        alibaba.Connection.from_config("eci", {"replicas:loopbackOnly": "true"}, environment)


@pytest.mark.parametrize("service_", ["eci", "cbs", "sts"])
def test_loopback_of_the_environment_alone_is_refused(service_: str) -> None:
    """It is left over from a trial: there, everything looks gone."""
    variable = endpoints.variable(service_)

    with pytest.raises(
        EndpointRefused, match=rf"not loopbackOnly, and {variable} alone names .* Next: unset {variable}"
    ):
        endpoints.find(service_, {"replicas:loopbackOnly": "false"}, {variable: "http://localhost:1"})


def test_loopback_of_the_config_is_called() -> None:
    config = {"replicas:endpoints": '{"eci": "http://127.0.0.1:1"}'}

    assert endpoints.find("eci", config, {}) == "http://127.0.0.1:1"
    assert endpoints.find("eci", config, {"REPLICAS_ECI_ENDPOINT": "http://127.0.0.1:2"}) == "http://127.0.0.1:2"


class Called:
    """A service with this caller."""

    name = "eci"

    def __init__(self, account: str = "", problem: Any = None) -> None:
        self.asked = 0
        self._caller = Caller(account, "cloud", problem)

    def caller(self, _region: str) -> Caller:
        self.asked += 1
        return self._caller


def verified(called: Called, **owner: str) -> None:
    account.verify_owner(called, DOING, "cn-hangzhou", owner)


def test_another_account_is_refused_in_a_line_that_names_both() -> None:
    with pytest.raises(WrongAccount) as raised:
        verified(Called("2"), account="1", endpoint_kind="cloud")

    assert str(raised.value) == (
        f"{DOING}: it belongs to account 1; these credentials are of account 2. Next: use the credentials of account 1."
    )


@pytest.mark.parametrize("now", ["1", ""])
def test_another_kind_of_endpoint_is_refused_whose_the_keys_are(now: str) -> None:
    who = f"account {now}" if now else "an account that is not known"

    with pytest.raises(WrongAccount) as raised:
        verified(Called(now), account="1", endpoint_kind="loopback")

    assert str(raised.value).startswith(
        f"{DOING}: it belongs to account 1 (at a loopback endpoint); "
        f"these credentials are of {who} (at a cloud endpoint)"
    )


def test_unknown_account_is_refused() -> None:
    with pytest.raises(
        AccountUnknown, match=r"it belongs to account 1; whose credentials these are is not known: .*"
    ) as raised:
        verified(Called("", refusal(Unavailable)), account="1", endpoint_kind="cloud")

    assert "REPLICAS_STS_ENDPOINT" in raised.value.next_step


def test_owner_is_not_refused() -> None:
    verified(Called("1"), account="1", endpoint_kind="cloud")
    verified(Called(""), endpoint_kind="cloud")


def test_copy_without_an_owner_asks_nobody() -> None:
    called = Called("2")

    verified(called)

    assert called.asked == 0
