"""The journal of creations: which stay open, and what is known of them later."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from components.lifecycle import outcome
from components.lifecycle.outcome import Outcome
from tools.runner.journal import Journal

SNAPSHOT = "pulumi-python:dynamic/tencent:SnapshotCopy"
IMAGE = "alicloud:ecs/imageCopy:ImageCopy"
TRACEBACK = """Traceback (most recent call last):
  File "copy.py", line 1, in create
KeyError: "copying x: NoQuota: no (request R-1). Next: have it raised."
"""


def event(**fields: Any) -> Any:
    kinds = ("resource_pre_event", "res_outputs_event", "diagnostic_event")
    return SimpleNamespace(**(dict.fromkeys(kinds) | fields))


def step(type_: str, urn: str = "urn::a") -> Any:
    new = SimpleNamespace(inputs={"copy_token": "t", "imageName": "n"}, parent="p", provider="q")
    return SimpleNamespace(planning=False, metadata=SimpleNamespace(op="create", type=type_, urn=urn, new=new))


def started(type_: str) -> Any:
    return event(resource_pre_event=step(type_))


def recorded(type_: str) -> Any:
    return event(res_outputs_event=step(type_))


def failed(message: str, urn: str = "urn::a") -> Any:
    return event(diagnostic_event=SimpleNamespace(urn=urn, severity="error", message=message))


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journal:
    monkeypatch.setenv(outcome.FILE, "")
    journal = Journal(tmp_path / "journals", "file://state", "test")
    journal.collect_outcomes()
    return journal


def is_open_after(journal: Journal, type_: str, message: str, *outcomes: Outcome) -> bool:
    """A creation ends: the provider process writes its outcomes, and the engine shows the message."""
    journal.record(started(type_))
    for ended in outcomes:
        outcome.write("t", ended)
    journal.record(failed(message))
    return bool(journal.unrecorded())


def test_started_creation_is_remembered_by_the_next_run(journal: Journal, tmp_path: Path) -> None:
    journal.record(started(SNAPSHOT))

    (creation,) = Journal(tmp_path / "journals", "file://state", "test").unrecorded()
    assert (creation.token, creation.type, creation.uncertainty, creation.others) == ("t", SNAPSHOT, 0.0, None)


def test_what_had_the_name_before_is_remembered(journal: Journal) -> None:
    journal.record(started(SNAPSHOT))
    outcome.write_others("t", {"snap-1"})
    outcome.write("t", Outcome.UNKNOWN)

    (creation,) = journal.unrecorded()
    assert creation.others == frozenset({"snap-1"})


def test_recorded_creation_is_closed(journal: Journal) -> None:
    journal.record(started(SNAPSHOT))
    outcome.write("t", Outcome.STARTED, "snap-1")
    assert journal.unrecorded()

    journal.record(recorded(SNAPSHOT))

    assert journal.unrecorded() == []


def test_refusal_is_known_to_the_next_run(journal: Journal, tmp_path: Path) -> None:
    """Also where this run was killed before the engine's message reached it."""
    journal.record(started(SNAPSHOT))
    outcome.write("t", Outcome.REFUSED)

    assert Journal(tmp_path / "journals", "file://state", "test").unrecorded() == []


@pytest.mark.parametrize(
    ("outcomes", "is_open"),
    [
        ([Outcome.REFUSED], False),
        ([Outcome.UNKNOWN], True),
        ([Outcome.STARTED], True),
        ([Outcome.UNKNOWN, Outcome.REFUSED], True),
        ([], True),
    ],
)
def test_only_a_written_refusal_ends_a_creation(journal: Journal, outcomes: list[Outcome], is_open: bool) -> None:
    message = "copying x: NoQuota: no (request R-1). Next: have it raised."

    assert is_open_after(journal, SNAPSHOT, message, *outcomes) is is_open


def test_a_traceback_with_a_next_step_inside_leaves_the_creation_open(journal: Journal) -> None:
    assert is_open_after(journal, SNAPSHOT, TRACEBACK)


def test_refusal_of_another_creation_ends_nothing(journal: Journal) -> None:
    outcome.write("other", Outcome.REFUSED)

    assert is_open_after(journal, SNAPSHOT, "copying x: NoQuota: no (request R-1). Next: have it raised.")


def test_journal_of_a_version_without_outcomes_leaves_all_open(journal: Journal, tmp_path: Path) -> None:
    journal.record(started(SNAPSHOT))
    outcome.write("t", Outcome.REFUSED)
    Path(os.environ[outcome.FILE]).unlink()

    assert len(Journal(tmp_path / "journals", "file://state", "test").unrecorded()) == 1


def test_outcomes_are_cleared_with_the_journal(journal: Journal, tmp_path: Path) -> None:
    journal.record(started(SNAPSHOT))
    outcome.write("t", Outcome.UNKNOWN)

    journal.clear()

    assert list((tmp_path / "journals").iterdir()) == []


@pytest.mark.parametrize(
    ("message", "is_open"),
    [
        ("rpc error: code = Unavailable desc = error reading from server: EOF", True),
        ("CopyImage Failed!!! ErrorCode: QuotaExceed.Image RequestId: 1-2", False),
        ("CopyImage Failed!!! ErrorCode: InternalError RequestId: 1-2", True),
        ("CopyImage Failed!!! ErrorCode: InvalidImageName.Duplicated RequestId: 1-2", True),
        ("CopyImage Failed!!! dial tcp 127.0.0.1:1: connection reset by peer", True),
        ("StatusCode: 503 Code: Throttling.User RequestId: A", True),
        ("StatusCode: 500 Code: UnknownError Message: the OperationDenied thing RequestId: A", True),
        ("Code=InternalError.New, Message=not InvalidImageId.NotFound, RequestId=A", True),
        (TRACEBACK, True),
    ],
)
def test_refusal_of_a_native_plugin_ends_it(journal: Journal, message: str, is_open: bool) -> None:
    assert is_open_after(journal, IMAGE, message) is is_open


def test_other_resources_are_not_noted(journal: Journal) -> None:
    journal.record(started("aws:s3/bucket:Bucket"))

    assert journal.unrecorded() == []


def test_two_backends_have_two_journals(journal: Journal, tmp_path: Path) -> None:
    journal.record(started(SNAPSHOT))

    assert Journal(tmp_path / "journals", "file://other", "test").unrecorded() == []


def test_checkout_that_cannot_be_written_to_has_unknown_outcomes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(outcome.FILE, "of an earlier run")
    (tmp_path / "file").touch()

    Journal(tmp_path / "file" / "journals", "file://state", "test").collect_outcomes()

    assert outcome.FILE not in os.environ
