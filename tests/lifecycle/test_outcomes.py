"""How a creation ended reaches the runner as data: what the provider process writes, and what is read of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from components.clouds.errors import InvalidInput, NoAnswer
from components.lifecycle import outcome
from components.lifecycle.outcome import Ended, Outcome, OutcomeUnknown
from components.providers.data_cache import DataCacheProvider
from sandbox.core.control_client import ControlClient
from tests.lifecycle.replicas import inputs


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(outcome.FILE, str(tmp_path / "outcomes"))
    return tmp_path / "outcomes"


def fault(control: ControlClient, kind: str, **more: Any) -> None:
    control.post("faults", {"service": "eci", "action": "CopyDataCache", "kind": kind, **more})


def test_started(provider: DataCacheProvider, file: Path) -> None:
    declared = inputs(provider)

    made = provider.create(declared)

    assert list(outcome.read(file)) == [Ended(declared["copy_token"], Outcome.STARTED, made.id)]


def test_refused(provider: DataCacheProvider, control: ControlClient, file: Path) -> None:
    declared = inputs(provider)
    fault(control, "error", code="QuotaExceeded", status=403, count=None)

    with pytest.raises(Exception, match="QuotaExceeded"):
        provider.create(declared)

    assert list(outcome.read(file)) == [Ended(declared["copy_token"], Outcome.REFUSED, "")]


def test_no_answer_is_unknown(provider: DataCacheProvider, control: ControlClient, file: Path) -> None:
    declared = inputs(provider)
    fault(control, "drop_before", count=None)

    with pytest.raises(OutcomeUnknown):
        provider.create(declared)

    assert list(outcome.read(file)) == [Ended(declared["copy_token"], Outcome.UNKNOWN, "")]


def test_lost_answer_followed_by_an_odd_one_is_unknown(
    provider: DataCacheProvider, control: ControlClient, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The traceback quotes the first error, next step and all: what it says decides nothing."""
    declared = inputs(provider)
    fault(control, "drop_after", count=None)

    def odd(*_: Any, **__: Any) -> list[Any]:
        raise TypeError("'NoneType' object is not iterable")

    monkeypatch.setattr(provider.lifecycle.cloud, "find_by_tag", odd)

    with pytest.raises(TypeError) as raised:
        provider.create(declared)

    assert ". Next: " in str(raised.value.__context__)
    assert list(outcome.read(file)) == [Ended(declared["copy_token"], Outcome.UNKNOWN, "")]


def test_without_a_file_nothing_is_written(
    provider: DataCacheProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(outcome.FILE, raising=False)
    monkeypatch.chdir(tmp_path)

    provider.create(inputs(provider))

    assert list(tmp_path.iterdir()) == []


def test_unwritable_file_does_not_lose_the_copy(
    provider: DataCacheProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(outcome.FILE, str(tmp_path / "no such directory" / "outcomes"))

    assert provider.create(inputs(provider)).id


@pytest.mark.parametrize(
    "line",
    [
        "",
        "not json",
        "[]",
        '"refused"',
        '{"token": "t", "outcome": "refused"}',
        '{"token": "t", "outcome": "refused", "id": "", "more": 1}',
        '{"token": "t", "outcome": "perhaps", "id": ""}',
        '{"token": "t", "outcome": "refused", "id"',
    ],
)
def test_line_of_another_form_is_skipped(tmp_path: Path, line: str) -> None:
    good = {"token": "u", "outcome": "started", "id": "edc-1"}
    (tmp_path / "outcomes").write_text(f"{line}\n{json.dumps(good)}\n")

    assert list(outcome.read(tmp_path / "outcomes")) == [Ended("u", Outcome.STARTED, "edc-1")]


def test_missing_or_unreadable_file_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")

    assert list(outcome.read(tmp_path / "missing")) == []
    assert list(outcome.read(tmp_path / "binary")) == []


def _cloud_error(kind: type[Any], *, maybe_done: bool) -> BaseException:
    fields: Mapping[str, str] = {"doing": "copying x", "code": "C", "message": "m", "next_step": "n"}
    error: BaseException = kind(**fields)
    error.maybe_done = maybe_done  # type: ignore[attr-defined]  # a CloudError
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (_cloud_error(InvalidInput, maybe_done=False), Outcome.REFUSED),
        (_cloud_error(InvalidInput, maybe_done=True), Outcome.UNKNOWN),
        (_cloud_error(NoAnswer, maybe_done=True), Outcome.UNKNOWN),
        (OutcomeUnknown("copying x", "look"), Outcome.UNKNOWN),
        (ValueError("x. Next: y."), Outcome.UNKNOWN),
        (KeyboardInterrupt(), Outcome.UNKNOWN),
    ],
)
def test_only_an_expected_refusal_is_one(error: BaseException, expected: Outcome) -> None:
    assert outcome.of_error(error) is expected
