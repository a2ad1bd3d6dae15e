"""The pinned SDK's own provider server: expected errors leave it as one line, unexpected ones with their traceback."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pulumi.dynamic.dynamic import serialize_provider

from components.providers.data_cache import DataCacheProvider
from components.providers.snapshot import SnapshotProvider
from sandbox.core.control_client import ControlClient
from sandbox.core.server import SandboxServer
from tests.lifecycle.provider_process import PROVIDER, REFERENCE, CallFailed, ProviderProcess
from tests.lifecycle.replicas import DECLARED, DECLARED_SNAPSHOT

SECRET = "a-token-that-nobody-may-read"


@pytest.fixture
def process(server: SandboxServer, control: ControlClient) -> Iterator[ProviderProcess]:
    control.post("settings", {"delete_seconds": 0})
    with ProviderProcess(server.url) as running:
        yield running


def checked(process: ProviderProcess, olds: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    return process.check(olds or {}, {**DECLARED, **changed, PROVIDER: REFERENCE})


def checked_snapshot(process: ProviderProcess, **changed: Any) -> dict[str, Any]:
    return process.check({}, {**DECLARED_SNAPSHOT, **changed, PROVIDER: serialize_provider(SnapshotProvider())})


def test_create_and_delete(process: ProviderProcess, control: ControlClient) -> None:
    id_, outputs = process.create(checked(process, retention_days=7))

    assert [entry["id"] for entry in control.get("inventory")["eci"]["cn-hangzhou"]] == [id_]
    control.advance(200)
    process.delete(id_, outputs)
    assert control.get("inventory")["eci"].get("cn-hangzhou", []) == []


def test_create_and_delete_of_a_snapshot(process: ProviderProcess, control: ControlClient) -> None:
    id_, outputs = process.create(checked_snapshot(process))

    assert [entry["id"] for entry in control.get("inventory")["cbs"]["ap-beijing"]] == [id_]
    control.advance(200)
    process.delete(id_, outputs)
    assert control.get("inventory")["cbs"].get("ap-beijing", []) == []


def test_expected_error_is_one_line(process: ProviderProcess) -> None:
    reported = {
        "copying DataCache edc-2znothing from cn-beijing to cn-hangzhou: ": checked(process, source_id="edc-2znothing"),
        "copying Snapshot snap-nothing from ap-guangzhou to ap-beijing: InvalidSnapshotId.NotFound: ": checked_snapshot(
            process, source_id="snap-nothing"
        ),
    }
    for start, inputs in reported.items():
        with pytest.raises(CallFailed) as raised:
            process.create(inputs)

        details = str(raised.value)
        assert "\n" not in details
        assert details.startswith(start)
        assert ". Next: " in details


def test_unexpected_error_keeps_its_traceback(process: ProviderProcess) -> None:
    broken = checked(process)
    del broken["region"]

    with pytest.raises(CallFailed) as raised:
        process.create(broken)

    details = str(raised.value)
    assert "Traceback" in details
    assert "KeyError: 'region'" in details


def test_reference_is_short_and_stable() -> None:
    """By reference, not by value: code changes never show as a diff, and no bytecode is in the state."""
    assert serialize_provider(DataCacheProvider()) == REFERENCE
    assert serialize_provider(SnapshotProvider()) == serialize_provider(SnapshotProvider())
    assert max(len(REFERENCE), len(serialize_provider(SnapshotProvider()))) < 120


def reload_with(secret: str) -> dict[str, Any]:
    return {"trigger": "1", "data_source": {"type": "URL", "options": {"repoId": "a/b", "credential": secret}}}


def test_secret_option_arrives_in_plain(process: ProviderProcess, control: ControlClient) -> None:
    """The server takes no secrets: the engine opens them before a call, and closes them again by their names."""
    assert process.accepts_secrets is False
    id_, outputs = process.create(checked(process))
    control.advance(200)

    outputs = process.update(id_, outputs, checked(process, outputs, reload=reload_with(SECRET)))

    assert outputs["reload"] == reload_with(SECRET)
    (call,) = control.get("calls", action="UpdateDataCache")
    assert call["params"]["DataSource.Options.#10#credential"] == SECRET


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "error", "code": "InvalidParameter.DataSource.Options", "message": "It cannot be read."},
        {"kind": "error", "code": "Forbidden.SubUser"},
    ],
    ids=lambda fault: fault["code"],
)
def test_secret_option_is_in_no_error(process: ProviderProcess, control: ControlClient, fault: dict[str, Any]) -> None:
    id_, outputs = process.create(checked(process))
    control.advance(200)
    news = checked(process, outputs, reload=reload_with(SECRET))
    control.post("faults", {"service": "eci", "action": "UpdateDataCache", "count": 1, **fault})

    with pytest.raises(CallFailed) as raised:
        process.update(id_, outputs, news)

    assert "updating DataCache" in str(raised.value)
    assert SECRET not in str(raised.value)
    assert not any(SECRET in line for line in process.printed)


@pytest.mark.parametrize("secret", [SECRET, 271828, True])
def test_secret_option_is_in_no_broken_rule(process: ProviderProcess, secret: Any) -> None:
    block = reload_with(secret)
    block["data_source"]["options"]["#9#credential"] = secret

    with pytest.raises(CallFailed) as raised:
        checked(process, reload=block)

    assert str(secret) not in str(raised.value)
