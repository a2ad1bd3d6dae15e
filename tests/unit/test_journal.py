"""The journal of creations: which stay open, and what is told of them later."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from components.lifecycle.copy_lifecycle import OUTCOME_UNKNOWN
from tools.runner.journal import CLOCK_TOLERANCE, Journal

SNAPSHOT = "pulumi-python:dynamic/tencent:SnapshotCopy"
IMAGE = "alicloud:ecs/imageCopy:ImageCopy"


def started(type_: str, urn: str = "urn::a") -> Any:
    new = SimpleNamespace(inputs={"copy_token": "t", "imageName": "n"}, parent="p", provider="q")
    step = SimpleNamespace(op="create", type=type_, urn=urn, new=new)
    return SimpleNamespace(
        resource_pre_event=SimpleNamespace(planning=False, metadata=step), res_outputs_event=None, diagnostic_event=None
    )


def told(message: str, urn: str = "urn::a") -> Any:
    event = SimpleNamespace(urn=urn, severity="error", message=message)
    return SimpleNamespace(resource_pre_event=None, res_outputs_event=None, diagnostic_event=event)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journals", "file://state", "test")


def open_after(journal: Journal, type_: str, message: str) -> bool:
    journal.hear(started(type_))
    journal.hear(told(message))
    return bool(journal.unrecorded())


def test_started_creation_is_remembered_by_the_next_run(journal: Journal, tmp_path: Path) -> None:
    journal.hear(started(SNAPSHOT))

    (creation,) = Journal(tmp_path / "journals", "file://state", "test").unrecorded()
    assert (creation.token, creation.type, creation.uncertainty) == ("t", SNAPSHOT, CLOCK_TOLERANCE)


@pytest.mark.parametrize(
    ("message", "is_open"),
    [
        ("copying x: NoQuota: no (request R-1). Next: have it raised.", False),
        (f"copying x: NoAnswer: broke; {OUTCOME_UNKNOWN}. Next: run `make up`.", True),
        ("rpc error: code = Unavailable desc = error reading from server: EOF", True),
        ("CopyImage Failed!!! ErrorCode: QuotaExceed.Image RequestId: 1-2", False),
        ("CopyImage Failed!!! ErrorCode: InternalError RequestId: 1-2", True),
        ("CopyImage Failed!!! ErrorCode: InvalidImageName.Duplicated RequestId: 1-2", True),
        ("CopyImage Failed!!! dial tcp 127.0.0.1:1: connection reset by peer", True),
    ],
)
def test_error_that_says_that_nothing_was_started_ends_it(journal: Journal, message: str, is_open: bool) -> None:
    assert open_after(journal, IMAGE, message) is is_open


def test_other_resources_are_not_noted(journal: Journal) -> None:
    journal.hear(started("aws:s3/bucket:Bucket"))

    assert journal.unrecorded() == []


def test_two_backends_have_two_journals(journal: Journal, tmp_path: Path) -> None:
    journal.hear(started(SNAPSHOT))

    assert Journal(tmp_path / "journals", "file://other", "test").unrecorded() == []
