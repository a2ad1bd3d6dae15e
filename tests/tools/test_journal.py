"""The journal of creations: which stay open, and what is known of them later."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from components.clouds.errors import ReplicaError
from components.lifecycle import outcome
from components.lifecycle.outcome import Outcome
from components.replica.stack_identity import IDENTITY_TYPE
from tools.runner import backend
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
    journal.begin()
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


def test_whose_credentials_started_it_is_remembered(journal: Journal) -> None:
    """Only these can say that nothing was started."""
    journal.record(started(SNAPSHOT))
    outcome.write_owner("t", {"account": "1", "endpoint_kind": "cloud"})

    (creation,) = journal.unrecorded()

    assert creation.owner == {"account": "1", "endpoint_kind": "cloud"}


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


ID = "5f3759df5f3759df5f3759df5f3759df"
URN = "urn:pulumi:{}::replicas::replicas:index:SnapshotReplica${}::disk-ap-beijing"


def urns(journal: Journal) -> list[str]:
    return [str(creation.row["urn"]) for creation in journal.unrecorded()]


@pytest.mark.parametrize("spelling", ["test", "organization/test", "organization/replicas/test"])
def test_journal_does_not_depend_on_how_the_stacks_name_is_spelt(
    journal: Journal, tmp_path: Path, spelling: str
) -> None:
    journal.record(started(SNAPSHOT))

    assert len(Journal(tmp_path / "journals", "file://state", spelling).unrecorded()) == 1
    assert Journal(tmp_path / "journals", "file://state", f"{spelling}s").unrecorded() == []


def test_stacks_of_one_name_in_two_organizations_have_two_journals(tmp_path: Path) -> None:
    ours, theirs = (Journal(tmp_path, "https://api.pulumi.com", name) for name in ("ours/replicas/test", "theirs/test"))
    ours.record(started(SNAPSHOT))

    assert (len(ours.unrecorded()), theirs.unrecorded()) == (1, [])


def test_journal_of_a_renamed_stack_is_found_and_has_the_new_urns(tmp_path: Path) -> None:
    before = Journal(tmp_path, "file://state", "old", lambda: ID)
    before.begin()
    before.record(event(resource_pre_event=step(SNAPSHOT, URN.format("old", SNAPSHOT))))

    after = Journal(tmp_path, "s3://elsewhere", "new", lambda: ID)

    assert urns(after) == [URN.format("new", SNAPSHOT)]
    assert Journal(tmp_path, "file://state", "old", lambda: "another").unrecorded() == []


def test_journal_from_before_the_stack_had_an_id_is_found(journal: Journal, tmp_path: Path) -> None:
    journal.record(started(SNAPSHOT))
    outcome.write("refused before", Outcome.REFUSED)

    later = Journal(tmp_path / "journals", "file://state", "test", lambda: ID)
    assert len(later.unrecorded()) == 1
    later.clear()

    assert list((tmp_path / "journals").iterdir()) == []


def test_journal_of_the_run_that_makes_the_id_is_named_after_it(journal: Journal, tmp_path: Path) -> None:
    identity = step(IDENTITY_TYPE)
    identity.metadata.new.id = ID
    journal.record(event(res_outputs_event=identity))
    journal.record(started(SNAPSHOT))

    assert len(Journal(tmp_path / "journals", "file://other", "renamed", lambda: ID).unrecorded()) == 1


def test_what_could_not_be_looked_for_stays_while_a_run_continues(journal: Journal) -> None:
    journal.record(started(SNAPSHOT))
    journal.clear(kept=journal.unrecorded())
    journal.begin()
    again = step(SNAPSHOT)
    again.metadata.new.inputs["copy_token"] = "t2"
    journal.record(event(resource_pre_event=again))
    journal.record(event(res_outputs_event=again))

    assert [creation.token for creation in journal.unrecorded()] == ["t"]
    journal.clear()
    assert journal.unrecorded() == []


def test_journal_that_cannot_be_written_refuses_the_run(tmp_path: Path) -> None:
    (tmp_path / "journals").touch()

    with pytest.raises(ReplicaError) as raised:
        Journal(tmp_path / "journals", "file://state", "test").begin()

    reported = str(raised.value)
    assert (reported.count("\n"), reported.count(". Next: ")) == (0, 1)
    assert str(tmp_path / "journals") in reported


@pytest.mark.parametrize(
    "text", ["", "{", "null", "[]x", "[1]", '{"a": {}}', '{"a": {"row": {}, "started": "t", "masked": []}}', "\xff"]
)
def test_journal_that_cannot_be_read_stops_the_run(tmp_path: Path, text: str) -> None:
    """An empty file is what a power loss leaves where nothing was synced."""
    journal = Journal(tmp_path, "file://state", "test", lambda: ID)
    file = tmp_path / f"{ID}.json"
    file.write_bytes(text.encode("latin-1"))

    for reads in (journal.begin, journal.unrecorded, journal.clear):
        with pytest.raises(ReplicaError, match=f"the journal {file} cannot be read, .*. Next: compare the cloud"):
            reads()
    assert file.read_bytes() == text.encode("latin-1")


def test_a_creation_is_on_disk_before_the_next_event(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda number: synced.append(os.fstat(number).st_ino))

    journal.record(started(SNAPSHOT))

    (file,) = (path for path in journal._directory.iterdir() if path.suffix == ".json")
    assert synced == [file.stat().st_ino, journal._directory.stat().st_ino]


def test_full_disk_during_a_run_is_reported_and_nothing_is_forgotten(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_number: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    journal.record(started(SNAPSHOT))

    assert journal.unwritten.endswith("No space left on device")
    left = journal.unrecorded()
    assert len(left) == 1
    with pytest.raises(ReplicaError, match="No space left on device"):
        journal.clear(kept=left)


def test_one_spelling_for_a_backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "link").symlink_to(tmp_path / "state")
    files = (
        "file://~/state",
        "file://./state",
        "file://state/",
        "file://~/link?no_tmp_dir=true",
        "file://~/x/../state",
    )
    kept = {backend.canonical(url, tmp_path) for url in files}

    assert kept == {f"file://{tmp_path}/state"}
    assert {backend.canonical(url, tmp_path) for url in kept} == kept
    assert backend.path_of("file:///ci/feature%2Fx%20y") == Path("/ci/feature/x y")


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://api.pulumi.com/", "https://app.pulumi.com/somebody"),
        ("s3://states/prod/?region=a&endpoint=b", "s3://states/prod?endpoint=b&region=a"),
        ("postgres://me:old@db.example.com/states", "postgres://you:new@DB.example.com/states/"),
    ],
)
def test_one_spelling_for_a_backend_elsewhere(url: str, same: str) -> None:
    one = backend.canonical(url, Path("/"))

    assert one == backend.canonical(same, Path("/")) == backend.canonical(one, Path("/"))
    assert one != backend.canonical(url.replace("states", "others").replace("pulumi", "example"), Path("/"))
