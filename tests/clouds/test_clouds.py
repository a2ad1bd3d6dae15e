"""Errors, retries and connections: what is repeated, what is reported, and what is never called or shown."""

from __future__ import annotations

from typing import Any

import pytest

from components.clouds import endpoints, retries
from components.clouds.alibaba.connection import Connection
from components.clouds.alibaba.eci import Eci
from components.clouds.alibaba.ecs import Ecs
from components.clouds.endpoints import EndpointRefused
from components.clouds.errors import (
    CloudError,
    CredentialsMissing,
    InvalidInput,
    NoAnswer,
    NotFound,
    NotReady,
    PermissionDenied,
    ReplicaError,
    Throttled,
    Unavailable,
    Unreachable,
)
from components.clouds.tencent import connection as tencent


def error(kind: type[CloudError], **more: float) -> CloudError:
    return kind(
        doing="copying x", code="Some.Code", message="no\n good.", request_id="R-1", next_step="fix it.", **more
    )


def test_message_is_one_line_with_the_next_step() -> None:
    assert str(error(InvalidInput)) == "copying x: Some.Code: no good (request R-1). Next: fix it."


class Attempts:
    """Raises these errors, one an attempt, then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.count = 0
        self.pauses: list[float] = []

    def __call__(self) -> str:
        self.count += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"

    def called(self, patience: float = 60) -> str:
        return retries.call(self, patience=patience, sleep=self.pauses.append)


def test_transient_errors_are_repeated() -> None:
    attempts = Attempts(error(Throttled), error(Unavailable), error(NoAnswer))

    assert attempts.called() == "answer"
    assert attempts.count == 4


@pytest.mark.parametrize("kind", [InvalidInput, PermissionDenied, NotFound])
def test_definite_errors_are_not_repeated(kind: type[CloudError]) -> None:
    attempts = Attempts(error(kind))

    with pytest.raises(kind):
        attempts.called()
    assert attempts.count == 1


def test_lost_keys_do_not_hide_what_an_attempt_may_have_done() -> None:
    missing = CredentialsMissing("no credentials were found", "set them")

    with pytest.raises(NoAnswer) as raised:
        Attempts(error(NoAnswer), *[missing] * 1000).called(patience=30)
    assert raised.value.maybe_done
    with pytest.raises(CredentialsMissing):
        Attempts(error(Throttled), missing).called()


def test_patience_ends() -> None:
    attempts = Attempts(*[error(Unavailable)] * 1000)

    with pytest.raises(Unavailable):
        attempts.called(patience=30)
    assert 30 <= sum(attempts.pauses) < 30 + 8


def test_no_connection_is_reported_soon() -> None:
    attempts = Attempts(*[error(Unreachable)] * 100)

    with pytest.raises(Unreachable):
        attempts.called(patience=3600)
    assert attempts.count == retries.UNREACHABLE_ATTEMPTS


def test_pause_that_the_cloud_asks_for() -> None:
    attempts = Attempts(error(Throttled, retry_after=12.5))

    attempts.called()

    assert attempts.pauses == [12.5]


def test_asked_pause_is_bounded() -> None:
    attempts = Attempts(error(Throttled, retry_after=86400.0))

    attempts.called()

    assert attempts.pauses == [retries.LONGEST_ASKED_PAUSE]


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("Throttling.Whatever", 400, Throttled),
        ("InvalidAccessKeyId.Whatever", 404, PermissionDenied),
        ("InvalidDataCacheId.NotFound", 404, NotFound),
        ("IncorrectDataCacheStatus", 400, NotReady),
        ("IncorrectStatus.Copying", 400, NotReady),
        ("InvalidStatus", 400, NotReady),
        ("Nobody.Knows", 409, NotReady),
        ("DataCacheNotExist", 400, NotFound),
        ("Nobody.Knows", 500, Unavailable),
        ("HTTP 503", 503, Unavailable),
        ("Nobody.Knows", 403, PermissionDenied),
        ("Nobody.Knows", 400, InvalidInput),
    ],
)
def test_unlisted_code(code: str, status: int, kind: type[CloudError]) -> None:
    assert Eci.errors.rule(code, status).kind is kind


@pytest.mark.parametrize("code", ["DataCache.Duplicated", "InvalidPath.Duplicate", "PathAlreadyExists", "Path.InUse"])
def test_taken_path_under_any_code(code: str) -> None:
    assert "deleteBeforeReplace" in Eci.errors.rule(code, 400, "the path exists").next_step


def test_access_key_not_found_is_not_a_thing_not_found() -> None:
    rules = Eci.errors.rules.items()
    assert not any(issubclass(found.kind, NotFound) for code, found in rules if code.startswith("InvalidAccessKeyId"))


def test_environment_comes_first() -> None:
    config = {"replicas:endpoints": '{"eci": "eci-vpc.example.com"}'}

    assert Connection.from_config("eci", config, {}).endpoint == "eci-vpc.example.com"
    assert Connection.from_config("eci", config, {"REPLICAS_ECI_ENDPOINT": "http://h:1"}).endpoint == "http://h:1"
    assert Connection.from_config("eci", {"replicas:endpoints": "{}"}, {}).endpoint is None


GUARDS: list[dict[str, Any]] = [
    {"replicas:loopbackOnly": "true"},
    {"replicas:loopbackOnly": True},
    {"replicas:sandbox": "true"},
    {"replicas:loopbackOnly": "false", "replicas:sandbox": "true"},
    {"replicas:loopbackOnly": "true", "replicas:sandbox": "false"},
]


@pytest.mark.parametrize(
    "endpoint", ["", "https://eci.aliyuncs.com", "eci.aliyuncs.com", "http://127.0.0.1.example.com"]
)
@pytest.mark.parametrize("guard", GUARDS)
def test_guarded_stack_calls_loopback_only(guard: dict[str, Any], endpoint: str) -> None:
    with pytest.raises(EndpointRefused, match=r"this stack is loopbackOnly .* Next: set REPLICAS_ECI_ENDPOINT to"):
        Connection.from_config("eci", guard, {"REPLICAS_ECI_ENDPOINT": endpoint})


@pytest.mark.parametrize("guard", [{}, {"replicas:loopbackOnly": "false", "replicas:sandbox": False}])
def test_other_stacks_call_any_endpoint(guard: dict[str, Any]) -> None:
    assert not endpoints.is_loopback_only(guard)
    assert Connection.from_config("eci", guard, {}).endpoint is None


@pytest.mark.parametrize("value", ["", "yes", "3", "null", 1])
def test_guard_that_says_neither_is_no_permission(value: Any) -> None:
    with pytest.raises(EndpointRefused, match=r"replicas:loopbackOnly is .* Next: write true or false, or remove it"):
        Connection.from_config("eci", {"replicas:loopbackOnly": value}, {})


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "127.0.0.1:1"])
def test_loopback(endpoint: str) -> None:
    found = Connection.from_config("eci", {"replicas:loopbackOnly": "true"}, {"REPLICAS_ECI_ENDPOINT": endpoint})

    assert found.endpoint == endpoint


@pytest.mark.parametrize("text", ["[1]", '{"eci": 1}', "eci.example.com"])
def test_endpoints_of_another_shape(text: str) -> None:
    with pytest.raises(EndpointRefused, match="replicas:endpoints is not a map"):
        Connection.from_config("eci", {"replicas:endpoints": text}, {})


REGIONS = ("cn-beijing", "ap-southeast-3")


def hosts(endpoint: str | None = None) -> list[str]:
    """Where requests of each region go, from one connection."""
    ecs = Ecs(Connection(endpoint, "id", "secret"))
    return [str(ecs._connected(region, "DescribeImages")._endpoint) for region in REGIONS]


@pytest.mark.usefixtures("_empty_chain")
def test_each_region_is_asked_at_its_own_host() -> None:
    assert hosts() == ["ecs.cn-beijing.aliyuncs.com", "ecs.ap-southeast-3.aliyuncs.com"]


@pytest.mark.usefixtures("_empty_chain")
def test_endpoint_that_names_the_region() -> None:
    assert hosts("https://ecs-vpc.{region}.aliyuncs.com") == [f"ecs-vpc.{region}.aliyuncs.com" for region in REGIONS]
    assert hosts("http://127.0.0.1:1") == ["127.0.0.1:1"] * 2
    tencent_profile = tencent.Connection("cbs.{region}.example").sdk_profile("ap-beijing")
    assert tencent_profile.httpProfile.endpoint == "cbs.ap-beijing.example"


def test_credentials_do_not_show() -> None:
    config = {
        "alicloud:accessKey": "canary-id",
        "alicloud:secretKey": "canary-secret",
        "alicloud:securityToken": "canary-t",
    }

    assert "canary" not in repr(Connection.from_config("eci", config, {}))


@pytest.fixture
def _empty_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    from alibabacloud_credentials import exceptions  # noqa: PLC0415 - a heavy import that few tests need
    from alibabacloud_credentials.provider import DefaultCredentialsProvider  # noqa: PLC0415 - as above

    def nothing(_self: object) -> None:
        raise exceptions.CredentialException("nothing")

    monkeypatch.setattr(DefaultCredentialsProvider, "get_credentials", nothing)


@pytest.mark.usefixtures("_empty_chain")
def test_config_credentials_where_the_chain_is_empty() -> None:
    keys = {"alicloud:accessKey": "id", "alicloud:secretKey": "secret", "alicloud:securityToken": "token"}

    found = Connection.from_config("eci", keys, {}).credentials().get_credential()

    assert (found.access_key_id, found.access_key_secret, found.security_token) == ("id", "secret", "token")


@pytest.mark.usefixtures("_empty_chain")
def test_no_credentials() -> None:
    with pytest.raises(CredentialsMissing, match="Next: set ALIBABA_CLOUD_ACCESS_KEY_ID"):
        Connection.from_config("eci", {}, {}).credentials()


def test_every_error_of_ours_is_expected() -> None:
    assert issubclass(CloudError, ReplicaError)
    rules = Eci.errors.rules.values()
    assert all(issubclass(found.kind, CloudError) and not found.next_step.endswith(".") for found in rules)
