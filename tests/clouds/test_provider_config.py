"""Stack config of the vendors' providers: what is honoured, in which order, and what is refused by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from pulumi.dynamic import Config, ConfigureRequest

from components.clouds.alibaba import connection as alibaba
from components.clouds.alibaba.provider_config import ALICLOUD
from components.clouds.connection import Connection
from components.clouds.errors import CredentialsMissing
from components.clouds.provider_config import ConfigRefused, ProviderConfig
from components.clouds.tencent import connection as tencent
from components.clouds.tencent.provider_config import TENCENTCLOUD
from components.providers.data_cache import DataCacheProvider

VENDORS = {"alicloud": ALICLOUD, "tencentcloud": TENCENTCLOUD}
KEYS = {
    "alicloud:accessKey": "of-config",
    "alicloud:secretKey": "secret",
    "tencentcloud:secretId": "of-config",
    "tencentcloud:secretKey": "secret",
}
ROLE = {"roleArn": "acs:ram::1:role/copier", "sessionName": "replicas"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without credentials, but for two profiles of each vendor."""
    variables = [
        name for vendor in VENDORS.values() for names in vendor.key_variables for each in names for name in each
    ]
    nested = [
        name if isinstance(name, dict) else {"": name} for each in VENDORS.values() for name in each.variables.values()
    ]
    for name in (*variables, *(name for each in nested for name in each.values())):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    profiles = [
        {"name": name, "mode": "AK", "access_key_id": f"of-{name}", "access_key_secret": "secret"}
        for name in ("default", "other")
    ]
    (tmp_path / ".aliyun").mkdir()
    (tmp_path / ".aliyun" / "config.json").write_text(json.dumps({"current": "default", "profiles": profiles}))
    (tmp_path / ".tccli").mkdir()
    for name in ("default", "other"):
        keys = {"secretId": f"of-{name}", "secretKey": "secret"}
        (tmp_path / ".tccli" / f"{name}.credential").write_text(json.dumps(keys))
    return tmp_path


def signer(connection: Connection) -> str:
    """The key id that requests are signed with."""
    found = connection.credentials()
    return str(found.get_credential().access_key_id if isinstance(connection, alibaba.Connection) else found.secret_id)


def signers(config: dict[str, Any]) -> set[str]:
    """The same of both vendors."""
    return {
        signer(alibaba.Connection.from_config("eci", config)),
        signer(tencent.Connection.from_config("cbs", config)),
    }


PROFILES = {"alicloud:profile": "other", "tencentcloud:profile": "other"}


def test_profile_of_the_stack_config_is_used_and_not_the_current_one() -> None:
    assert signers(PROFILES) == {"of-other"}


def test_profile_in_a_file_of_the_stack_config(home: Path) -> None:
    (home / ".aliyun").rename(home / "elsewhere")
    (home / ".tccli" / "other.credential").rename(home / "elsewhere" / "other.credential")
    files = {
        "alicloud:sharedCredentialsFile": "~/elsewhere/config.json",
        "tencentcloud:sharedCredentialsDir": "~/elsewhere",
    }

    assert signers({**PROFILES, **files}) == {"of-other"}


def test_access_key_of_the_stack_config_comes_before_a_profile() -> None:
    assert signers({**PROFILES, **KEYS}) == {"of-config"}


def test_access_key_of_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"):
        monkeypatch.setenv(name, "of-environment")
    for name in ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY"):
        monkeypatch.setenv(name, "of-environment")

    assert signers({**PROFILES, **KEYS}) == {"of-environment"}


def test_profile_that_the_native_provider_reads_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALICLOUD_PROFILE", "other")
    monkeypatch.setenv("TENCENTCLOUD_PROFILE", "other")

    assert signers({}) == {"of-other"}
    assert signers({"alicloud:profile": "default", "tencentcloud:profile": "default"}) == {"of-default"}


@pytest.mark.parametrize(
    ("connection", "file"),
    [
        (alibaba.Connection.from_config("eci", {"alicloud:profile": "nobody"}), ".aliyun/config.json"),
        (tencent.Connection.from_config("cbs", {"tencentcloud:profile": "nobody"}), ".tccli/nobody.credential"),
    ],
)
def test_profile_that_is_missing_is_an_error_and_nothing_else_is_used(connection: Connection, file: str) -> None:
    with pytest.raises(CredentialsMissing, match=rf"credentials were found in .*{file} \(\w+\)\. Next: ") as raised:
        connection.credentials()
    assert "\n" not in str(raised.value)


def test_half_an_access_key_of_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("TENCENTCLOUD_SECRET_ID", "id")

    for connection in (alibaba.Connection(), tencent.Connection()):
        with pytest.raises(CredentialsMissing, match="has the id of an access key, but not its secret"):
            connection.credentials()


def test_role_is_assumed_at_alibaba(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, dict[str, str]]] = []
    keys = {
        "AccessKeyId": "of-role",
        "AccessKeySecret": "s",
        "SecurityToken": "t",
        "Expiration": "2099-01-01T00:00:00Z",
    }

    def answer(request: Any, _options: Any = None) -> Any:
        asked.append((request.headers["host"], request.query))
        return SimpleNamespace(status_code=200, body=json.dumps({"Credentials": keys}).encode())

    from Tea.core import TeaCore  # noqa: PLC0415 - heavy

    monkeypatch.setattr(TeaCore, "do_action", answer)
    role = {**ROLE, "policy": "{}", "sessionExpiration": 1800, "externalId": "x"}
    config = {"alicloud:profile": "other", "alicloud:assumeRole": json.dumps(role), "alicloud:region": "cn-beijing"}

    assert signer(alibaba.Connection.from_config("eci", config)) == "of-role"
    (host, query), *_ = asked
    assert host == "sts.cn-beijing.aliyuncs.com"
    wanted = {"RoleArn": ROLE["roleArn"], "RoleSessionName": "replicas", "Policy": "{}", "DurationSeconds": "1800"}
    assert query.items() >= {**wanted, "ExternalId": "x", "AccessKeyId": "of-other"}.items()


def test_role_at_alibaba_is_not_assumed_for_a_loopback_endpoint() -> None:
    config = {"alicloud:assumeRole": json.dumps(ROLE), "replicas:endpoints": '{"eci": "http://127.0.0.1:1"}'}

    with pytest.raises(
        ConfigRefused, match=r"a role is assumed at STS, and the ECI endpoint http://127\.0\.0\.1:1 is on"
    ):
        alibaba.Connection.from_config("eci", config, {})


class Sts(BaseHTTPRequestHandler):
    """Tencent Cloud's, as far as it is asked here."""

    asked: ClassVar[list[Any]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(
            (self.headers["X-TC-Action"], self.headers["X-TC-Region"], self.headers["Authorization"], body)
        )
        keys = {"TmpSecretId": "of-role", "TmpSecretKey": "s", "Token": "t"}
        answer = json.dumps({"Response": {"Credentials": keys, "ExpiredTime": 4070908800, "RequestId": "r"}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def sts() -> Iterator[str]:
    Sts.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Sts) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield json.dumps({"cbs": f"http://127.0.0.1:{server.server_port}"})
        server.shutdown()


@pytest.mark.parametrize("says", ["config", "environment", "profile"])
def test_role_is_assumed_at_tencent(says: str, sts: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = {"tencentcloud:profile": "other", "replicas:endpoints": sts, "tencentcloud:region": "ap-beijing"}
    if says == "config":
        config["tencentcloud:assumeRole"] = json.dumps(ROLE)
    elif says == "environment":
        monkeypatch.setenv("TENCENTCLOUD_ASSUME_ROLE_ARN", ROLE["roleArn"])
        monkeypatch.setenv("TENCENTCLOUD_ASSUME_ROLE_SESSION_NAME", ROLE["sessionName"])
    else:
        keys = {"secretId": "of-other", "secretKey": "secret"}
        role = {"role-arn": ROLE["roleArn"], "role-session-name": ROLE["sessionName"]}
        (home / ".tccli" / "other.credential").write_text(json.dumps({**keys, **role}))

    found = tencent.Connection.from_config("cbs", config).credentials()

    assert (found.secret_id, found.secret_key, found.token) == ("of-role", "s", "t")
    ((action, region, authorization, body),) = Sts.asked
    assert (action, region) == ("AssumeRole", "ap-beijing")
    assert "Credential=of-other/" in authorization
    assert body == {"RoleArn": ROLE["roleArn"], "RoleSessionName": "replicas", "DurationSeconds": 7200}


def test_site_and_protocol_of_tencent() -> None:
    config = {"tencentcloud:domain": "intl.tencentcloudapi.com", "tencentcloud:protocol": "HTTP"}
    http = tencent.Connection.from_config("cbs", config, {}).sdk_profile("ap-beijing").httpProfile
    elsewhere = {**config, "replicas:endpoints": '{"cbs": "https://cbs.internal"}'}
    named = tencent.Connection.from_config("cbs", elsewhere, {}).sdk_profile("ap-beijing").httpProfile

    assert (http.protocol, http.endpoint) == ("http", "cbs.intl.tencentcloudapi.com")
    assert (named.protocol, named.endpoint) == ("https", "cbs.internal")


def test_protocol_of_alibaba() -> None:
    config = {"alicloud:protocol": "HTTP", "replicas:endpoints": '{"eci": "eci.internal"}'}

    found = alibaba.Connection.from_config("eci", config, {}).sdk_config("cn-beijing", None)

    assert (found.protocol, found.endpoint) == ("http", "eci.internal")


def test_dynamic_provider_is_given_every_key_that_is_honoured() -> None:
    config = {**PROFILES, "alicloud:assumeRole": json.dumps(ROLE), "alicloud:region": "cn-beijing"}
    provider = DataCacheProvider()

    provider.configure(ConfigureRequest(Config(config, "replicas")))

    given = provider.lifecycle.cloud.connection.given
    assert given == {"profile": "other", "assumeRole": ROLE, "region": "cn-beijing"}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"alicloud:accessKey": "k"}, ["alicloud:secretKey: is required with alicloud:accessKey"]),
        ({"tencentcloud:secretKey": "k"}, ["tencentcloud:secretId: is required with tencentcloud:secretKey"]),
        (
            {"alicloud:securityToken": "t"},
            ["alicloud:securityToken: needs alicloud:accessKey and alicloud:secretKey beside it"],
        ),
        ({"alicloud:assumeRole": "{}"}, ["alicloud:assumeRole.roleArn: is required"]),
        ({"alicloud:assumeRole": "acs:ram::1:role/x"}, ["alicloud:assumeRole: should be a map"]),
        (
            {"alicloud:assumeRole": '{"roleArn": "r", "rolArn": 1, "sessionExpiration": 60}'},
            [
                "alicloud:assumeRole.rolArn: is not a known key here: check its spelling",
                "alicloud:assumeRole.sessionExpiration: should be a whole number, 900 to 43200",
            ],
        ),
        ({"alicloud:protocol": "ftp"}, ["alicloud:protocol: should be HTTP or HTTPS"]),
        ({"alicloud:skipRegionValidation": "perhaps"}, ["alicloud:skipRegionValidation: should be true or false"]),
        ({"tencentcloud:profile": ["x"]}, ["tencentcloud:profile: should be a text"]),
    ],
)
def test_mistake(config: dict[str, Any], expected: list[str]) -> None:
    found = [f"{path}: {reason}" for vendor in VENDORS.values() for path, reason in vendor.parse(config)[1]]

    assert sorted(found) == expected


@pytest.mark.parametrize("vendor", VENDORS.values(), ids=VENDORS)
def test_empty_texts_are_as_good_as_none(vendor: ProviderConfig) -> None:
    assert vendor.parse(dict.fromkeys(vendor.config_keys, "")) == ({}, [])


@pytest.mark.parametrize(
    ("connection", "key"),
    [(tencent.Connection, f"tencentcloud:{key}") for key in TENCENTCLOUD.refused]
    + [(alibaba.Connection, f"alicloud:{key}") for key in ALICLOUD.refused],
)
def test_what_would_choose_another_account_is_refused_in_any_program(connection: type[Connection], key: str) -> None:
    """A program of its own with our components has other keys of the vendor's provider: those are not looked at."""
    with pytest.raises(ConfigRefused, match=f"^{key}: is not supported here; supported are "):
        connection.from_config("eci", {key: "canary"}, {})
    assert connection.from_config("eci", {"alicloud:maxRetryTimeout": "3", "tencentcloud:cosDomain": "x"}, {})


def test_nothing_of_it_shows() -> None:
    config = {"alicloud:accessKey": "canary", "alicloud:secretKey": "canary", "alicloud:profile": "canary"}

    assert "canary" not in repr(alibaba.Connection.from_config("eci", config, {}))


def test_stack_config_alone_holds_nothing_of_the_environment() -> None:
    environment = {"ALICLOUD_PROFILE": "of-environment"}

    assert ALICLOUD.read({}, environment) == {"profile": "of-environment"}
    assert ALICLOUD.of_config({}, environment) == {}
    assert ALICLOUD.of_config({"alicloud:profile": "own"}, environment) == {"profile": "own"}
