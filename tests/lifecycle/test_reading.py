"""Reads of a region that gives no answer: its rows stay, the others are read, and it takes seconds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from components.clouds.account import WrongAccount
from components.clouds.errors import CloudError, CredentialsMissing, PermissionDenied, ReplicaError
from components.hosts.dynamic import DynamicProvider
from components.lifecycle import outcome
from components.providers.data_cache import DataCacheProvider
from components.providers.image_settings import ImageSettingsProvider
from sandbox.core.accounts import ACCOUNT_ID
from sandbox.core.control_client import ControlClient
from tests.lifecycle.fixtures import now
from tests.lifecycle.replicas import listed, use_keys

SILENCES: dict[str, dict[str, Any]] = {
    "forbidden": {"kind": "error", "code": "NoPermission", "status": 403},
    "unavailable": {"kind": "http_error", "status": 503},
    "no answer": {"kind": "drop_after"},
    "no JSON": {"kind": "non_json", "status": 200},
    "out of order": {"kind": "error", "code": "UnsupportedRegion", "status": 400},
}
ELSEWHERE = {"cn-hangzhou": "cn-shanghai", "ap-beijing": "ap-singapore"}


@pytest.fixture
def unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where silent regions are reported to the runner."""
    path = tmp_path / "unread"
    monkeypatch.setenv(outcome.UNREAD, str(path))
    return path


@pytest.fixture(params=["provider", "snapshots", "cvm_images", "ecs_snapshots"])
def served(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


def silence(control: ControlClient, provider: DynamicProvider[Any], region: str, kind: str = "forbidden") -> None:
    control.advance(20)  # a listing is as old as that
    service = provider.lifecycle.cloud.name
    order = SILENCES[kind] | {"service": service, "region": region, "count": None}
    if service in {"cbs", "cvm"} and kind == "forbidden":
        order |= {"code": "UnauthorizedOperation"}
    control.post("faults", order)


def asked(control: ControlClient) -> int:
    return len([call for call in control.get("calls") if call["action"].startswith("Describe")])


def own(outputs: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in outputs.items() if key != "__provider"}


@pytest.mark.parametrize("kind", SILENCES)
def test_row_of_a_silent_region_stays_as_it_is(
    served: Any, control: ControlClient, unread: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    id_, outputs = listed(served)
    silence(control, served, outputs["region"], kind)
    started = now(control)()

    read = served.read(id_, outputs)

    assert (read.id, read.outs) == (id_, own(outputs))
    assert now(control)() - started < 60
    (warning,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("warning: ")]
    assert f"; what is recorded of {outputs['region']} is kept. Next: " in warning
    (found,) = outcome.unread(unread)
    assert (found.region, found.service) == (outputs["region"], served.lifecycle.cloud.name)
    assert found.problem in warning


def test_silent_region_is_asked_once_and_after_a_while_again(served: Any, control: ControlClient, unread: Path) -> None:
    id_, outputs = listed(served)
    silence(control, served, outputs["region"])
    served.read(id_, outputs)
    before = asked(control)
    for _ in range(3):
        served.read(id_, outputs)
    assert asked(control) == before
    control.advance(60)
    control.delete("faults")

    served.read(id_, outputs)

    assert asked(control) > before
    assert len(outcome.unread(unread)) == 1


@pytest.mark.usefixtures("unread")
def test_region_that_the_runner_found_silent_is_not_asked(served: Any, control: ControlClient) -> None:
    id_, outputs = listed(served)
    control.advance(20)
    del served.lifecycle.__dict__["_reading"]  # a process of its own
    outcome.write_unread(outputs["region"], served.lifecycle.cloud.name, "down")
    before = asked(control)

    assert served.read(id_, outputs).id == id_
    assert asked(control) == before


@pytest.mark.usefixtures("unread")
def test_silence_of_another_service_is_not_its_own(served: Any, control: ControlClient) -> None:
    id_, outputs = listed(served)
    control.advance(20)
    del served.lifecycle.__dict__["_reading"]
    outcome.write_unread(outputs["region"], "another", "down")
    before = asked(control)

    served.read(id_, outputs)

    assert asked(control) > before


def test_other_regions_are_read(served: Any, control: ControlClient) -> None:
    id_, outputs = listed(served)
    elsewhere, outputs_elsewhere = listed(served, region=ELSEWHERE[outputs["region"]])
    silence(control, served, outputs["region"])
    served.read(id_, outputs)

    read = served.read(elsewhere, {**outputs_elsewhere, "name": "of before"})

    assert read.id == elsewhere
    assert read.outs["name"] == outputs_elsewhere["name"]


def test_silence_says_nothing_of_a_copy_that_is_gone(served: Any, control: ControlClient) -> None:
    """It is gone when the region answers."""
    control.post("settings", {"requests_per_second": 1000})
    id_, outputs = listed(served)
    control.advance(200)
    served.delete(id_, outputs)
    control.advance(100)
    silence(control, served, outputs["region"])
    assert served.read(id_, outputs).id == id_
    control.delete("faults")
    control.advance(100)

    assert served.read(id_, outputs).id == ""


def test_delete_in_a_silent_region_fails_in_one_line(served: Any, control: ControlClient, unread: Path) -> None:
    """And the next one at once: the row stays, and so does the copy."""
    id_, outputs = listed(served)
    control.advance(200)
    silence(control, served, outputs["region"], "unavailable")
    started = now(control)()

    with pytest.raises(ReplicaError, match=f"^deleting .* {id_} in {outputs['region']}: describing .*Next: run the "):
        served.delete(id_, outputs)
    between, before = now(control)(), asked(control)
    with pytest.raises(ReplicaError):
        served.delete(id_, outputs)

    assert between - started < 60
    assert now(control)() - between < 1
    assert asked(control) == before
    assert [each.region for each in outcome.unread(unread)] == [outputs["region"]]
    assert id_ in str(control.get("inventory"))


def test_other_accounts_keys_end_a_read_that_is_forbidden(
    provider: DataCacheProvider, control: ControlClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_, outputs = listed(provider)
    keys = [{"access_key_id": "other", "access_key_secret": "s"}]
    control.post("seed", {"accounts": [{"id": "2000000000000002", "keys": keys}]})
    silence(control, provider, "cn-hangzhou")
    use_keys(monkeypatch, "other", "s")
    provider.lifecycle.cloud.forget_clients()
    provider.lifecycle.cloud._caller = None

    with pytest.raises(WrongAccount):
        provider.read(id_, outputs)


@pytest.mark.parametrize("is_recorded", [True, False], ids=["", "of 0.1.0"])
def test_refused_keys_end_a_read(
    provider: DataCacheProvider, control: ControlClient, monkeypatch: pytest.MonkeyPatch, is_recorded: bool
) -> None:
    id_, outputs = listed(provider)
    control.advance(20)
    if not is_recorded:
        outputs = {key: value for key, value in outputs.items() if key not in {"account", "endpoint_kind"}}
    use_keys(monkeypatch, "unknown", "s")
    provider.lifecycle.cloud.forget_clients()
    provider.lifecycle.cloud._caller = None

    with pytest.raises(PermissionDenied):
        provider.read(id_, outputs)


def test_missing_keys_end_a_read(
    provider: DataCacheProvider, control: ControlClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_, outputs = listed(provider)
    control.advance(20)

    def none(*_: Any) -> Any:
        raise CredentialsMissing("no credentials", "set them")

    monkeypatch.setattr(type(provider.lifecycle.cloud), "_found_credentials", none)
    provider.lifecycle.cloud.forget_clients()

    with pytest.raises(CredentialsMissing):
        provider.read(id_, outputs)


def test_image_of_a_silent_region_stays(ecs: Any, control: ControlClient, unread: Path) -> None:
    control.post("seed", {"images": [{"region": "cn-beijing", "id": "m-1"}]})
    provider = ImageSettingsProvider()
    provider.lifecycle.cloud, provider.lifecycle.clock = ecs, now(control)
    known = {"image_id": "m-1", "region": "cn-beijing", "account": ACCOUNT_ID, "endpoint_kind": "loopback"}
    silence(control, provider, "cn-beijing")

    assert provider.read("m-1", known).outs == known
    assert [each.region for each in outcome.unread(unread)] == ["cn-beijing"]


def test_error_is_raised_where_nothing_is_read(served: Any, control: ControlClient) -> None:
    """What is asked by a change is that change's error."""
    id_, outputs = listed(served)
    control.advance(200)
    silence(control, served, outputs["region"])

    with pytest.raises(CloudError):
        served.update(id_, outputs, {**own(outputs), "name": "another"})
