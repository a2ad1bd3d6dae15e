"""What a run on the sandbox gets from the sandbox's own command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from sandbox.__main__ import main
from sandbox.core.accounts import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from sandbox.core.claim import Claim
from sandbox.plugins.stand_ins import resources_of
from sandbox.services import NATIVE_RESOURCES as RESOURCES
from sandbox.services import SERVICES
from sandbox.target import target

URL = "http://127.0.0.1:9000"
BASE = {"SANDBOX_PORT": "9000"}


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["target", *arguments]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("backend", "shown"),
    [
        ("s3://states?region=cn-north-1&secret=abc", "s3://states"),
        ("postgres://me:geheim@127.0.0.1:5432/states?sslmode=disable", "postgres://127.0.0.1:5432/states"),
    ],
)
def test_the_callers_backend_is_honoured_and_shown_without_its_secrets(
    tmp_path: Path, backend: str, shown: str
) -> None:
    found = target(tmp_path, {**BASE, "PULUMI_BACKEND_URL": backend})

    assert found["environment"]["PULUMI_BACKEND_URL"] == backend
    assert found["description"].endswith(f"with stack state in {shown}")
    assert not (tmp_path / ".pulumi-state").exists()


def test_every_service_has_its_endpoint(tmp_path: Path) -> None:
    environment = target(tmp_path, BASE)["environment"]

    assert {name: value for name, value in environment.items() if name.startswith("REPLICAS_")} == {
        f"REPLICAS_{service.name.upper()}_ENDPOINT": URL for service in SERVICES if service.name != "sts"
    }
    assert {"REPLICAS_ECI_ENDPOINT", "REPLICAS_ECS_ENDPOINT", "REPLICAS_CBS_ENDPOINT"} <= set(environment)


def test_whose_keys_they_are_is_asked_where_the_service_is(tmp_path: Path) -> None:
    """A caller who has a service elsewhere has the keys of that place."""
    environment = target(tmp_path, {**BASE, "REPLICAS_ECI_ENDPOINT": "http://127.0.0.1:7"})["environment"]

    assert "REPLICAS_STS_ENDPOINT" not in environment


def test_endpoint_of_the_caller_stays(tmp_path: Path) -> None:
    environment = target(tmp_path, {**BASE, "REPLICAS_ECS_ENDPOINT": "127.0.0.1:7"})["environment"]

    assert environment["REPLICAS_ECS_ENDPOINT"] == "127.0.0.1:7"
    assert environment["REPLICAS_ECI_ENDPOINT"] == URL


@pytest.mark.parametrize(
    ("names", "value"),
    [
        (("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALICLOUD_ACCESS_KEY", "TENCENTCLOUD_SECRET_ID"), ACCESS_KEY_ID),
        (("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALICLOUD_SECRET_KEY", "TENCENTCLOUD_SECRET_KEY"), ACCESS_KEY_SECRET),
        (("ALIBABA_CLOUD_SECURITY_TOKEN", "ALICLOUD_SECURITY_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN"), ""),
        (("PULUMI_CONFIG_PASSPHRASE_FILE", "HTTP_PROXY", "http_proxy"), ""),
        (("ALIBABA_CLOUD_ECS_METADATA_DISABLED",), "true"),
        (("PULUMI_IGNORE_AMBIENT_PLUGINS",), "false"),
    ],
)
def test_what_the_caller_has_is_replaced(tmp_path: Path, names: tuple[str, ...], value: str) -> None:
    environment = target(tmp_path, {**BASE, **dict.fromkeys(names, "the caller's")})["environment"]

    assert {name: environment[name] for name in names} == dict.fromkeys(names, value)


def test_state_backend_is_made(tmp_path: Path) -> None:
    found = target(tmp_path, BASE)

    assert found["environment"]["PULUMI_BACKEND_URL"] == f"file://{tmp_path}/.pulumi-state"
    assert found["environment"]["PULUMI_CONFIG_PASSPHRASE"]
    assert (tmp_path / ".pulumi-state").is_dir()
    assert target(tmp_path, BASE) == found
    assert found["description"] == f"the sandbox on {URL}, with stack state in {tmp_path}/.pulumi-state"


@pytest.mark.parametrize("name", ["feature%2Fx", "a b", "a#b", "a?b=c", "a%20b", "检出", "a'b\"$(c)&d;e", "~a", "a+b"])
def test_url_of_the_state_leads_to_its_directory_whatever_the_checkout_is_called(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()

    url = urlsplit(target(tmp_path / name, BASE)["environment"]["PULUMI_BACKEND_URL"])

    assert (url.scheme, url.netloc, url.query, url.fragment) == ("file", "", "", "")
    assert Path(unquote(url.path)) == tmp_path / name / ".pulumi-state"
    assert url.path.isascii()


def test_default_port_without_a_server(tmp_path: Path) -> None:
    environment = target(tmp_path, {"SANDBOX_STATE": str(tmp_path)})["environment"]

    assert environment["REPLICAS_ECI_ENDPOINT"] == "http://127.0.0.1:8747"


def test_port_of_the_server_of_the_state_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.core.claim.claimed", lambda _: Claim(1, "127.0.0.1", 4711))

    environment = target(tmp_path, {"SANDBOX_STATE": str(tmp_path)})["environment"]

    assert environment["REPLICAS_ECI_ENDPOINT"] == "http://127.0.0.1:4711"


@pytest.mark.parametrize("endpoint", ["127.0.0.1:9000", URL])
def test_proxy_catches_the_real_alicloud_plugin(tmp_path: Path, endpoint: str) -> None:
    proxy = target(tmp_path, {"REPLICAS_ECS_ENDPOINT": endpoint})["proxy"]

    assert proxy["HTTP_PROXY"] == URL
    assert "http_proxy" not in proxy  # gRPC would send the engine's own calls through it
    assert proxy["NO_PROXY"] == proxy["no_proxy"] == "127.0.0.1,localhost,::1"


def test_plugins_are_the_programs_of_the_one_list(tmp_path: Path) -> None:
    programs = Path(target(tmp_path, BASE)["plugins"])

    found = {path.parent.name: path for path in programs.glob("*/pulumi-resource-*")}
    assert set(found) == set(RESOURCES)
    for plugin, program in found.items():
        assert program.name == f"pulumi-resource-{plugin}"
        assert os.access(program, os.X_OK)
        assert {kind.PLUGIN for kind in resources_of(plugin)} == {plugin}


def test_command_prints_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(printed(capsys, "--port", "9000", "--directory", str(tmp_path)))

    assert found == target(tmp_path, BASE)
    assert set(found) == {"environment", "plugins", "proxy", "description"}


def test_bad_port_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SANDBOX_PORT", "high")

    assert main(["target", "--directory", str(tmp_path)]) == 1

    assert capsys.readouterr() == ("", "sandbox: SANDBOX_PORT: 'high' is not a port\n")
    assert not (tmp_path / ".pulumi-state").exists()


def test_directory_that_does_not_exist_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["target", "--port", "9000", "--directory", str(tmp_path / "no")]) == 1

    assert len(capsys.readouterr().err.splitlines()) == 1


def test_target_imports_no_cloud_and_no_server() -> None:
    probe = (
        "import sys, sandbox.__main__; print(*[name for name in sys.modules"
        " if name.startswith(('werkzeug', 'sandbox.alibaba', 'sandbox.tencent', 'grpc'))])"
    )
    root = Path(__file__).resolve().parents[3]
    loaded = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", probe], cwd=root, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.split() == []
